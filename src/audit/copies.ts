/** Files that hold the same as another file and are no links of it. */
import type { ByteString, Digest } from '../base/index.ts';
import { type Inode, joinPath, type Tree } from '../tree/index.ts';

/** A file beside the first of those that hold the same. */
export interface FileCopy {
  readonly path: ByteString;
  readonly inode: Inode;
  readonly first: NamedFile;
}

interface NamedFile {
  readonly path: ByteString;
  readonly inode: Inode;
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

function sameFiles(tree: Tree, digestOf: DigestOf): NamedFile[][] {
  const files = comparableFiles(tree, leastCompared);
  return several(Map.groupBy(files, ({ path, inode }) => `${inode.size} ${digestOf(inode) ?? path}`));
}

function alikeFiles(tree: Tree): NamedFile[][] {
  const alike = several(Map.groupBy(comparableFiles(tree, leastAlike), ({ inode }) => likeness(inode)));
  return alike.flatMap((group) => {
    return group.length >= manyAlike ? [group] : several(Map.groupBy(group, ({ path }) => lastName(path)));
  });
}

function several(groups: ReadonlyMap<string, NamedFile[]>): NamedFile[][] {
  return [...groups.values()].filter(({ length }) => length > 1);
}

function lastName(path: ByteString): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Files of a size that several have, each inode once. */
export function comparableFiles(tree: Tree, least: number): NamedFile[] {
  const bySize = Map.groupBy(namedFiles(tree, least), ({ inode }) => inode.size);
  return [...bySize.values()].flatMap((files) => (files.length > 1 ? files : []));
}

/** Each inode under one of its names. */
function* namedFiles(tree: Tree, least: number): Generator<NamedFile> {
  const seen = new Set<Inode>();
  const stack: NamedFile[] = [{ path: '' as ByteString, inode: tree.root }];
  for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
    const { path, inode } = entry;
    for (const [name, child] of inode.children ?? []) stack.push({ path: joinPath(path, name), inode: child });
    if (inode.kind !== 'file' || inode.size < least || seen.has(inode)) continue;
    if (tree.linked.has(inode)) seen.add(inode);
    yield entry;
  }
}

function likeness({ size, mtime, mode, uid, gid }: Inode): string {
  return [size, mtime.seconds, mtime.nanoseconds, mode, uid, gid].join(' ');
}

function lowestFirst(a: NamedFile, b: NamedFile): number {
  return a.inode.layer - b.inode.layer || (a.path < b.path ? -1 : 1);
}
