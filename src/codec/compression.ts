/** Which compression a stream has: by its content, and by what its media type claims. */

export type Compression = 'gzip' | 'zstd' | 'none';

/** How many leading bytes {@link detectCompression} needs to be sure. */
export const magicLength = 4;

/**
 * What the first bytes of a stream say. A zstd stream may begin with a skippable frame (pzstd, zstd:chunked); a stream
 * shorter than its magic is not compressed.
 */
export function detectCompression(firstBytes: Uint8Array): Compression {
  const [a, b, c, d] = firstBytes;
  if (a === 0x1f && b === 0x8b && c === 0x08) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  if (a !== undefined && (a & 0xf0) === 0x50 && b === 0x2a && c === 0x4d && d === 0x18) return 'zstd';
  return 'none';
}

/** What the end of a layer media type claims (`.tar`, `+gzip`, `.gzip`, `+zstd`, `.zstd`); undefined for any other. */
export function compressionOfMediaType(mediaType: string): Compression | undefined {
  const suffix = /[+.](tar|gzip|zstd)$/.exec(mediaType)?.[1];
  if (suffix === 'gzip' || suffix === 'zstd') return suffix;
  return suffix === 'tar' ? 'none' : undefined;
}

/** A stream whose compression is known, with no byte lost. */
export interface SniffedStream {
  readonly compression: Compression;
  /** At least {@link magicLength} bytes where the stream has them; for telling formats that are not supported. */
  readonly firstBytes: Uint8Array;
  /** To be iterated once; whoever does not, calls `return`, which ends the source. */
  readonly chunks: ResumedStream;
}

/** Looks at the first bytes of a stream and hands the stream back whole. */
export async function sniffCompression(chunks: AsyncIterable<Uint8Array>): Promise<SniffedStream> {
  const iterator = chunks[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  let length = 0;
  while (length < magicLength) {
    const next = await iterator.next();
    if (next.done === true) break;
    held.push(next.value);
    length += next.value.length;
  }
  const firstBytes = held.length === 1 && held[0] !== undefined ? held[0] : Buffer.concat(held);
  return { compression: detectCompression(firstBytes), firstBytes, chunks: new ResumedStream(firstBytes, iterator) };
}

/** Not a generator: those do not end their source when they are ended before they began. */
export class ResumedStream implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #rest: AsyncIterator<Uint8Array>;
  #first: Uint8Array | undefined;

  constructor(first: Uint8Array, rest: AsyncIterator<Uint8Array>) {
    this.#first = first.length === 0 ? undefined : first;
    this.#rest = rest;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const value = this.#first;
    this.#first = undefined;
    if (value !== undefined) return { done: false, value };
    const next = await this.#rest.next();
    return next.done === true ? { done: true, value: undefined } : next;
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#first = undefined;
    await this.#rest.return?.();
    return { done: true, value: undefined };
  }
}
