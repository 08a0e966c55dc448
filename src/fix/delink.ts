/** A tree whose link groups are undone, for runtimes that break hard links. */
import type { ByteString } from '../base/index.ts';
import {
  EntryTableBuilder,
  Inode,
  inodes,
  linkGroups,
  parentPath,
  tableEntryAt,
  type Tree,
  withInodes,
} from '../tree/index.ts';

/** What the names of a link group become besides the first: links to that by name, or files of their own. */
export type Delink = 'symlink' | 'copy';

/** The longest text that symlink(2) takes. */
const longestText = 4095;

/**
 * Every link group as one inode and, for each other name, a symbolic link to its first name or a copy. A symbolic link with
 * several names, and a name too far away, become copies whatever is asked for: the link would not mean the same.
 */
export function delinkTree(tree: Tree, delink: Delink): Tree {
  const separated = new Map<ByteString, Inode>();
  for (const { inode, paths } of linkGroups(tree)) {
    const [first, ...others] = paths;
    if (first === undefined) continue;
    for (const path of others) separated.set(path, separate(inode, [path, first], delink));
  }
  return withInodes(tree, separated);
}

function separate(inode: Inode, [path, first]: readonly [ByteString, ByteString], delink: Delink): Inode {
  const { table, row, layer } = inode;
  const text = relativePath(path, first);
  if (delink === 'copy' || inode.kind === 'symlink' || text.length > longestText) return new Inode(table, row, layer);
  const builder = new EntryTableBuilder();
  const { mtime, uid, gid } = inode;
  const said = { ...tableEntryAt(table, row), mtime, uid, gid, xattrs: undefined, sparse: undefined };
  builder.add({ ...said, name: path, kind: 'symlink', linkName: text, mode: 0o777, size: 0 });
  return new Inode(builder.finish(), 0, layer);
}

/** From one name to another, both below directories that no link leads through, so that ".." is what it seems. */
export function relativePath(from: ByteString, to: ByteString): ByteString {
  const above = parentPath(from) === '' ? [] : parentPath(from).split('/');
  const names = to.split('/');
  let common = 0;
  while (common < above.length && common < names.length - 1 && above[common] === names[common]) common++;
  return [...above.slice(common).map(() => '..'), ...names.slice(common)].join('/') as ByteString;
}

/** Bytes of all files, each inode once. */
export function bytesOfFiles(tree: Tree): number {
  const seen = new Set<Inode>();
  let bytes = 0;
  for (const inode of inodes(tree)) {
    if (inode.kind !== 'file' || seen.has(inode)) continue;
    if (tree.linked.has(inode)) seen.add(inode);
    bytes += inode.size;
  }
  return bytes;
}
