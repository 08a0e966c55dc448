import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { isHoldfastError, type Note } from '../../src/base/index.ts';
import { tarOf } from '../../src/testing/index.ts';
import { applyLayer, diffTrees, emptyTree, flatPlan, isEmptyDiff, linkGroups } from '../../src/tree/index.ts';
import { assertSameTree } from '../cases/index.ts';
import { anyEdit, type Edit, shownEdit } from './any-edit.ts';
import { anyStack } from './any-stack.ts';
import { Contents } from './contents.ts';
import { planBetween, shownPlan, tarOfPlan } from './layer-of-diff.ts';
import { expectedEntries } from './reference-diff.ts';

/** HOLDFAST_FUZZ=20 runs twenty times as many. */
const factor = Number(process.env['HOLDFAST_FUZZ'] ?? 1);
const edits = anyEdit({ odd: true, privileged: true });

/** Runs a property over edits; what fails is shown. */
function forEdits(runs: number, check: (edit: Edit) => Promise<void> | void): Promise<void> {
  const property = fc.asyncProperty(edits, async (edit) => {
    try {
      await check(edit);
    } catch (error) {
      throw new Error(shownEdit(edit), { cause: error });
    }
  });
  return fc.assert(property, { numRuns: runs * factor });
}

function treesOf({ before, after }: Edit) {
  const contents = new Contents();
  return { contents, base: contents.treeOf(before.entries()), target: contents.treeOf(after.entries()) };
}

void suite('the layer between any two trees', () => {
  void test('laid over the first gives the second, and there is nothing to note', () =>
    forEdits(1500, async (edit) => {
      const { contents, base, target } = treesOf(edit);
      const notes: Note[] = [];
      const layer = contents.index(await tarOfPlan(contents, planBetween(contents, base, target)));
      const result = applyLayer(base, layer, { onConflict: 'error', onNote: (note) => notes.push(note) });
      assertSameTree(contents.listing(result), edit.after.listing());
      assert.deepEqual(notes, []);
    }));

  void test('laid over a fork gives the same, found by what the fork shares', () =>
    forEdits(500, async (edit) => {
      const { contents, base, target } = treesOf(edit);
      const plan = planBetween(contents, base, target);
      const tar = await tarOfPlan(contents, plan);
      const fork = applyLayer(base, contents.index(tar));
      assert.ok((await tarOfPlan(contents, planBetween(contents, base, fork))).equals(tar));
      assert.ok(isEmptyDiff(diffTrees(fork, target, { sameContent: contents.same })));
      assert.deepEqual(shownPlan(planBetween(contents, fork, base)), shownPlan(planBetween(contents, target, base)));
    }));

  void test('has the changed paths, whole link groups and the directories above, and nothing else', () =>
    forEdits(1500, (edit) => {
      const { contents, base, target } = treesOf(edit);
      const plan = planBetween(contents, base, target);
      const shown = plan.map(({ kind, path }) => `${kind === 'whiteout' ? 'w' : 'e'} ${path}`).sort();
      assert.deepEqual(shown, expectedEntries(edit.before, edit.after).sort());
    }));

  void test('is empty when nothing changed, and a tree is itself', () =>
    forEdits(200, ({ after }) => {
      const contents = new Contents();
      const [tree, same] = [contents.treeOf(after.entries()), contents.treeOf(after.entries())];
      assert.deepEqual(planBetween(contents, tree, same), []);
      assert.ok(isEmptyDiff(diffTrees(tree, same, { sameContent: contents.same })));
      assert.ok(isEmptyDiff(diffTrees(tree, tree, { sameContent: () => false })));
    }));

  void test('has the same bytes in whatever order the trees were put together', () =>
    fc.assert(
      fc.asyncProperty(
        edits,
        fc.array(fc.nat(), { minLength: 7, maxLength: 7 }),
        async ({ before, after }, numbers) => {
          const order = (path: string): number => numbers[path.length % 7] ?? 0;
          const contents = new Contents();
          const [base, target] = [contents.treeOf(before.entries()), contents.treeOf(after.entries())];
          const [otherBase, other] = [contents.treeOf(before.entries(order)), contents.treeOf(after.entries(order))];
          const tar = await tarOfPlan(contents, planBetween(contents, base, target));
          assert.ok((await tarOfPlan(contents, planBetween(contents, otherBase, other))).equals(tar));
        },
      ),
      { numRuns: 300 * factor },
    ));

  void test('over nothing is the flat archive of the tree', () =>
    forEdits(200, async ({ after }) => {
      const contents = new Contents();
      const tree = contents.treeOf(after.entries());
      const [layer, flat] = [planBetween(contents, emptyTree, tree), flatPlan(tree)];
      assert.deepEqual([...layer], [...flat]);
    }));

  void test('read again says what was planned', () =>
    forEdits(300, async (edit) => {
      const { contents, base, target } = treesOf(edit);
      const plan = planBetween(contents, base, target);
      const table = contents.index(await tarOfPlan(contents, plan));
      const read = Array.from({ length: table.length }, (_, row) => {
        const kind = table.kind(row);
        return {
          kind,
          path: table.name(row),
          link: table.linkName(row),
          mode: table.mode(row),
          mtime: table.mtime(row),
        };
      });
      const planned = plan.map((entry) => {
        if (entry.kind === 'whiteout') {
          return { kind: 'whiteout', path: entry.path, link: '', mode: 0, mtime: { seconds: 0, nanoseconds: 0 } };
        }
        const { path, inode } = entry;
        const { mode, mtime } = inode;
        return entry.kind === 'link'
          ? { kind: 'hardlink', path, link: entry.target, mode, mtime }
          : { kind: inode.kind, path, link: inode.linkText, mode, mtime };
      });
      assert.deepEqual(read, planned);
    }));
});

