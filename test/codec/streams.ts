/** Small streams for the codec tests. */
import { zstdCompressSync } from 'node:zlib';

/** Chunks of the given sizes, or of one size repeated. */
export async function* inChunks(bytes: Uint8Array, size = bytes.length || 1): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function* each(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(Buffer.from(chunk));
  return Buffer.concat(all);
}

/** A zstd skippable frame (RFC 8878 section 3.1.2) with a body of the given size. */
export function skippableFrame(size: number, nibble = 0): Buffer {
  const frame = Buffer.alloc(8 + size, 0x28);
  frame.writeUInt32LE(0x184d2a50 + nibble, 0);
  frame.writeUInt32LE(size, 4);
  return frame;
}

export function zstdFrame(text: string): Buffer {
  return zstdCompressSync(Buffer.from(text));
}

/** A zstd frame header that asks for a window, followed by one empty last block. */
export function frameWithWindow(windowDescriptor: number): Buffer {
  return Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, windowDescriptor, 0x01, 0x00, 0x00]);
}
