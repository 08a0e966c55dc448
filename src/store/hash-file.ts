/** The digest of an open file, at the speed of the hash function, while this thread goes on with other things. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { promisify } from 'node:util';
import { type Digest, type DigestAlgorithm, parseDigest } from '../base/index.ts';
import { asRefused } from '../host/index.ts';

const read = promisify(fs.read);

/** One block is read while the other is hashed. */
const blockBytes = 1024 * 1024;

/** What is not longer is hashed at once: threads would cost more than they bring. */
export const smallBytes = 128 * 1024;

export interface HashedFile {
  readonly digest: Digest;
  readonly size: number;
}

/**
 * @param name for errors
 * @param onBytes called with the bytes hashed so far; what it throws ends the work
 * @throws HOST_REFUSED
 */
export async function hashFile(
  fd: number,
  algorithm: DigestAlgorithm,
  name: string,
  onBytes: (bytes: number) => void = () => {},
): Promise<HashedFile> {
  const hash = createHash(algorithm);
  const [first, second] = [Buffer.allocUnsafeSlow(blockBytes), Buffer.allocUnsafeSlow(blockBytes)];
  let [filled, spare] = [first, second];
  let position = 0;
  let count = await readBlock(fd, filled, position, name);
  while (count > 0) {
    const next = readBlock(fd, spare, position + count, name);
    // Whatever is thrown here, no read may be under way when the caller closes the file.
    try {
      hash.update(filled.subarray(0, count));
      position += count;
      onBytes(position);
    } finally {
      [count, filled, spare] = [await next, spare, filled];
    }
  }
  return { digest: parseDigest(`${algorithm}:${hash.digest('hex')}`), size: position };
}

/** The same for a file of at most {@link smallBytes}; undefined when it is longer. @throws HOST_REFUSED */
export function hashSmallFile(fd: number, algorithm: DigestAlgorithm, name: string): HashedFile | undefined {
  let size = 0;
  try {
    for (let count = -1; count !== 0 && size < small.length; size += count) {
      count = fs.readSync(fd, small, size, small.length - size, size);
    }
  } catch (error) {
    throw asRefused('read', name, error);
  }
  if (size > smallBytes) return undefined;
  const hex = createHash(algorithm).update(small.subarray(0, size)).digest('hex');
  return { digest: parseDigest(`${algorithm}:${hex}`), size };
}

const small = Buffer.allocUnsafeSlow(smallBytes + 1);

async function readBlock(fd: number, buffer: Buffer, position: number, name: string): Promise<number> {
  try {
    return (await read(fd, buffer, 0, buffer.length, position)).bytesRead;
  } catch (error) {
    throw asRefused('read', name, error);
  }
}
