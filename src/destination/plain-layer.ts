/** A zstd layer as the plain tar that every Docker and podman reads. */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import {
  type BlobContent,
  defaultLimits,
  type DiffId,
  HoldfastError,
  limitFlags,
  type Limits,
  ratioFromBytes,
} from '../base/index.ts';
import { createHasher, decompress, outputChunkBytes } from '../codec/index.ts';
import { asRefused, host, openUnnamedFile } from '../host/index.ts';

/** Disposing closes the temporary file that has it. */
export interface PlainLayer extends Disposable {
  readonly diffId: DiffId;
  readonly content: BlobContent;
}

const [read, write] = [promisify(fs.read), promisify(fs.write)];

/**
 * Decompresses into a temporary file: a tar needs the size of a member before its first byte.
 * @param storedSize bytes of the compressed layer
 * @throws CODEC_CORRUPT, LIMIT_EXCEEDED, HOST_REFUSED, and what the chunks throw
 */
export async function plainLayerOf(
  chunks: AsyncIterable<Uint8Array>,
  storedSize: number,
  limits: Limits = defaultLimits,
): Promise<PlainLayer> {
  const handle = openUnnamedFile(tmpdir());
  try {
    const hasher = createHasher('sha256');
    for await (const chunk of decompress(copied(chunks), 'zstd')) {
      await writeFully(handle, chunk, hasher.bytes);
      hasher.update(chunk);
      requireLimits(hasher.bytes, storedSize, limits);
    }
    const size = hasher.bytes;
    const content: BlobContent = { size, open: (position) => readChunks(handle, position) };
    return { diffId: hasher.diffId(), content, [Symbol.dispose]: () => host.close(handle) };
  } catch (error) {
    host.close(handle);
    throw error;
  }
}

/** The decompressor holds a chunk while it asks for the next one. */
async function* copied(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}

function requireLimits(size: number, storedSize: number, { maxSizeBytes, maxRatio }: Limits): void {
  if (size > maxSizeBytes) throw exceeded('bytes in a layer', 'maxSizeBytes', maxSizeBytes);
  if (size > ratioFromBytes && size > storedSize * maxRatio) {
    throw exceeded('uncompressed bytes per stored byte', 'maxRatio', maxRatio);
  }
}

function exceeded(limit: string, key: keyof Limits, value: number): HoldfastError {
  return new HoldfastError('LIMIT_EXCEEDED', { limit, flag: limitFlags[key], value: String(value) });
}

async function writeFully(handle: number, chunk: Uint8Array, position: number): Promise<void> {
  try {
    for (let at = 0; at < chunk.length;) {
      const { bytesWritten } = await write(handle, chunk, at, chunk.length - at, position + at);
      at += bytesWritten;
    }
  } catch (error) {
    throw asRefused('write', `a temporary file in ${tmpdir()}`, error);
  }
}

async function* readChunks(handle: number, position: number): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(outputChunkBytes);
  for (let at = position; ;) {
    const { bytesRead } = await read(handle, buffer, 0, buffer.length, at).catch((error: unknown) => {
      throw asRefused('read', `a temporary file in ${tmpdir()}`, error);
    });
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}
