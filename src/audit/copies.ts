/** Files that hold the same as another file and are no links of it. */
import type { ByteString, Digest } from '../base/index.ts';
import type { Inode, Tree } from '../tree/index.ts';
import { type NamedInode, namedInodes } from './named-inodes.ts';

/** A file beside the first of those that hold the same. */
export interface FileCopy {
  readonly path: ByteString;
  readonly inode: Inode;
  readonly first: NamedInode;
}

/** Digests of files; undefined where a file could not be told from any other by them. */
export type DigestOf = (inode: Inode) => Digest | undefined;

/** Smaller files are not worth a word: a file system gives them a block each. */
export const leastCompared = 4096;
/** Of smaller files, size and time are too often equal by chance. */
const leastAlike = 65_536;

/** So many files that are alike are hardly so by chance. */
const manyAlike = 8;

/**
 * Where digests are known, files of the same content. Elsewhere those that are alike in size, time, mode and owner, as files
 * are that were links once, and have the same last name or are many: programs of one package are often alike and not the same.
 */
export function findCopies(tree: Tree, digestOf: DigestOf | undefined): FileCopy[] {
  const groups = digestOf ? sameFiles(tree, digestOf) : alikeFiles(tree);
  const copies: FileCopy[] = [];
  for (const group of groups) {
    const [first, ...others] = group.sort(lowestFirst);
    for (const other of others) if (first) copies.push({ ...other, first });
  }
  return copies;
}

function sameFiles(tree: Tree, digestOf: DigestOf): NamedInode[][] {
  const files = comparableFiles(tree, leastCompared);
  return several(Map.groupBy(files, ({ path, inode }) => `${inode.size} ${digestOf(inode) ?? path}`));
}

function alikeFiles(tree: Tree): NamedInode[][] {
  const alike = several(Map.groupBy(comparableFiles(tree, leastAlike), ({ inode }) => likeness(inode)));
  return alike.flatMap((group) => {
    return group.length >= manyAlike ? [group] : several(Map.groupBy(group, ({ path }) => lastName(path)));
  });
}

function several(groups: ReadonlyMap<string, NamedInode[]>): NamedInode[][] {
  return [...groups.values()].filter(({ length }) => length > 1);
}

function lastName(path: ByteString): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Files of a size that several have, each inode once. */
export function comparableFiles(tree: Tree, least: number): NamedInode[] {
  const bySize = Map.groupBy(namedFiles(tree, least), ({ inode }) => inode.size);
  return [...bySize.values()].flatMap((files) => (files.length > 1 ? files : []));
}

/** Each inode under one of its names. */
function* namedFiles(tree: Tree, least: number): Generator<NamedInode> {
  const seen = new Set<Inode>();
  for (const entry of namedInodes(tree)) {
    const { inode } = entry;
    if (inode.kind !== 'file' || inode.size < least || seen.has(inode)) continue;
    if (tree.linked.has(inode)) seen.add(inode);
    yield entry;
  }
}

function likeness({ size, mtime, mode, uid, gid }: Inode): string {
  return [size, mtime.seconds, mtime.nanoseconds, mode, uid, gid].join(' ');
}

function lowestFirst(a: NamedInode, b: NamedInode): number {
  return a.inode.layer - b.inode.layer || (a.path < b.path ? -1 : 1);
}
