import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { type ByteString, isHoldfastError } from '../../src/base/index.ts';
import { byteStringOf } from '../../src/testing/index.ts';
import {
  applyLayers,
  attributesDiffer,
  type CopyFact,
  copyInto,
  type CopyRequest,
  diffTrees,
  type EntryTable,
  isEmptyDiff,
  layerPlan,
  lookup,
  type NamedInode,
  planCopy,
  tableOfPlan,
  type Tree,
  walk,
} from '../../src/tree/index.ts';
import { assertSameTree } from '../cases/index.ts';
import { anyEdit, shownEdit } from './any-edit.ts';
import { Contents } from './contents.ts';
import type { Model } from './model.ts';
import { shownPlan, tarOfPlan } from './layer-of-diff.ts';
import { referenceCopy, type ReferenceRequest } from './reference-copy.ts';

/** HOLDFAST_FUZZ=20 runs twenty times as many. */
const factor = Number(process.env['HOLDFAST_FUZZ'] ?? 1);

const tree = anyEdit({ privileged: true, links: true }).map(({ after }) => after);
const part = fc.constantFrom('a', 'b', 'a-b', 'c', 'a', 'b', '..', '.');
const path = fc.array(part, { maxLength: 3 }).map((parts) => parts.join('/'));
const request: fc.Arbitrary<ReferenceRequest> = fc.record({
  sources: fc.array(fc.oneof(fc.constant('/'), path), { minLength: 1, maxLength: 2 }),
  dest: fc.tuple(fc.constantFrom('', '/'), path, fc.constantFrom('', '', '/')).map((parts) => parts.join('')),
  onConflict: fc.constantFrom('follow', 'follow', 'replace', 'error'),
  clear: fc.constantFrom(false, false, false, true),
});

interface Case {
  readonly into: Model;
  readonly from: Model;
  readonly request: ReferenceRequest;
}

function forCopies(runs: number, check: (given: Case) => Promise<void> | void): Promise<void> {
  return fc.assert(
    fc.asyncProperty(tree, tree, request, async (into, from, asked) => {
      try {
        await check({ into, from, request: asked });
      } catch (error) {
        const shown = shownEdit({ before: into, after: from, steps: [] });
        throw new Error(`${JSON.stringify(asked)}\n${shown}`, { cause: error });
      }
    }),
    { numRuns: runs * factor },
  );
}

function copyRequest(from: Tree, { sources, dest, onConflict, clear }: ReferenceRequest): CopyRequest {
  return { from, sources: sources.map((one) => byteStringOf(one)), dest: byteStringOf(dest), onConflict, clear };
}

function attempt<T>(run: () => T): T | string {
  try {
    return run();
  } catch (error) {
    if (isHoldfastError(error)) return error.code;
    throw error;
  }
}

/** Whether a fact that was found in one tree is true of another. */
function holds({ path, found, linkText }: CopyFact, of: Tree): boolean {
  const inode = lookup(of, path);
  if ((inode?.kind ?? 'nothing') !== found) return false;
  return linkText === undefined || inode?.linkText === linkText;
}

function isAsAbove({ path, inode }: NamedInode, of: Tree): boolean {
  const other = lookup(of, path);
  return other !== undefined && !attributesDiffer(other.table, other.row, inode);
}

/** Names that came with a copy. */
function copiedPaths(result: Tree, { layers }: Tree): ByteString[] {
  return [...walk(result)].filter(({ inode }) => inode.layer > layers).map(({ path }) => path);
}

