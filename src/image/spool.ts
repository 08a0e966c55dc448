/** Writes a stream into a private temporary file, so that it can be read in any order. */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { defaultLimits, HoldfastError, limitFlags, type Limits, ratioFromBytes } from '../base/index.ts';
import { decompress, sniffCompression } from '../codec/index.ts';
import { asRefused, openUnnamedFile } from '../host/index.ts';
import { abortable } from './abortable.ts';
import type { OpenedFile } from './files.ts';

export interface SpoolOptions {
  readonly signal?: AbortSignal | undefined;
  readonly limits?: Limits | undefined;
}

/**
 * The decompressed stream in a file that no name leads to and that only this user can read.
 *
 * @param name what the user called the stream.
 * @throws ARCHIVE_INVALID for a compression that is not supported, CODEC_CORRUPT, LIMIT_EXCEEDED, HOST_REFUSED
 */
export async function spool(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  options: SpoolOptions = {},
): Promise<OpenedFile> {
  const counter = new SpoolCounter(options.limits ?? defaultLimits);
  const source = counter.countInput(abortable(chunks, options.signal));
  const { compression, firstBytes, chunks: input } = await sniffCompression(source);
  try {
    refuseUnsupported(firstBytes, name);
    return await writeAll(decompress(input, compression), counter);
  } finally {
    await input.return();
  }
}

async function writeAll(chunks: AsyncIterable<Uint8Array>, counter: SpoolCounter): Promise<OpenedFile> {
  const fd = openUnnamedFile(tmpdir());
  try {
    for await (const chunk of chunks) {
      write(fd, chunk, counter.size);
      counter.countOutput(chunk.length);
    }
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
  return { fd, offset: 0, size: counter.size, [Symbol.dispose]: () => fs.closeSync(fd) };
}

/** Keeps a small input from filling the disk. */
class SpoolCounter {
  readonly #limits: Limits;
  #inputBytes = 0;
  size = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  async *countInput(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.#inputBytes += chunk.length;
      yield chunk;
    }
  }

  countOutput(bytes: number): void {
    this.size += bytes;
    const { maxSizeBytes, maxRatio } = this.#limits;
    if (this.size > maxSizeBytes) throw exceeded('bytes in an archive', 'maxSizeBytes', maxSizeBytes);
    if (this.size > ratioFromBytes && this.size > this.#inputBytes * maxRatio) {
      throw exceeded('uncompressed bytes per stored byte', 'maxRatio', maxRatio);
    }
  }
}

function exceeded(limit: string, key: keyof Limits, value: number): HoldfastError {
  return new HoldfastError('LIMIT_EXCEEDED', { limit, flag: limitFlags[key], value: String(value) });
}

function write(fd: number, chunk: Uint8Array, position: number): void {
  try {
    for (let at = 0; at < chunk.length;) at += fs.writeSync(fd, chunk, at, chunk.length - at, position + at);
  } catch (error) {
    throw asRefused('write', `a temporary file in ${tmpdir()}`, error);
  }
}

function refuseUnsupported(firstBytes: Uint8Array, file: string): void {
  const start = Buffer.from(firstBytes.subarray(0, 4)).toString('latin1');
  const compression = start === '\xfd7zX' ? 'xz' : start.startsWith('BZh') ? 'bzip2' : undefined;
  if (compression === undefined) return;
  const reason = `it is compressed with ${compression}, which is not supported; decompress it first`;
  throw new HoldfastError('ARCHIVE_INVALID', { file, reason });
}
