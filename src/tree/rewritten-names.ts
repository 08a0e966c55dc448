/** Which names a layer has to write besides those that changed, so that link groups come out right. */
import type { ByteString } from '../base/index.ts';
import type { TreeDiff } from './diff.ts';
import type { Inode } from './inode.ts';
import { lookup, type LinkGroup, type Tree } from './tree.ts';

/**
 * Unchanged names that have to be written, with their inodes. A layer must not link to a lower one, so a link group of
 * which one name is new or changed is written under all its names. What stays unwritten keeps the inode of the base: a
 * group that only lost names stays; of a group that fell apart, the part with the most names does (among equals, the
 * first).
 */
export function rewrittenNames(base: Tree, target: Tree, diff: TreeDiff): Map<ByteString, Inode> {
  const names = new Map<ByteString, Inode>();
  if (diff.formed.length + diff.dissolved.length === 0) return names;
  const changed = changedNames(base, target, diff);
  const written = new Set(changed.values());
  const write = (inode: Inode, paths: readonly ByteString[]): void => {
    written.add(inode);
    for (const path of paths) if (!changed.has(path)) names.set(path, inode);
  };
  for (const group of diff.formed) {
    if (written.has(group.inode) || !isOneInode(base, group)) write(group.inode, group.paths);
  }
  for (const { paths } of diff.dissolved) {
    for (const [inode, part] of partsToWrite(target, paths, written)) write(inode, part);
  }
  return names;
}

/** The added and changed names that have, or had, to do with links. */
function changedNames(base: Tree, target: Tree, { changes }: TreeDiff): ReadonlyMap<ByteString, Inode> {
  const names = new Map<ByteString, Inode>();
  for (const change of changes) {
    if (change.change === 'removed') continue;
    const { path, after } = change;
    const wasLinked = change.change === 'changed' && base.linked.has(change.before);
    if (wasLinked || target.linked.has(after)) names.set(path, after);
  }
  return names;
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
