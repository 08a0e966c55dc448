/** Which names a layer has to write so that link groups come out right. */
import type { ByteString } from '../base/index.ts';
import type { TreeDiff } from './diff.ts';
import type { Inode } from './inode.ts';
import { lookup, type LinkGroup, type Tree } from './tree.ts';

/**
 * Every name to write with its inode, ancestors apart. A layer must not link to a lower one, so a link group of which one
 * name is new or changed is written under all its names. What stays unwritten keeps the inode of the base: a group that
 * only lost names stays; of a group that fell apart, the part with the most names does (among equals, the first).
 */
export function rewrittenInodes(base: Tree, target: Tree, diff: TreeDiff): Map<ByteString, Inode> {
  const written = new Map<ByteString, Inode>();
  const inodes = new Set<Inode>();
  for (const change of diff.changes) {
    if (change.change === 'removed') continue;
    written.set(change.path, change.after);
    inodes.add(change.after);
  }
  for (const group of diff.formed) {
    if (!inodes.has(group.inode) && isOneInode(base, group)) continue;
    inodes.add(group.inode);
    for (const path of group.paths) written.set(path, group.inode);
  }
  for (const { paths } of diff.dissolved) {
    for (const [inode, own] of partsToWrite(target, paths, inodes)) {
      for (const path of own) written.set(path, inode);
    }
  }
  return written;
}

function isOneInode(base: Tree, { paths }: LinkGroup): boolean {
  const [first, ...others] = paths.map((path) => lookup(base, path));
  return first !== undefined && others.every((inode) => inode === first);
}

/** What is left of a group and not written anyway, by inode; all but the part that can stay as it is. */
function partsToWrite(
  target: Tree,
  paths: readonly ByteString[],
  written: ReadonlySet<Inode>,
): [Inode, readonly ByteString[]][] {
  const parts = new Map<Inode, ByteString[]>();
  for (const path of paths) {
    const inode = lookup(target, path);
    if (inode === undefined || written.has(inode)) continue;
    const part = parts.get(inode);
    if (part) part.push(path);
    else parts.set(inode, [path]);
  }
  const staying = largestPart(parts);
  return [...parts].filter(([inode]) => inode !== staying);
}

function largestPart(parts: ReadonlyMap<Inode, readonly ByteString[]>): Inode | undefined {
  let largest: Inode | undefined;
  let most = 0;
  for (const [inode, { length }] of parts) {
    if (length <= most) continue;
    largest = inode;
    most = length;
  }
  return largest;
}
