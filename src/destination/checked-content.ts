/** Content that is what its descriptor says, or an error before its end. */
import { type BlobContent, type Digest, digestAlgorithm, HoldfastError } from '../base/index.ts';
import { createHasher, type Hasher } from '../codec/index.ts';
import type { Descriptor } from '../oci/index.ts';
import type { PutOptions } from './image-destination.ts';

/**
 * The same content, hashed on its way. The chunk that completes it is only given out when the digest is right, so that
 * whoever takes it never holds a whole blob that is wrong.
 *
 * @throws DIGEST_MISMATCH, SIZE_MISMATCH and the reason of the signal, while it is read
 */
export function checkedContent(descriptor: Descriptor, content: BlobContent, options: PutOptions = {}): BlobContent {
  const check = new ContentCheck(descriptor);
  return {
    size: descriptor.size,
    open: async function* (position) {
      check.requireSize(content.size);
      // What was never read before has to be, for it is part of the digest.
      let at = Math.min(position, check.position);
      for await (const chunk of content.open(at)) {
        options.signal?.throwIfAborted();
        check.take(chunk, at);
        at += chunk.length;
        if (at <= position) continue;
        yield chunk.subarray(Math.max(0, chunk.length - (at - position)));
        options.onProgress?.(at);
      }
      check.end(at);
    },
  };
}

/** Hashes a blob that may be read in several attempts, some of it more than once. */
class ContentCheck {
  readonly #digest: Digest;
  readonly #size: number;
  #hasher: Hasher;
  #verified = false;

  constructor({ digest, size }: Descriptor) {
    this.#digest = digest;
    this.#size = size;
    this.#hasher = createHasher(digestAlgorithm(digest));
  }

  /** Up to where the content was seen. */
  get position(): number {
    return this.#hasher.bytes;
  }

  requireSize(size: number): void {
    if (size !== this.#size) throw this.#wrongSize(size);
  }

  take(chunk: Uint8Array, at: number): void {
    const end = at + chunk.length;
    if (end > this.#size) throw this.#wrongSize(end);
    if (end <= this.#hasher.bytes) return;
    this.#hasher.update(chunk.subarray(this.#hasher.bytes - at));
    if (end === this.#size) this.#verify();
  }

  end(at: number): void {
    this.requireSize(at);
    this.#verify();
  }

  #verify(): void {
    if (this.#verified) return;
    const actual = this.#hasher.digest();
    if (actual !== this.#digest) {
      this.#hasher = createHasher(digestAlgorithm(this.#digest));
      const what = 'the content of a blob';
      throw new HoldfastError('DIGEST_MISMATCH', { expected: this.#digest, actual, what });
    }
    this.#verified = true;
  }

  #wrongSize(actual: number): HoldfastError {
    const what = `the blob ${this.#digest}`;
    return new HoldfastError('SIZE_MISMATCH', { expected: this.#size, actual, what });
  }
}
