import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { type ByteString, isHoldfastError } from '../../src/base/index.ts';
import {
  blockDevice,
  charDevice,
  directory,
  type EntrySpec,
  fifo,
  file,
  hardlink,
  opaque,
  symlink,
  tarOf,
  whiteout,
} from '../../src/testing/index.ts';
import {
  diffTrees,
  type EntryTable,
  type Inode,
  isEmptyDiff,
  mergeTrees,
  tableOfPlan,
  type Tree,
} from '../../src/tree/index.ts';
import { assertSameTree, expectedListing } from '../cases/index.ts';
import { anyEdit } from './any-edit.ts';
import { anyStack } from './any-stack.ts';
import { Contents } from './contents.ts';
import { planBetween, tarOfPlan } from './layer-of-diff.ts';

/** HOLDFAST_FUZZ=20 runs twenty times as many. */
const factor = Number(process.env['HOLDFAST_FUZZ'] ?? 1);

type Entries = readonly EntrySpec[];

/** Merges inputs, each a chain of layers. */
function assertMerges(inputs: readonly (readonly Entries[])[], expected: Entries): void {
  const contents = new Contents();
  const tables = inputs.map((input) => input.map((layer) => contents.index(tarOf(layer))));
  assertSameTree(contents.listing(mergeTrees(tables)), expectedListing(expected));
}

function conflictsOf(...inputs: readonly (readonly Entries[])[]): readonly ByteString[] {
  const contents = new Contents();
  const tables = inputs.map((input) => input.map((layer) => contents.index(tarOf(layer))));
  try {
    mergeTrees(tables, { onConflict: 'error', sameContent: contents.same });
    return [];
  } catch (error) {
    assert.ok(isHoldfastError(error, 'CONFLICTS_REFUSED'), String(error));
    return error.data.paths;
  }
}

void suite('merging any inputs', () => {
  const tablesOf = (contents: Contents, layers: readonly Entries[]) =>
    layers.map((layer) => contents.index(tarOf(layer)));
  const merged = (...inputs: readonly EntryTable[][]): Tree | string => {
    try {
      return mergeTrees(inputs);
    } catch (error) {
      if (isHoldfastError(error)) return error.code;
      throw error;
    }
  };

  void test('M54: is associative', () => {
    const stack = anyStack({ privileged: true, maxLayers: 2 });
    fc.assert(
      fc.property(stack, stack, stack, (a, b, c) => {
        const contents = new Contents();
        const [one, two, three] = [a, b, c].map((layers) => tablesOf(contents, layers)) as [
          EntryTable[],
          EntryTable[],
          EntryTable[],
        ];
        const whole = merged(one, two, three);
        for (const other of [merged([...one, ...two], three), merged(one, [...two, ...three])]) {
          if (typeof whole === 'string' || typeof other === 'string') assert.equal(other, whole);
          else assert.ok(isEmptyDiff(diffTrees(whole, other, { sameContent: () => false })));
        }
      }),
      { numRuns: 300 * factor },
    );
  });

  void test('M54: with the difference to another tree gives that tree', async () => {
    const property = fc.asyncProperty(anyEdit({ privileged: true, odd: true }), async ({ before, after }) => {
      const contents = new Contents();
      const base = [contents.index(tarOf(before.entries()))];
      const [from, to] = [mergeTrees([base]), contents.treeOf(after.entries())];
      const plan = planBetween(contents, from, to);
      const written = contents.index(await tarOfPlan(contents, plan));
      assertSameTree(contents.listing(mergeTrees([base, [written]])), after.listing());
      const { table, inodes } = tableOfPlan(plan);
      const original = (inode: Inode): Inode => (inode.table === table ? (inodes[inode.row] ?? inode) : inode);
      const sameContent = (a: Inode, b: Inode): boolean => contents.same(original(a), b);
      const unwritten = mergeTrees([base, [table]]);
      assert.ok(isEmptyDiff(diffTrees(unwritten, to, { sameContent })));
    });
    await fc.assert(property, { numRuns: 300 * factor });
  });
});

