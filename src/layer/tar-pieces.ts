/** A plan of entries as a tar archive, piece by piece: the same plan always gives the same bytes. */
import { type ByteString, HoldfastError } from '../base/index.ts';
import { encodeTarEntry, endOfArchive, type TarEntry, tarPadding } from '../tar/index.ts';
import type { Inode, PlannedEntry } from '../tree/index.ts';

/** Bytes to write, or the stored data of a file: all of it, or of a sparse file its runs one after the other. */
export type TarPiece =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'body'; readonly path: ByteString; readonly inode: Inode; readonly size: number };

const zeroBlock = new Uint8Array(512);
const empty = '' as ByteString;

/** The archive of a plan, in its order, with two zero blocks at the end. */
export function* tarPieces(plan: Iterable<PlannedEntry>): Generator<TarPiece> {
  for (const entry of plan) {
    yield { kind: 'bytes', bytes: encodeTarEntry(tarEntryOf(entry)) };
    if (entry.kind === 'inode') yield* bodyPieces(entry.path, entry.inode);
  }
  yield { kind: 'bytes', bytes: endOfArchive };
}

/** Bytes that an archive holds for an inode: the holes of a sparse file are not among them. */
export function storedSize(inode: Inode): number {
  if (inode.kind !== 'file') return 0;
  return inode.sparse ? inode.sparse.reduce((sum, { size }) => sum + size, 0) : inode.size;
}

function* bodyPieces(path: ByteString, inode: Inode): Generator<TarPiece> {
  const size = storedSize(inode);
  if (size === 0) return;
  yield { kind: 'body', path, inode, size };
  const padding = tarPadding(size);
  if (padding > 0) yield { kind: 'bytes', bytes: zeroBlock.subarray(0, padding) };
}

function tarEntryOf(entry: PlannedEntry): TarEntry {
  if (entry.kind === 'whiteout') return markerEntry(entry.path);
  const { path, inode } = entry;
  requireOrdinaryName(path);
  const { mode, uid, gid, mtime, xattrs } = inode;
  const attributes = { mode, uid, gid, mtime, xattrs };
  // Runtimes give the inode what the header of a link says, and Docker's chown for it clears capabilities that are not said
  // again, so it says all that the inode has.
  if (entry.kind === 'link')
    return { ...ordinary, ...attributes, name: path, kind: 'hardlink', linkName: entry.target };
  const [deviceMajor, deviceMinor] = inode.device;
  return {
    ...attributes,
    name: archiveName(path, inode),
    kind: inode.kind,
    linkName: inode.linkText,
    size: inode.kind === 'file' ? inode.size : 0,
    deviceMajor,
    deviceMinor,
    sparse: inode.sparse,
  };
}

/** What most entries are. */
const ordinary = { linkName: empty, size: 0, deviceMajor: 0, deviceMinor: 0, sparse: undefined };

function archiveName(path: ByteString, inode: Inode): ByteString {
  if (path === '') return './' as ByteString;
  return inode.kind === 'directory' ? (`${path}/` as ByteString) : path;
}

function markerEntry(path: ByteString): TarEntry {
  requireOrdinaryName(path);
  const start = path.lastIndexOf('/') + 1;
  const name = `${path.slice(0, start)}.wh.${path.slice(start)}` as ByteString;
  return { ...ordinary, ...markerAttributes, name, kind: 'file' };
}

const markerAttributes = { mode: 0, uid: 0, gid: 0, mtime: { seconds: 0, nanoseconds: 0 }, xattrs: undefined };

function requireOrdinaryName(path: ByteString): void {
  if (!path.startsWith('.wh.') && !path.includes('/.wh.')) return;
  throw new HoldfastError('BUG', { message: 'a plan holds a name that is reserved for whiteouts' });
}
