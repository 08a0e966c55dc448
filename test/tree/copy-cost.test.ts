/** What a copy looks at: where it goes, and nothing else, however large the tree is. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type ByteString, fromText } from '../../src/base/index.ts';
import { directory, file, hardlink, symlink } from '../../src/testing/index.ts';
import { diffTrees, Inode, layerPlan, planCopy, type Tree } from '../../src/tree/index.ts';
import { Contents } from './contents.ts';
import { shownPlan } from './layer-of-diff.ts';

/** A directory that tells when somebody looks at what it holds. */
class Watched extends Map<ByteString, Inode> {
  readonly #tell: () => void;

  constructor(children: ReadonlyMap<ByteString, Inode>, tell: () => void) {
    super();
    this.#tell = () => {};
    for (const [name, child] of children) super.set(name, child);
    this.#tell = tell;
  }

  override get(name: ByteString): Inode | undefined {
    this.#tell();
    return super.get(name);
  }

  override has(name: ByteString): boolean {
    this.#tell();
    return super.has(name);
  }

  override [Symbol.iterator](): MapIterator<[ByteString, Inode]> {
    this.#tell();
    return super[Symbol.iterator]();
  }

  override values(): MapIterator<Inode> {
    this.#tell();
    return super.values();
  }
}

/** The same tree, and the directories of it that were looked into. */
function watched(tree: Tree): { readonly tree: Tree; readonly looked: Set<string> } {
  const looked = new Set<string>();
  const copy = (inode: Inode, path: string): Inode => {
    if (inode.children === undefined) return inode;
    const children = new Map([...inode.children].map(([name, child]) => [name, copy(child, `${path}/${name}`)]));
    return new Inode(inode.table, inode.row, inode.layer, new Watched(children, () => looked.add(path || '/')));
  };
  return { tree: { ...tree, root: copy(tree.root, '') }, looked };
}

void suite('a copy into a large tree looks', () => {
  const many = Array.from({ length: 50 }, (_, at) => [
    directory(`d${at}`),
    file(`d${at}/f`),
    hardlink(`d${at}/g`, `d${at}/f`),
  ]);
  const base = [symlink('bin', 'usr/bin'), directory('usr/bin'), file('usr/bin/sh'), ...many.flat()];
  const from = [directory('s'), file('s/a', '1'), hardlink('s/b', 's/a'), directory('s/x'), file('s/x/y')];

  for (const [dest, onConflict, places] of [
    ['/bin/', 'follow', ['/', '/usr', '/usr/bin']],
    ['/d7', 'follow', ['/', '/d7']],
    ['/new/', 'error', ['/']],
  ] as const) {
    void test(`only where it goes: ${dest} with ${onConflict}`, () => {
      const contents = new Contents();
      const { tree, looked } = watched(contents.treeOf(base));
      const source = contents.treeOf(from);
      const plan = planCopy(tree, { from: source, sources: [fromText('s')], dest: fromText(dest), onConflict });
      const diff = diffTrees(tree, plan.tree, { sameContent: () => false });
      const layer = layerPlan(tree, plan.tree, diff);
      assert.ok(shownPlan(layer).some((line) => /^h .*b = /.test(line)));
      assert.deepEqual([...looked].sort(), places);
    });
  }
});
