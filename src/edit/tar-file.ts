/** A tar archive that is to be a layer: what it is, measured before anything believes it. */
import fs from 'node:fs';
import { promisify } from 'node:util';
import { type Digest, HoldfastError } from '../base/index.ts';
import { type Compression, createHasher, detectCompression, magicLength } from '../codec/index.ts';
import { asRefused } from '../host/index.ts';

/** On an open file, from its beginning. */
export interface TarFile {
  readonly fd: number;
  readonly compression: Compression;
  readonly digest: Digest;
  /** Bytes as stored. */
  readonly size: number;
}

export interface MeasureOptions {
  /** What the user called the file. */
  readonly name: string;
  readonly signal: AbortSignal | undefined;
}

const read = promisify(fs.read);
const chunkBytes = 1024 * 1024;

/**
 * Reads it to its end. The file may change later: then what was measured does not hold, and whoever reads it finds out.
 * @throws ARCHIVE_INVALID for a compression that is not supported, HOST_REFUSED
 */
export async function measureTar(fd: number, options: MeasureOptions): Promise<TarFile> {
  const compression = await compressionOf(fd, options.name);
  const hasher = createHasher('sha256');
  for await (const chunk of chunksOf(fd, options)) hasher.update(chunk);
  return { fd, compression, digest: hasher.digest(), size: hasher.bytes };
}

/** Everything from the beginning of an open file. Chunks are valid until the next but two is asked for. */
export async function* chunksOf(fd: number, { name, signal }: MeasureOptions): AsyncGenerator<Uint8Array> {
  // A decoder holds one while it asks for the next.
  const buffers = [0, 1, 2].map(() => Buffer.allocUnsafe(chunkBytes));
  for (let position = 0, turn = 0; ; turn = (turn + 1) % buffers.length) {
    signal?.throwIfAborted();
    const buffer = buffers[turn] as Buffer;
    const { bytesRead } = await read(fd, buffer, 0, buffer.length, position).catch((error: unknown) => {
      throw asRefused('read', name, error);
    });
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    position += bytesRead;
  }
}

async function compressionOf(fd: number, file: string): Promise<Compression> {
  const start = Buffer.alloc(Math.max(magicLength, 6));
  const { bytesRead } = await read(fd, start, 0, start.length, 0).catch((error: unknown) => {
    throw asRefused('read', file, error);
  });
  const text = start.toString('latin1', 0, bytesRead);
  const other = text.startsWith('\xfd7zXZ') ? 'xz' : text.startsWith('BZh') ? 'bzip2' : undefined;
  if (other === undefined) return detectCompression(start.subarray(0, bytesRead));
  const reason = `it is compressed with ${other}, which layers are not; decompress it first`;
  throw new HoldfastError('ARCHIVE_INVALID', { file, reason });
}
