import type { ByteString } from '../base/index.ts';
import { impliedDirectory } from './entry-table.ts';
import { Inode } from './inode.ts';

/** A whole file tree. It never changes; every operation gives another tree that shares what stayed the same. */
export interface Tree {
  readonly root: Inode;
  /** How many layers were applied to get here; no inode is from a later one. */
  readonly layers: number;
  /** Every inode that ever got a second name in this tree; those that still have two are its link groups. */
  readonly linked: ReadonlySet<Inode>;
}

/** Nothing but an implied root. */
export const emptyTree: Tree = {
  root: new Inode(impliedDirectory, 0, 0, new Map()),
  layers: 0,
  linked: new Set(),
};

/** One name of a tree; the root is "". */
export interface TreeEntry {
  readonly path: ByteString;
  readonly name: ByteString;
  readonly inode: Inode;
  /** 0 for the root. */
  readonly depth: number;
}

/** The children of a directory in byte order of their names. */
export function sortedChildren(directory: Inode): [ByteString, Inode][] {
  const entries = [...(directory.children ?? [])];
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Every name of a tree, the root first: directories before their content, siblings in byte order. */
export function* walk(tree: Tree): Generator<TreeEntry> {
  yield* walkFrom({ path: '' as ByteString, name: '' as ByteString, inode: tree.root, depth: 0 });
}

/** Every inode once for each of its names, in no particular order: cheaper than {@link walk} where names are not needed. */
export function* inodes(tree: Tree): Generator<Inode> {
  const stack = [tree.root];
  for (let inode = stack.pop(); inode !== undefined; inode = stack.pop()) {
    yield inode;
    for (const child of inode.children?.values() ?? []) stack.push(child);
  }
}

/** The names at and below one entry, in the order of {@link walk}. */
export function* walkFrom(start: TreeEntry): Generator<TreeEntry> {
  const stack: TreeEntry[] = [start];
  for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
    yield entry;
    if (entry.inode.children === undefined) continue;
    const children = sortedChildren(entry.inode);
    for (let index = children.length - 1; index >= 0; index--) {
      const child = children[index];
      if (child === undefined) continue;
      stack.push({ path: joinPath(entry.path, child[0]), name: child[0], inode: child[1], depth: entry.depth + 1 });
    }
  }
}

/** A child's path; the root is "". */
export function joinPath(parent: ByteString, name: ByteString): ByteString {
  return (parent === '' ? name : `${parent}/${name}`) as ByteString;
}

/** The path of the directory that holds a path; the root's is the root. */
export function parentPath(path: ByteString): ByteString {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0)) as ByteString;
}

/** What stands at a path by name, without following any symbolic link. */
export function lookup(tree: Tree, path: ByteString): Inode | undefined {
  let inode: Inode | undefined = tree.root;
  if (path === '') return inode;
  for (const name of path.split('/')) inode = inode?.children?.get(name as ByteString);
  return inode;
}

/** All names of one inode that has at least two, in walk order. */
export interface LinkGroup {
  readonly inode: Inode;
  readonly paths: readonly ByteString[];
}

/** The link groups of a tree, in the order of their first names. */
export function linkGroups(tree: Tree): LinkGroup[] {
  if (tree.linked.size === 0) return [];
  const names = new Map<Inode, ByteString[]>();
  for (const { path, inode } of walk(tree)) {
    if (!tree.linked.has(inode)) continue;
    const paths = names.get(inode);
    if (paths) paths.push(path);
    else names.set(inode, [path]);
  }
  return [...names].filter(([, paths]) => paths.length > 1).map(([inode, paths]) => ({ inode, paths }));
}
