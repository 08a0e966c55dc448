/** The bodies of inodes in uncompressed layers that are open files. */
import fs from 'node:fs';
import { HoldfastError } from '../base/index.ts';
import { asRefused } from '../host/index.ts';
import type { Inode } from '../tree/index.ts';
import type { OpenBody } from './piece-chunks.ts';
import { storedSize } from './tar-pieces.ts';

/** A range of an open file. */
export interface StreamRange {
  readonly file: number;
  readonly offset: number;
  readonly size: number;
}

const chunkBytes = 1024 * 1024;

/**
 * Reads each body from where {@link StreamRange} says it is, for one writer at a time.
 * @throws HOST_REFUSED while reading
 */
export function streamBodies(rangeOf: (inode: Inode) => StreamRange): OpenBody {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  return function* (inode) {
    const { file, offset, size } = rangeOf(inode);
    for (let at = 0; at < size; at += chunkBytes) {
      const part = buffer.subarray(0, Math.min(chunkBytes, size - at));
      readFully(file, offset + at, part);
      yield part;
    }
  };
}

/**
 * Where the stored data of a file of a verified layer is.
 * @param fileOf the open file with the uncompressed bytes of the layer that an inode is from. In a tree of several images
 * the inode's table tells; its layer number does only within one.
 */
export function layerRange(inode: Inode, fileOf: (inode: Inode) => number | undefined): StreamRange {
  const file = fileOf(inode);
  if (file === undefined) throw new HoldfastError('BUG', { message: `layer ${inode.layer} has no stream` });
  return { file, offset: inode.table.dataOffset(inode.row), size: storedSize(inode) };
}

/** Fills a buffer from an offset on. @throws HOST_REFUSED */
export function readFully(file: number, offset: number, to: Buffer): void {
  for (let done = 0; done < to.length;) {
    const count = readAt(file, to.subarray(done), offset + done);
    if (count === 0) throw new HoldfastError('BUG', { message: 'a verified layer became shorter' });
    done += count;
  }
}

function readAt(file: number, to: Buffer, position: number): number {
  try {
    return fs.readSync(file, to, 0, to.length, position);
  } catch (error) {
    throw asRefused('read', 'layer', error);
  }
}
