/** Whatever the layers are: an audit looks at them, and finds nothing in what Holdfast writes. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { audit, type AuditResult } from '../../src/audit/index.ts';
import { isHoldfastError } from '../../src/base/index.ts';
import { appendLayers, flattenImage } from '../../src/edit/index.ts';
import { openImage } from '../../src/image/index.ts';
import { loadRootfs } from '../../src/rootfs/index.ts';
import { diffReferences } from '../../src/snapshot/index.ts';
import { type EntrySpec, imageOf, layerOf, writeLayout } from '../../src/testing/index.ts';
import { anyStack } from '../tree/any-stack.ts';
import { shownStack } from '../tree/stack-outcome.ts';
import { cacheHome } from '../inspect/example.ts';

const runs = 60 * Number(process.env['HOLDFAST_FUZZ'] ?? 1);
const stack = anyStack({ privileged: true, odd: true });
/** Most of these can be laid. */
const plainStack = anyStack({ privileged: true });

/** What a tree itself can be, however it is written: links to symbolic links, circles, devices 0:0, the attributes of its root, and old times. */
const inherent = ['P13', 'P17', 'P30', 'P33', 'P35'];

/** What a change can be besides: a link that is made, split or gone, and a directory that becomes a symbolic link or the other way round. */
const betweenTrees = [...inherent, 'P03', 'P04', 'P15', 'P18', 'P20', 'P36'];

void suite('any stack of layers', () => {
  void test('is looked at, unless a layer cannot be read at all, and what cannot be laid is among the errors', async () => {
    let refusedStacks = 0;
    await fc.assert(
      fc.asyncProperty(stack, async (layers) => {
        await withLayout(layers, async (reference) => {
          const result = await codeOr(() => audit([`${reference}:v1`]));
          const refused = await codeOr(async () => {
            await using image = await openImage(`${reference}:v1`);
            return await loadRootfs(image);
          });
          if (typeof result === 'string') return assert.equal(result, refused, shownStack(layers));
          const isFound = ['P23', 'P24', 'P25', 'P31'].some((id) => hasRule(result, id));
          assert.equal(isFound, typeof refused === 'string', shownStack(layers));
          if (isFound) refusedStacks++;
          assertOrderly(result);
        });
      }),
      { numRuns: runs },
    );
    assert.ok(refusedStacks > runs / 10, `${refusedStacks} of ${runs} could not be laid`);
  });

  void test('has no hazard of producers left when all of it is merged', async () => {
    await fc.assert(
      fc.asyncProperty(stack, async (layers) => {
        await withLayout(layers, async (reference) => {
          const flat = await codeOr(() => flattenImage(`${reference}:v1`, `${reference}:flat`, {}));
          fc.pre(typeof flat !== 'string');
          const { findings } = await audit([`${reference}:flat`]);
          const left = findings.filter(({ rule }) => rule.startsWith('P') && !inherent.includes(rule));
          assert.deepEqual(left, [], shownStack(layers));
        });
      }),
      { numRuns: runs / 4 },
    );
  });

  void test('has none in a layer that turns one tree into another either', async () => {
    await fc.assert(
      fc.asyncProperty(plainStack, plainStack, async (before, after) => {
        await withLayout(before, async (a) => {
          await withLayout(after, async (b) => {
            const from = await codeOr(() => flattenImage(`${a}:v1`, `${a}:flat`, {}));
            const to = await codeOr(() => flattenImage(`${b}:v1`, `${b}:flat`, {}));
            fc.pre(typeof from !== 'string' && typeof to !== 'string');
            const layer = `${a.slice('oci:'.length)}/layer.tar`;
            await diffReferences(`${a}:flat`, `${b}:flat`, { output: layer });
            await appendLayers(`${a}:flat`, `${a}:next`, { layerPaths: [layer] });
            const { findings } = await audit([`${a}:next`]);
            const left = findings.filter(({ rule }) => rule.startsWith('P') && !betweenTrees.includes(rule));
            assert.deepEqual(left, [], `${shownStack(before)}\n${shownStack(after)}`);
          });
        });
      }),
      { numRuns: runs / 6 },
    );
  });
});

function hasRule({ findings }: AuditResult, id: string): boolean {
  return findings.some(({ rule }) => rule === id);
}

/** Paths are sorted by their bytes and there once, counts are right, and no two findings are of one rule and layer. */
function assertOrderly({ findings, counts, images }: AuditResult): void {
  const places = findings.map(({ rule, layer }) => `${rule} ${layer}`);
  assert.equal(new Set(places).size, places.length);
  assert.equal(counts.error + counts.warning + counts.note, findings.length);
  for (const { paths, layer } of findings) {
    assert.ok(paths.length > 0 && new Set(paths).size === paths.length);
    assert.ok(layer >= 1 && layer <= (images[0]?.layers ?? 0));
  }
}

async function withLayout(layers: EntrySpec[][], act: (reference: string) => Promise<void>): Promise<void> {
  const directory = fs.mkdtempSync(join(tmpdir(), 'holdfast-audit-'));
  try {
    const built = layers.map((entries) => layerOf(entries, { compression: 'none' }));
    writeLayout(directory, { v1: imageOf(built) });
    await act(`oci:${directory}`);
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
    fs.rmSync(join(cacheHome, 'holdfast'), { recursive: true, force: true });
  }
}

async function codeOr<Result>(act: () => Promise<Result>): Promise<Result | string> {
  try {
    return await act();
  } catch (error) {
    if (!isHoldfastError(error) || error.code === 'BUG') throw error;
    return error.code;
  }
}
