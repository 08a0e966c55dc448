import fs from 'node:fs';
import os from 'node:os';
import { type ByteString, defaultLimits, HoldfastError } from '../base/index.ts';
import { asRefused, openUnnamedFile } from '../host/index.ts';
import type { Image } from '../image/index.ts';
import { readLayers } from '../layer/index.ts';
import { layerSources, loadRootfs, type RootfsOptions } from '../rootfs/index.ts';
import { type Inode, resolvePath } from '../tree/index.ts';

const chunkBytes = 1024 * 1024;

/**
 * Gives the content of a file, by any of its names, with holes as zeros. The layer that holds it is read and verified
 * to its last byte before the first byte is given out.
 * @param take receives the content in order, in chunks that are only valid until the next one is asked for
 * @throws PATH_NOT_FOUND, every code of the image and layer families, HOST_REFUSED, and what `take` throws
 */
export async function catFile(
  image: Image,
  path: ByteString,
  take: (chunks: AsyncIterable<Uint8Array>) => Promise<void>,
  options: RootfsOptions = {},
): Promise<void> {
  const { tree } = await loadRootfs(image, options);
  const { inode } = resolvePath(tree, path, { followLast: true });
  if (inode.kind !== 'file') throw new HoldfastError('PATH_NOT_FOUND', { path, reason: 'not-a-file' });
  const file = openUnnamedFile(os.tmpdir());
  try {
    if (inode.size > 0) await readBody(image, inode, file, options);
    await take(chunksOf(file, options.signal));
  } finally {
    fs.closeSync(file);
  }
}

async function readBody(image: Image, inode: Inode, file: number, options: RootfsOptions): Promise<void> {
  const layers = image.layers.filter(({ number }) => number === inode.layer);
  const limits = options.limits ?? defaultLimits;
  const output = { kind: 'body', file, row: inode.row } as const;
  await readLayers(layerSources(layers), () => output, { ...options, limits });
}

async function* chunksOf(file: number, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  for (let position = 0; ;) {
    signal?.throwIfAborted();
    const count = readAt(file, buffer, position);
    if (count === 0) return;
    position += count;
    yield buffer.subarray(0, count);
  }
}

function readAt(file: number, buffer: Buffer, position: number): number {
  try {
    return fs.readSync(file, buffer, 0, buffer.length, position);
  } catch (error) {
    throw asRefused('read', 'a temporary file', error);
  }
}
