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
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Looks at the first bytes of a stream and hands the stream back whole, to be iterated once. */
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
  return { compression: detectCompression(firstBytes), firstBytes, chunks: resume(firstBytes, iterator) };
}

async function* resume(first: Uint8Array, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (first.length > 0) yield first;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  } finally {
    await iterator.return?.();
  }
}
