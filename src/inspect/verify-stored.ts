import fs from 'node:fs';
import { digestAlgorithm, HoldfastError } from '../base/index.ts';
import { createHasher } from '../codec/index.ts';
import { asRefused } from '../host/index.ts';
import type { BlobLocation, ImageSource } from '../image/index.ts';
import type { Descriptor } from '../oci/index.ts';

const chunkBytes = 1024 * 1024;

/**
 * Hashes a blob of any size. One that its descriptor carries inside itself was checked with the document.
 * @param what names the blob in errors
 * @throws SIZE_MISMATCH, DIGEST_MISMATCH, BLOB_MISSING, HOST_REFUSED
 */
export async function verifyStored(source: ImageSource, descriptor: Descriptor, what: string): Promise<void> {
  const { digest, size, data } = descriptor;
  if (data !== undefined) return;
  using file = await source.openBlob({ digest, size });
  await file.delivery?.arrived;
  try {
    verifyFile(file, descriptor, what);
    await file.delivery?.settle();
  } catch (error) {
    await file.delivery?.settle(error);
    throw error;
  }
}

function verifyFile(file: BlobLocation, { digest, size }: Descriptor, what: string): void {
  if (file.size !== size) throw new HoldfastError('SIZE_MISMATCH', { expected: size, actual: file.size, what });
  const hasher = createHasher(digestAlgorithm(digest));
  const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, size));
  while (hasher.bytes < size) {
    const count = readSome(file.fd, buffer.subarray(0, size - hasher.bytes), file.offset + hasher.bytes);
    if (count === 0) throw new HoldfastError('SIZE_MISMATCH', { expected: size, actual: hasher.bytes, what });
    hasher.update(buffer.subarray(0, count));
  }
  const actual = hasher.digest();
  if (actual !== digest) throw new HoldfastError('DIGEST_MISMATCH', { expected: digest, actual, what });
}

function readSome(fd: number, buffer: Buffer, position: number): number {
  try {
    return fs.readSync(fd, buffer, 0, buffer.length, position);
  } catch (error) {
    throw asRefused('read', 'a blob', error);
  }
}