void suite('merging', () => {
  void test('M55: goes by name where one input has a symbolic link and another a directory', () => {
    const [link, real] = [
      [symlink('foo', 'bar'), directory('bar')],
      [directory('foo'), file('foo/file')],
    ];
    assertMerges([[link], [real]], [directory('bar'), ...real]);
    assertMerges([[real], [link]], link);
    const loop = [symlink('1', '2'), symlink('2', '1')];
    assertMerges([[loop], [[directory('1'), file('1/f')]]], [directory('1'), file('1/f'), symlink('2', '1')]);
  });

  void test('M55: never deletes through a symbolic link', () => {
    const lower = [directory('bar'), file('bar/file', 'f'), symlink('foo', 'bar')];
    assertMerges([[lower], [[whiteout('foo')]]], lower.slice(0, 2));
    assertMerges([[lower], [[whiteout('foo/file')]]], lower);
  });

  void test('M56: counts what the layers of an input delete, also where that input alone shows nothing', () => {
    const chain = [[file('foo', '2')], [whiteout('foo')], [file('bar')]];
    assertMerges([[[file('foo', '1')]], chain], [file('bar')]);
    assertMerges([chain, [[file('foo', '1')]]], [file('bar'), file('foo', '1')]);
    const [first, gone, second] = [[directory('d'), file('d/a')], [whiteout('d')], [directory('d'), file('d/b')]];
    assertMerges([[first], [gone], [second]], second);
    assertMerges([[first], [[file('d', 'file')]], [second]], second);
  });

  void test('M56: removes only what the difference removed, where the base has more', () => {
    const contents = new Contents();
    const [before, after] = [
      contents.treeOf([directory('o'), file('o/a')]),
      contents.treeOf([directory('o', { mtime: 5 }), file('o/b')]),
    ];
    const { table } = tableOfPlan(planBetween(contents, before, after));
    const base = contents.index(tarOf([directory('o'), file('o/a'), file('o/r')]));
    const merged = mergeTrees([[base], [table]]);
    assert.deepEqual([...(merged.root.children?.get('o' as ByteString)?.children?.keys() ?? [])].sort(), ['b', 'r']);
  });

  const makers = {
    file: file('x', 'f'),
    directory: directory('x'),
    symlink: symlink('x', 't'),
    char: charDevice('x', 1, 3),
    block: blockDevice('x', 7, 0),
    fifo: fifo('x'),
  };
  for (const [below, lower] of Object.entries(makers)) {
    for (const [above, upper] of Object.entries(makers)) {
      void test(`M56: lets a ${above} take the place of a ${below}`, () => {
        const content = (entry: EntrySpec, name: string) => (entry.kind === 'directory' ? [file(`x/${name}`)] : []);
        const isBoth = lower.kind === 'directory' && upper.kind === 'directory';
        const kept = isBoth ? content(lower, 'below') : [];
        const layers = [
          [lower, ...content(lower, 'below')],
          [upper, ...content(upper, 'above')],
        ];
        assertMerges([layers.slice(0, 1), layers.slice(1)], [upper, ...kept, ...content(upper, 'above')]);
        assert.deepEqual(conflictsOf(layers.slice(0, 1), layers.slice(1)), below === above ? [] : ['x']);
      });
    }
  }

  void test('M57: keeps the group of one input, and forms none with another', () => {
    const linked = [file('x', '1'), hardlink('y', 'x')];
    assertMerges([[linked], [[file('x', '2')]]], [file('x', '2'), file('y', '1')]);
    assertMerges([[linked], [[file('z', '1')]]], [...linked, file('z', '1')]);
    assertMerges([[linked], [[file('a', '1'), hardlink('b', 'a')]]], [...linked, file('a', '1'), hardlink('b', 'a')]);
  });

  void test('M57: leaves its inputs as they are', () => {
    const contents = new Contents();
    const input = [contents.index(tarOf([file('x', '1'), directory('d'), file('d/y')]))];
    const before = contents.listing(mergeTrees([input]));
    mergeTrees([input, [contents.index(tarOf([file('x', '2'), whiteout('d/y'), opaque('')]))]]);
    assertSameTree(contents.listing(mergeTrees([input])), before);
  });
});

void suite('merging that may not replace anything', () => {
  void test('lists every path that an input would change or remove, directories excepted', () => {
    const lower = [directory('d', { mode: 0o700 }), file('d/a', '1'), file('b', '1'), file('c'), symlink('s', 'd')];
    const upper = [directory('d'), file('d/a', '2'), whiteout('b'), file('e'), file('s/x')];
    assert.deepEqual(conflictsOf([lower], [upper]), ['b', 'd/a', 's']);
    assert.deepEqual(conflictsOf([lower], [[directory('d'), file('d/new'), whiteout('nothing')]]), []);
  });

  void test('lets an input say the same again', () => {
    const lower = [file('a', '1'), hardlink('b', 'a')];
    assert.deepEqual(conflictsOf([lower], [lower]), []);
    assert.deepEqual(conflictsOf([lower], [[file('a', '1'), file('b', '1')]]), ['a']);
  });

  void test('lets the layers of one input replace each other', () => {
    assert.deepEqual(conflictsOf([[file('a', '1')]], [[file('b', '1')], [file('b', '2')], [whiteout('b')]]), []);
    assert.deepEqual(conflictsOf([[file('b', '0')]], [[file('b', '1')], [whiteout('b')]]), ['b']);
  });
});
