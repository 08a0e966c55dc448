import type { ByteString } from '../base/index.ts';
import { type Children, Inode } from './inode.ts';
import { joinPath, type Tree } from './tree.ts';

/** What becomes of a path: it stays, it goes with everything below, or it stays only above something that stays. */
export type FilterVerdict = 'keep' | 'drop' | 'descend';

/**
 * The part of a tree that a filter keeps. Directories above a kept path stay, with their attributes. Links stay right:
 * an inode keeps exactly its remaining names.
 */
export function filterTree(tree: Tree, judge: (path: ByteString, inode: Inode) => FilterVerdict): Tree {
  return { ...tree, root: filtered(tree.root, '' as ByteString, judge) ?? withChildren(tree.root, new Map()) };
}

function filtered(
  inode: Inode,
  path: ByteString,
  judge: (path: ByteString, inode: Inode) => FilterVerdict,
): Inode | undefined {
  const verdict = path === '' ? 'descend' : judge(path, inode);
  if (verdict === 'drop') return undefined;
  if (inode.children === undefined) return verdict === 'keep' ? inode : undefined;
  const children = new Map<ByteString, Inode>();
  for (const [name, child] of inode.children) {
    const kept = filtered(child, joinPath(path, name), judge);
    if (kept) children.set(name, kept);
  }
  return verdict === 'keep' || children.size > 0 ? withChildren(inode, children) : undefined;
}

function withChildren(inode: Inode, children: Children): Inode {
  return new Inode(inode.table, inode.row, inode.layer, children);
}
