/** Small files of an image, whole. */
import { type ByteString, fromBytes, HoldfastError, isHoldfastError, maxDocumentBytes } from '../base/index.ts';
import type { LayerBodies } from '../edit/index.ts';
import { type Inode, resolvePath, type Tree } from '../tree/index.ts';

/**
 * The content of a file, by a path that is resolved inside the root; undefined where that leads to no file.
 * @throws LIMIT_EXCEEDED for one of more than 4 MiB, and the codes of layers
 */
export async function readImageFile(
  tree: Tree,
  path: ByteString,
  bodies: LayerBodies,
): Promise<ByteString | undefined> {
  const inode = fileAt(tree, path);
  if (inode === undefined || inode.size === 0) return inode && ('' as ByteString);
  if (inode.size > maxDocumentBytes) {
    const value = String(maxDocumentBytes);
    throw new HoldfastError('LIMIT_EXCEEDED', { limit: 'bytes', flag: '', value, path });
  }
  await bodies.require(new Set([inode.layer]));
  const parts: Uint8Array[] = [];
  for await (const part of bodies.open(inode)) parts.push(Uint8Array.from(part));
  return fromBytes(withHoles(inode, Buffer.concat(parts)));
}

function fileAt(tree: Tree, path: ByteString): Inode | undefined {
  try {
    const { inode } = resolvePath(tree, path, { followLast: true });
    return inode.kind === 'file' ? inode : undefined;
  } catch (error) {
    if (isHoldfastError(error, 'PATH_NOT_FOUND')) return undefined;
    throw error;
  }
}

function withHoles({ size, sparse }: Inode, stored: Buffer): Buffer {
  if (sparse === undefined) return stored;
  const whole = Buffer.alloc(size);
  let at = 0;
  for (const run of sparse) {
    stored.copy(whole, run.offset, at, at + run.size);
    at += run.size;
  }
  return whole;
}
