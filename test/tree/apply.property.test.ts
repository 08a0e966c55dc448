import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { type EntrySpec, tarOf } from '../../src/testing/index.ts';
import { applyLayers, linkGroups, type OnConflict, type Tree } from '../../src/tree/index.ts';
import { type IndexedLayer, indexLayer, listingOfTree } from '../cases/apply-in-memory.ts';
import { assertSameTree } from '../cases/index.ts';
import { anyStack } from './any-stack.ts';
import { referenceApply } from './reference-apply.ts';
import { assertSameOutcome, engineApply, oneByOne, overStored, shownStack } from './stack-outcome.ts';

const policies: readonly OnConflict[] = ['replace', 'follow', 'error'];
/** HOLDFAST_FUZZ=20 runs twenty times as many. */
const factor = Number(process.env['HOLDFAST_FUZZ'] ?? 1);
const stack = anyStack({ odd: true, privileged: true });

/** Runs a property over stacks; what fails is shown as entries. */
function forStacks(runs: number, check: (layers: EntrySpec[][]) => void): void {
  fc.assert(
    fc.property(stack, (layers) => {
      try {
        check(layers);
      } catch (error) {
        throw new Error(shownStack(layers), { cause: error });
      }
    }),
    { numRuns: runs * factor },
  );
}

void suite('applying any stack of layers', () => {
  for (const policy of policies) {
    void test(`gives what a naive reading of the rules gives, with ${policy}`, () => {
      const met = new Set<string>();
      forStacks(1500, (layers) => {
        const expected = referenceApply(layers, policy);
        met.add('error' in expected ? expected.error : 'tree');
        assertSameOutcome(engineApply(layers, policy).outcome, expected);
      });
      for (const outcome of ['tree', 'LINK_TARGET_MISSING', 'LINK_TARGET_LATER', 'LINK_TO_SELF', 'SYMLINK_LOOP']) {
        assert.ok(met.has(outcome), `the stacks give ${outcome} too`);
      }
    });

    void test(`gives what applying one layer after the other gives, with ${policy}`, () => {
      forStacks(300, (layers) => {
        const [once, steps] = [engineApply(layers, policy), engineApply(layers, policy, oneByOne)];
        assertSameOutcome(steps.outcome, once.outcome);
        assert.deepEqual(steps.notes, once.notes);
      });
    });

    void test(`gives the same over trees that were stored and read again, with ${policy}`, () => {
      forStacks(300, (layers) => {
        const [plain, stored] = [engineApply(layers, policy), engineApply(layers, policy, overStored)];
        assertSameOutcome(stored.outcome, plain.outcome);
        assert.deepEqual(stored.notes, plain.notes);
      });
    });
  }

  void test('leaves the lower tree as it was, also when a layer is refused', () => {
    forStacks(500, (layers) => {
      const lower = appliedPart(layers.slice(0, 2));
      if (lower === undefined) return;
      const { tree, indexed } = lower;
      const before = snapshot(tree, indexed);
      appliedPart(layers.slice(2), tree);
      const after = snapshot(tree, indexed);
      assertSameTree(after.listing, before.listing);
      assert.deepEqual(after.groups, before.groups);
    });
  });

  void test('gives the same with empty layers in between', () => {
    forStacks(200, (layers) => {
      const spaced = layers.flatMap((layer) => [layer, []]);
      assertSameOutcome(engineApply(spaced).outcome, engineApply(layers).outcome);
    });
  });
});

interface Part {
  readonly tree: Tree;
  readonly indexed: readonly IndexedLayer[];
}

function appliedPart(layers: readonly (readonly EntrySpec[])[], lower?: Tree): Part | undefined {
  try {
    const indexed = layers.map((layer) => indexLayer(tarOf(layer)));
    const tables = indexed.map(({ table }) => table);
    return { tree: lower ? applyLayers(tables, {}, lower) : applyLayers(tables), indexed };
  } catch {
    return undefined;
  }
}

function snapshot(tree: Tree, indexed: readonly IndexedLayer[]) {
  return { listing: listingOfTree(tree, indexed), groups: linkGroups(tree).map(({ paths }) => paths) };
}