void suite('copying between any two trees', () => {
  void test('gives what a naive reading of the rules gives', async () => {
    const met = new Set<string>();
    await forCopies(3000, ({ into, from, request: asked }) => {
      const contents = new Contents();
      const [base, source] = [contents.treeOf(into.entries()), contents.treeOf(from.entries())];
      const expected = referenceCopy(into, from, asked);
      const result = attempt(() => copyInto(base, copyRequest(source, asked)));
      met.add('error' in expected ? expected.error : 'tree');
      if ('error' in expected) assert.equal(typeof result === 'string' ? result : 'a tree', expected.error);
      else if (typeof result === 'string') assert.equal(result, 'a tree');
      else assertSameTree(contents.listing(result.tree, result.contentOf), expected.tree.listing());
      assertSameTree(contents.listing(base), into.listing());
    });
    for (const outcome of ['tree', 'PATH_NOT_FOUND', 'CONFLICTS_REFUSED', 'SYMLINK_LOOP']) {
      assert.ok(met.has(outcome), `there is ${outcome} too`);
    }
  });

  void test('executed as a merge, where that is said to do, gives the same', async () => {
    const met = { reuse: 0, merge: 0, copy: 0 };
    await forCopies(1000, async ({ into, from, request: asked }) => {
      const contents = new Contents();
      const base = contents.treeOf(into.entries());
      const table = contents.indexOf(from.entries());
      const source = applyLayers([table]);
      const own = { ...copyRequest(source, asked), ...(asked.sources.length > 1 ? { owner: { uid: 7 } } : {}) };
      const plan = attempt(() => planCopy(base, own, [table]));
      if (typeof plan === 'string') return;
      const { kind } = plan.execution;
      met[kind]++;
      const expected = contents.listing(plan.tree, plan.contentOf);
      if (kind === 'reuse') assertSameTree(contents.listing(applyLayers([table], {}, base)), expected);
      if (kind !== 'merge') return;
      const layer = contents.index(await tarOfPlan(contents, plan.execution.layer, plan.contentOf));
      assertSameTree(contents.listing(applyLayers([layer], {}, base)), expected);
    });
    assert.ok(met.reuse > 10 && met.merge > 10 && met.copy > 10, JSON.stringify(met));
  });

  void test('puts the same at the same places of every tree with the same facts', async () => {
    let met = 0;
    const edits = anyEdit({ privileged: true, links: true });
    const property = fc.asyncProperty(edits, tree, request, async (edit, from, asked) => {
      const contents = new Contents();
      const [one, other] = [contents.treeOf(edit.before.entries()), contents.treeOf(edit.after.entries())];
      const table = contents.indexOf(from.entries());
      const given = copyRequest(applyLayers([table]), asked);
      const plan = attempt(() => planCopy(one, given));
      if (typeof plan === 'string' || !plan.facts.every((fact) => holds(fact, other))) return;
      met++;
      const again = attempt(() => planCopy(other, given));
      assert.ok(typeof again !== 'string', `${JSON.stringify(asked)}\n${shownEdit(edit)}`);
      const facts = new Set(again.facts.map((fact) => JSON.stringify(fact)));
      assert.ok(plan.facts.every((fact) => facts.has(JSON.stringify(fact))));
      assert.deepEqual(copiedPaths(again.tree, other), copiedPaths(plan.tree, one));
      if (plan.execution.kind !== 'merge' || !plan.execution.above.every((above) => isAsAbove(above, other))) return;
      assert.equal(again.execution.kind, 'merge');
      const [layer, expected] = [again, plan].map(({ execution }) =>
        execution.kind === 'merge' ? execution.layer : [],
      );
      assert.deepEqual(shownPlan(layer ?? []), shownPlan(expected ?? []));
    });
    await fc.assert(property, { numRuns: 2000 * factor });
    assert.ok(met > 200, String(met));
  });

  void test('is a layer like any other change', () =>
    forCopies(500, ({ into, from, request: asked }) => {
      const contents = new Contents();
      const base = contents.treeOf(into.entries());
      const result = attempt(() => copyInto(base, copyRequest(contents.treeOf(from.entries()), asked)));
      if (typeof result === 'string') return;
      const diff = diffTrees(base, result.tree, { sameContent: contents.same });
      const { table } = tableOfPlan(layerPlan(base, result.tree, diff));
      const again = applyLayers([table], {}, base);
      const sameContent = (a: { readonly table: EntryTable }): boolean => a.table === table;
      assert.ok(isEmptyDiff(diffTrees(again, result.tree, { sameContent })));
    }));
});
