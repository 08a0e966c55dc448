/** A tree as one flat tar archive, piece by piece, in the one order that the tree itself determines. */
import { type ByteString, HoldfastError } from '../base/index.ts';
import { encodeTarEntry, endOfArchive, type TarEntryKind, tarPadding } from '../tar/index.ts';
import { type Inode, linkGroups, type Tree, walk } from '../tree/index.ts';

/** Bytes to write, or a range of an uncompressed layer to copy. */
export type TarPiece =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'body'; readonly layer: number; readonly offset: number; readonly size: number };

const zeroBlock = new Uint8Array(512);

/**
 * Directories before their content, siblings in byte order. The first name of a link group carries the body, the
 * others are direct links to it. A root with the implied attributes is left out. What comes out is safe for naive
 * extractors: no "..", no absolute or doubled name, no whiteout, nothing through a symbolic link.
 */
export function* tarPieces(tree: Tree): Generator<TarPiece> {
  const firstNames = new Map<Inode, ByteString>();
  const grouped = new Set(linkGroups(tree).map(({ inode }) => inode));
  for (const { path, inode } of walk(tree)) {
    if (path === '' && inode.isImplied) continue;
    const first = firstNames.get(inode);
    if (first !== undefined) {
      yield { kind: 'bytes', bytes: linkHeader(path, first, inode) };
      continue;
    }
    if (grouped.has(inode)) firstNames.set(inode, path);
    yield { kind: 'bytes', bytes: header(path, inode) };
    yield* body(inode);
  }
  yield { kind: 'bytes', bytes: endOfArchive };
}

function* body(inode: Inode): Generator<TarPiece> {
  const size = storedSize(inode);
  if (size === 0) return;
  yield { kind: 'body', layer: inode.layer, offset: inode.table.dataOffset(inode.row), size };
  const padding = tarPadding(size);
  if (padding > 0) yield { kind: 'bytes', bytes: zeroBlock.subarray(0, padding) };
}

function storedSize(inode: Inode): number {
  if (inode.kind !== 'file') return 0;
  return inode.sparse ? inode.sparse.reduce((sum, { size }) => sum + size, 0) : inode.size;
}

function header(path: ByteString, inode: Inode): Uint8Array {
  const isDirectory = inode.kind === 'directory';
  const name = path === '' ? './' : isDirectory ? `${path}/` : path;
  return encode(inode, { name: name as ByteString, kind: inode.kind, linkName: inode.linkText });
}

function linkHeader(path: ByteString, target: ByteString, inode: Inode): Uint8Array {
  return encode(inode, { name: path, kind: 'hardlink', linkName: target });
}

interface Identity {
  readonly name: ByteString;
  readonly kind: TarEntryKind;
  readonly linkName: ByteString;
}

function encode(inode: Inode, identity: Identity): Uint8Array {
  if (/(?:^|\/)\.wh\./.test(identity.name)) {
    throw new HoldfastError('BUG', { message: 'a tree holds a name that is reserved for whiteouts' });
  }
  const isLink = identity.kind === 'hardlink';
  const [deviceMajor, deviceMinor] = isLink ? [0, 0] : inode.device;
  return encodeTarEntry({
    ...identity,
    mode: inode.mode,
    uid: inode.uid,
    gid: inode.gid,
    mtime: inode.mtime,
    size: identity.kind === 'file' ? inode.size : 0,
    xattrs: isLink ? undefined : inode.xattrs,
    deviceMajor,
    deviceMinor,
    sparse: isLink ? undefined : inode.sparse,
  });
}
