import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { type ByteString, fromText, isHoldfastError } from '../../src/base/index.ts';
import { directory, file, symlink, tarOf } from '../../src/testing/index.ts';
import {
  applyLayers,
  ignoreList,
  lookup,
  resolveFilePaths,
  resolvePath,
  type Tree,
  walk,
} from '../../src/tree/index.ts';
import { indexLayer } from '../cases/apply-in-memory.ts';
import { resolveCases } from './resolve-cases.ts';

/** HOLDFAST_FUZZ=20 runs twenty times as many. */
const factor = Number(process.env['HOLDFAST_FUZZ'] ?? 1);

type Spec = Readonly<Record<string, string | undefined>>;

function treeOf(spec: Spec): Tree {
  const entries = Object.entries(spec).map(([name, text]) => {
    if (text !== undefined) return symlink(name, text);
    return name.endsWith('/') ? directory(name) : file(name, 'x');
  });
  return applyLayers([indexLayer(tarOf(entries)).table]);
}

void suite('resolving file paths in a tree', () => {
  for (const { title, tree, inputs, ignored, expected } of resolveCases) {
    void test(title, () => {
      assert.deepEqual(resolveFilePaths(treeOf(tree), inputs.map(fromText), ignored), expected);
    });
  }

  void test('takes names as bytes', () => {
    const tree = treeOf({ 'd\udcff/x': undefined, link: '/d\udcff' });
    assert.deepEqual(resolveFilePaths(tree, ['link/x' as ByteString]), ['d\xff/x', 'link']);
    assert.deepEqual(resolveFilePaths(tree, ['link/x' as ByteString], ['d\udcff']), ['link']);
  });
});

const names = ['a', 'b', 'c'];
const anyPath = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const anyText = fc
  .tuple(
    fc.constantFrom('', '', '/', '../'),
    fc.array(fc.constantFrom(...names, ...names, '..', '.'), { minLength: 1, maxLength: 3 }),
  )
  .map(([start, parts]) => start + parts.join('/'));
const anyInput = fc
  .array(fc.constantFrom(...names, ...names, ...names, '..', '.'), { maxLength: 5 })
  .map((parts) => parts.join('/') as ByteString);
/** Links are twice as likely as everything else; where two say the same path, the first stays. */
const anyTree = fc
  .array(fc.tuple(anyPath, fc.option(anyText, { freq: 2 })), { maxLength: 12 })
  .map((entries) => Object.fromEntries(entries.map(([name, text]) => [name, text ?? undefined])))
  .map(fittingTree);
const anyIgnored = fc.array(fc.oneof(anyPath, fc.constantFrom('*/b', '**/c', 'a/*')), { maxLength: 2 });

/** Without what would stand below something that is no directory. */
function fittingTree(spec: Spec): Tree {
  const fitting = Object.entries(spec).filter(([name]) => {
    const parents = Object.keys(spec).filter((other) => name.startsWith(`${other}/`));
    return parents.length === 0;
  });
  return treeOf(Object.fromEntries(fitting));
}

function holds(check: (tree: Tree, inputs: ByteString[], ignored: string[]) => void): void {
  const inputs = fc.array(anyInput, { minLength: 1, maxLength: 3 });
  const property = fc.property(anyTree, inputs, anyIgnored, (tree, asked, ignored) => {
    try {
      check(tree, asked, ignored);
    } catch (error) {
      const shown = [...walk(tree)].map(({ path, inode }) => `  ${inode.kind} ${path} ${inode.linkText}`);
      throw new Error([...shown, `asked ${asked.join(' ')}`].join('\n'), { cause: error });
    }
  });
  fc.assert(property, { numRuns: 700 * factor });
}

function isLink(tree: Tree, path: ByteString): boolean {
  return lookup(tree, path)?.kind === 'symlink';
}

function parentsOf(path: ByteString): ByteString[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, at) => parts.slice(0, at + 1).join('/') as ByteString);
}

/** Where a process in that root would end up; undefined when it would not. */
function endOf(tree: Tree, path: ByteString): ByteString | undefined {
  try {
    return resolvePath(tree, path, { followLast: true }).path;
  } catch (error) {
    assert.ok(isHoldfastError(error, 'PATH_NOT_FOUND'));
    return undefined;
  }
}

void suite('what comes back from resolving any paths in any tree', () => {
  void test('never leads through a link', () =>
    holds((tree, inputs, ignored) => {
      for (const path of resolveFilePaths(tree, inputs, ignored)) {
        for (const parent of parentsOf(path)) assert.ok(!isLink(tree, parent), `${path} leads through ${parent}`);
      }
    }));

  void test('is never ignored, and otherwise what would come back if nothing were', () =>
    holds((tree, inputs, ignored) => {
      const { ignores } = ignoreList(ignored);
      const plain = inputs.filter((input) => !input.split('/').some((part) => part === '..' || part === '.'));
      const judged = plain.filter((input) => !ignores(input.split('/').filter(Boolean).join('/') as ByteString));
      const expected = resolveFilePaths(tree, judged).filter((path) => !ignores(path));
      assert.deepEqual(resolveFilePaths(tree, plain, ignored), expected);
    }));

  void test('holds the end of each input that has one, and no other that is not a link', () =>
    holds((tree, all) => {
      const inputs = all.filter((input) => !input.includes('..'));
      const found = resolveFilePaths(tree, inputs);
      const ends = inputs.map((input) => endOf(tree, input)).filter((end) => end !== undefined);
      for (const end of ends) assert.ok(found.includes(end), `${end} is missing`);
      const others = found.filter((path) => !isLink(tree, path) && !ends.includes(path));
      for (const path of others) assert.equal(lookup(tree, path), undefined, `${path} is no candidate`);
    }));

  void test('holds every link that matters: with all others changed, the inputs lead to the same', () =>
    holds((tree, inputs) => {
      const found = new Set(resolveFilePaths(tree, inputs));
      const other: Record<string, string | undefined> = {};
      for (const { path, inode } of walk(tree)) {
        if (path === '') continue;
        if (inode.kind === 'symlink') other[path] = found.has(path) ? inode.linkText : '/changed';
        else other[inode.children ? `${path}/` : path] = undefined;
      }
      const changed = treeOf(other);
      for (const input of inputs) assert.equal(endOf(changed, input), endOf(tree, input));
    }));

  void test('comes back again, with no more than what its links lead to, and that stays so', () =>
    holds((tree, inputs, ignored) => {
      const once = resolveFilePaths(tree, inputs, ignored);
      const twice = resolveFilePaths(tree, once, ignored);
      assert.deepEqual(
        once.filter((path) => !twice.includes(path)),
        [],
      );
      const ends = once.filter((path) => isLink(tree, path)).map((path) => endOf(tree, path));
      for (const path of twice) assert.ok(once.includes(path) || ends.includes(path) || isLink(tree, path), path);
      if (!once.some((path) => isLink(tree, path))) assert.deepEqual(twice, once);
      assert.deepEqual(resolveFilePaths(tree, twice, ignored), twice);
    }));
});
