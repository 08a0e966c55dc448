/** Whatever the layers are, what is repaired has the tree that it had, by a reference that shares nothing with the engine. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { isHoldfastError } from '../../src/base/index.ts';
import { fixImage, type FixOptions, fixRules } from '../../src/fix/index.ts';
import { openImage } from '../../src/image/index.ts';
import { validate } from '../../src/inspect/index.ts';
import { imageOf, layerOf, writeLayout } from '../../src/testing/index.ts';
import { assertSameTree, listingOfTar } from '../cases/index.ts';
import { anyStack } from '../tree/any-stack.ts';
import { referenceApply } from '../tree/reference-apply.ts';
import { shownStack, type Stack } from '../tree/stack-outcome.ts';
import { assertOrderly } from './orderly.ts';
import { exported } from './images.ts';

const runs = 40 * Number(process.env['HOLDFAST_FUZZ'] ?? 1);
const stack = anyStack({ privileged: true, odd: true });
const bugs: ReadonlySet<string> = new Set(['FIX_UNPROVEN', 'BUG']);
const layered = fc.tuple(stack, fc.constantFrom('gzip', 'zstd', 'none'));

void describe('any stack of layers', () => {
  void it('has the tree that it had after fix, nothing is left to repair, and what stayed is untouched', async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(layered, async ([layers, compression]) => {
        await withLayout(layers, compression, async (layout) => {
          const wanted = referenceApply(layers);
          const fixed = await codeOr(() => fixImage(`${layout}:v1`, `${layout}:fixed`));
          if ('error' in wanted) {
            // Of several errors, or behind what can be decided, another one may come first.
            assert.ok(typeof fixed === 'string' && !bugs.has(fixed), `${JSON.stringify(fixed)} for ${wanted.error}`);
            return;
          }
          if (typeof fixed === 'string') assert.fail(`${fixed}\n${shownStack(layers)}`);
          taken++;
          assertSameTree(listingOfTar(await exported(`${layout}:fixed`)), wanted.tree);
          await validate(`${layout}:fixed`);
          await assertUntouched(layout, fixed.images[0]?.repairs.map(({ layer }) => layer) ?? []);
          await assertOrderly(`${layout}:fixed`);
          const again = await fixImage(`${layout}:fixed`, `${layout}:again`);
          assert.deepEqual([again.digest, again.digests], [fixed.digest, []], shownStack(layers));
        });
      }),
      { numRuns: runs },
    );
    assert.ok(taken > runs / 10, `${taken} of ${runs} could be laid`);
  });

  void it('has the tree that it had whichever rules are chosen, and nothing is left for them', async () => {
    const ids = fixRules.filter(({ decides }) => decides !== true).map(({ id }) => id);
    await fc.assert(
      fc.asyncProperty(stack, fc.subarray(ids, { minLength: 1, maxLength: 3 }), async (layers, rules) => {
        await withLayout(layers, 'none', async (layout) => {
          const wanted = referenceApply(layers);
          if ('error' in wanted) return;
          const { digest } = await fixImage(`${layout}:v1`, `${layout}:fixed`, { rules });
          assertSameTree(listingOfTar(await exported(`${layout}:fixed`)), wanted.tree);
          assert.equal((await fixImage(`${layout}:fixed`, `${layout}:again`, { rules })).digest, digest);
        });
      }),
      { numRuns: runs },
    );
  });

  void it('can be laid once what it does not say is accepted, or is refused for something else', async () => {
    await fc.assert(
      fc.asyncProperty(stack, async (layers) => {
        await withLayout(layers, 'none', async (layout) => {
          const fixed = await codeOr(() => fixImage(`${layout}:v1`, `${layout}:fixed`, { accept: true }));
          if (typeof fixed === 'string') {
            assert.ok('error' in referenceApply(layers), fixed);
            assert.ok(fixed !== 'FIX_UNDECIDED' && !bugs.has(fixed), fixed);
            return;
          }
          await assertOrderly(`${layout}:fixed`);
          assert.deepEqual((await fixImage(`${layout}:fixed`, `${layout}:again`)).digests, []);
        });
      }),
      { numRuns: runs },
    );
  });

  void it('has no link after --delink, and every name has the content that it had', async () => {
    const delinks = fc.constantFrom<NonNullable<FixOptions['delink']>>('symlink', 'copy');
    await fc.assert(
      fc.asyncProperty(stack, delinks, async (layers, delink) => {
        await withLayout(layers, 'none', async (layout) => {
          const wanted = referenceApply(layers);
          if ('error' in wanted) return;
          await fixImage(`${layout}:v1`, `${layout}:fixed`, { delink });
          const found = listingOfTar(await exported(`${layout}:fixed`));
          assert.deepEqual([...found.keys()].sort(), [...wanted.tree.keys()].sort());
          for (const [path, facts] of wanted.tree) {
            const { group, ...alone } = facts;
            const now = found.get(path);
            const isLink = group !== undefined && now?.kind === 'symlink' && facts.kind !== 'symlink';
            if (!isLink) assert.deepEqual(now, alone, path);
            else
              assert.equal(
                join(path, '..', now.linkText ?? ''),
                group.find((name) => found.get(name)?.kind !== 'symlink'),
              );
          }
        });
      }),
      { numRuns: runs },
    );
  });
});

async function assertUntouched(layout: string, repaired: readonly number[]): Promise<void> {
  await using before = await openImage(`${layout}:v1`);
  await using after = await openImage(`${layout}:fixed`);
  for (const [at, { digest }] of before.layers.entries()) {
    if (!repaired.includes(at + 1)) assert.equal(after.layers[at]?.digest, digest);
  }
}

async function codeOr<Result>(work: () => Promise<Result>): Promise<Result | string> {
  try {
    return await work();
  } catch (error) {
    if (isHoldfastError(error)) return error.code;
    throw error;
  }
}

async function withLayout(
  layers: Stack,
  compression: 'gzip' | 'zstd' | 'none',
  work: (layout: string) => Promise<void>,
): Promise<void> {
  const directory = fs.mkdtempSync(join(tmpdir(), 'holdfast-fix-'));
  try {
    writeLayout(directory, { v1: imageOf(layers.map((layer) => layerOf(layer, { compression }))) });
    await work(`oci:${directory}`);
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}
