/** Whatever the layers are and wherever they are merged, the tree stays what it was. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { isHoldfastError } from '../../src/base/index.ts';
import { flattenImage } from '../../src/edit/index.ts';
import { openImage } from '../../src/image/index.ts';
import { validate } from '../../src/inspect/index.ts';
import { type EntrySpec, imageOf, layerOf, writeLayout } from '../../src/testing/index.ts';
import { anyStack } from '../tree/any-stack.ts';
import { shownStack } from '../tree/stack-outcome.ts';
import { exported } from './images.ts';

const runs = 60 * Number(process.env['HOLDFAST_FUZZ'] ?? 1);
const stack = anyStack({ privileged: true, odd: true });

void describe('any stack of layers', () => {
  void it('has the same tree after flatten from any layer on, and the layers below are untouched', async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(stack, fc.nat(), fc.constantFrom('gzip', 'zstd', 'none'), async (layers, pick, compression) => {
        await withLayout(layers, async (layout) => {
          const fromLayer = (pick % layers.length) + 1;
          const options = { fromLayer, compression };
          const [flat, wanted] = [
            await codeOr(() => flattenImage(`${layout}:v1`, `${layout}:flat`, options)),
            await codeOr(() => exported(`${layout}:v1`)),
          ];
          if (typeof flat === 'string' || typeof wanted === 'string') {
            assert.equal(flat, wanted);
            return;
          }
          taken++;
          assert.deepEqual(await exported(`${layout}:flat`), wanted, shownStack(layers));
          await validate(`${layout}:flat`);
          await assertSameBelow(layout, fromLayer);
          assert.equal((await flattenImage(`${layout}:v1`, `${layout}:again`, options)).digest, flat.digest);
        });
      }),
      { numRuns: runs },
    );
    assert.ok(taken > runs / 10, `${taken} of ${runs} could be merged`);
  });

  void it('gives the same layer as any other stack with the same tree, when all of it is merged', async () => {
    await fc.assert(
      fc.asyncProperty(stack, fc.nat(), async (layers, pick) => {
        await withLayout(layers, async (layout) => {
          const fromLayer = (pick % layers.length) + 1;
          const first = await codeOr(() => flattenImage(`${layout}:v1`, `${layout}:part`, { fromLayer }));
          if (typeof first === 'string') return;
          const [some, all] = [
            await flattenImage(`${layout}:part`, `${layout}:parted`, {}),
            await flattenImage(`${layout}:v1`, `${layout}:whole`, {}),
          ];
          assert.equal(diffIdOf(some), diffIdOf(all));
        });
      }),
      { numRuns: runs / 3 },
    );
  });
});

function diffIdOf({ images }: Awaited<ReturnType<typeof flattenImage>>): string | undefined {
  return images[0]?.layers[0]?.diffId;
}

async function assertSameBelow(layout: string, fromLayer: number): Promise<void> {
  await using before = await openImage(`${layout}:v1`);
  await using after = await openImage(`${layout}:flat`);
  const kept = before.layers.slice(0, fromLayer - 1).map(({ digest }) => digest);
  assert.deepEqual(
    after.layers.slice(0, kept.length).map(({ digest }) => digest),
    kept,
  );
}

async function codeOr<Result>(run: () => Promise<Result>): Promise<Result | string> {
  try {
    return await run();
  } catch (error) {
    assert.ok(isHoldfastError(error), String(error));
    return error.code;
  }
}

async function withLayout(
  layers: readonly (readonly EntrySpec[])[],
  use: (layout: string) => Promise<void>,
): Promise<void> {
  const directory = fs.mkdtempSync(join(tmpdir(), 'holdfast-edit-'));
  try {
    writeLayout(directory, { v1: imageOf(layers.map((layer) => layerOf(layer))) });
    await use(`oci:${directory}`);
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}
