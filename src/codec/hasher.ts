/** Hashing, typed by what is hashed. */
import { createHash } from 'node:crypto';
import {
  type DiffId,
  type Digest,
  type DigestAlgorithm,
  digestAlgorithm,
  HoldfastError,
  parseDiffId,
  parseDigest,
} from '../base/index.ts';

/** Takes bytes and, once, gives their digest. */
export interface Hasher {
  /** Bytes taken so far. */
  readonly bytes: number;
  update(bytes: Uint8Array): void;
  /** The digest as that of a stored blob. Ends the hasher, as {@link Hasher.diffId} does. */
  digest(): Digest;
  /** The digest as that of an uncompressed layer. */
  diffId(): DiffId;
}

export function createHasher(algorithm: DigestAlgorithm): Hasher {
  const hash = createHash(algorithm);
  let bytes = 0;
  const finish = (): string => `${algorithm}:${hash.digest('hex')}`;
  return {
    get bytes() {
      return bytes;
    },
    update(chunk) {
      hash.update(chunk);
      bytes += chunk.length;
    },
    digest: () => parseDigest(finish()),
    diffId: () => parseDiffId(finish()),
  };
}

/** The digest of bytes at hand. */
export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest {
  const hasher = createHasher(algorithm);
  hasher.update(bytes);
  return hasher.digest();
}

/** What a blob must be. */
export interface ExpectedBlob {
  readonly digest: Digest;
  readonly size: number;
}

/**
 * Checks a whole blob in memory against its descriptor.
 *
 * @param what names the blob in the error, such as "the manifest".
 * @throws SIZE_MISMATCH, DIGEST_MISMATCH
 */
export function verifyBlob(bytes: Uint8Array, expected: ExpectedBlob, what: string): void {
  if (bytes.length !== expected.size) {
    throw new HoldfastError('SIZE_MISMATCH', { expected: expected.size, actual: bytes.length, what });
  }
  const actual = digestOf(bytes, digestAlgorithm(expected.digest));
  if (actual !== expected.digest)
    throw new HoldfastError('DIGEST_MISMATCH', { expected: expected.digest, actual, what });
}