void suite('the layer between the trees of any stacks of layers', () => {
  const runs = 500 * factor;
  const stack = anyStack({ privileged: true, maxLayers: 2 });

  void test('laid over the first gives the second, whether they share layers or not', () =>
    fc.assert(
      fc.asyncProperty(stack, stack, fc.boolean(), async (lower, upper, isShared) => {
        const contents = new Contents();
        const trees = attempt(() => [
          contents.treeOf(...lower),
          isShared ? contents.treeOf(...lower, ...upper) : contents.treeOf(...upper),
        ]);
        const [base, target] = trees ?? [];
        fc.pre(base !== undefined && target !== undefined);
        const plan = planBetween(contents, base, target);
        const result = applyLayer(base, contents.index(await tarOfPlan(contents, plan)), { onConflict: 'error' });
        assertSameTree(contents.listing(result), contents.listing(target));
        if (!isShared) return;
        const fork = upper.reduce((tree, layer) => applyLayer(tree, contents.index(tarOf(layer))), base);
        assert.deepEqual(shownPlan(planBetween(contents, base, fork)), shownPlan(plan));
      }),
      { numRuns: runs },
    ));
});

/** Undefined where the layers are refused. */
function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (isHoldfastError(error)) return undefined;
    throw error;
  }
}

void suite('the difference between any two trees', () => {
  void test('lists link groups that only one of them has', () =>
    forEdits(500, (edit) => {
      const { contents, base, target } = treesOf(edit);
      const diff = diffTrees(base, target, { sameContent: contents.same });
      const [before, after] = [base, target].map((tree) => linkGroups(tree).map(({ paths }) => paths));
      const without = (groups: typeof before = [], others: typeof before = []) =>
        groups.filter((group) => !others.some((other) => other.join('\0\0') === group.join('\0\0')));
      assert.deepEqual(
        diff.formed.map(({ paths }) => paths),
        without(after, before),
      );
      assert.deepEqual(
        diff.dissolved.map(({ paths }) => paths),
        without(before, after),
      );
    }));

  void test('the other way round is the same changes, turned', () =>
    forEdits(300, (edit) => {
      const { contents, base, target } = treesOf(edit);
      const there = diffTrees(base, target, { sameContent: contents.same });
      const back = diffTrees(target, base, { sameContent: contents.same });
      const changed = (diff: typeof there) =>
        diff.changes.flatMap((one) => (one.change === 'changed' ? [`${one.path} ${one.aspects.join()}`] : []));
      assert.deepEqual(changed(back), changed(there));
      assert.deepEqual(
        back.formed.map(({ paths }) => paths),
        there.dissolved.map(({ paths }) => paths),
      );
    }));
});

void test('a layer is the tar of its plan, whoever writes it', async () => {
  const contents = new Contents();
  assert.ok((await tarOfPlan(contents, [])).equals(tarOf([])));
});
