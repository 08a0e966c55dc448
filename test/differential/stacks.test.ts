/** Unpack = export and extract = the model, for any stack of layers over a tiny name space. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { isHoldfastError } from '../../src/base/index.ts';
import { exportToFile } from '../../src/export/index.ts';
import type { EntrySpec } from '../../src/testing/index.ts';
import type { OnConflict } from '../../src/tree/index.ts';
import { applyInMemory } from '../cases/apply-in-memory.ts';
import { assertSameTree, listingOfTar } from '../cases/index.ts';
import { anyStack } from '../tree/any-stack.ts';
import { type Outcome, referenceApply } from '../tree/reference-apply.ts';
import { shownStack } from '../tree/stack-outcome.ts';
import { assertSamePath, type TreePath, treePaths } from './paths.ts';
import { isRoot, withImage, withPath } from './scratch.ts';

/** HOLDFAST_FUZZ=20 runs twenty times as many. */
const factor = Number(process.env['HOLDFAST_FUZZ'] ?? 1);
/** Fewer where a process has to be started for each. */
const runs: Readonly<Record<string, number>> = { unpack: 300, 'unpack of a known image': 200, export: 300 };
const runsOfExtractors = 40;

const anyPolicy = fc.constantFrom<OnConflict>('replace', 'replace', 'follow', 'error');

void suite('any stack of layers gives what the rules give', () => {
  for (const path of treePaths) {
    const count = runs[path.name] ?? runsOfExtractors;
    void test(`through ${path.name}`, { skip: path.skip }, () =>
      forStacks(count, (layers, policy) => check(path, layers, policy)),
    );
  }

  void test('and its export as one layer gives that again', () =>
    forStacks(100, async (layers, policy) => {
      const expected = referenceApply(layers, policy);
      if ('error' in expected) return;
      const archive = await exported(layers, policy);
      assertSameTree(applyInMemory([archive]).listing, expected.tree);
      assert.deepEqual(await exported([archive], 'error'), archive);
    }));
});

/** Most stacks are such that they can be applied; the rest shows that all paths refuse the same. */
function forStacks(count: number, run: (layers: EntrySpec[][], policy: OnConflict) => Promise<void>): Promise<void> {
  const stacks = fc
    .tuple(anyStack({ privileged: isRoot, maxLayers: 3 }), anyPolicy, fc.nat(9))
    .filter(([layers, policy, luck]) => luck === 0 || 'tree' in referenceApply(layers, policy));
  const property = fc.asyncProperty(stacks, async ([layers, policy]) => {
    try {
      await run(layers, policy);
    } catch (error) {
      throw new Error(`with ${policy}\n${shownStack(layers)}`, { cause: error });
    }
  });
  return fc.assert(property, { numRuns: count * factor });
}

async function check(path: TreePath, layers: EntrySpec[][], policy: OnConflict): Promise<void> {
  const expected = referenceApply(layers, policy);
  const outcome = await outcomeOf(path, layers, policy);
  if ('tree' in outcome && 'tree' in expected) assertSamePath(path, outcome.tree, expected.tree);
  else assert.deepEqual(outcome, expected);
}

async function outcomeOf(path: TreePath, layers: EntrySpec[][], policy: OnConflict): Promise<Outcome> {
  try {
    return { tree: await withImage(layers, (image) => path.run(image, policy)) };
  } catch (error) {
    if (isHoldfastError(error)) return { error: error.code };
    throw error;
  }
}

async function exported(layers: readonly (EntrySpec[] | Buffer)[], onConflict: OnConflict): Promise<Buffer> {
  return withPath(async (file) => {
    await withImage(layers, (image) => exportToFile(image, file, { onConflict }));
    const archive = fs.readFileSync(file);
    listingOfTar(archive);
    return archive;
  });
}
