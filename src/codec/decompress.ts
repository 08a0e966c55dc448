/** Decompression as one async iterable into another. The work is done on libuv's thread pool. */
import { constants, createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib';
import { HoldfastError } from '../base/index.ts';
import { nativeInflaterFactory } from '../host/index.ts';
import type { Compression } from './compression.ts';
import { inflateNative } from './inflate-native.ts';
import { splitFrames } from './zstd-frames.ts';

/**
 * Bytes of one output chunk. Larger ones save turns between the pool and the consuming thread: 16 KiB, Node's default,
 * halves the speed, and beyond 512 KiB nothing is gained.
 */
export const outputChunkBytes = 512 * 1024;

const windowLog = 27;

/**
 * The uncompressed stream. gzip may have many members and zeros after the last; zstd may have many frames, skippable
 * ones among them. A stream of no bytes is an empty stream whatever the compression. The input is always read to its
 * end, so that whoever hashes it sees every byte. The next chunk is decompressed while the consumer works on this one;
 * a consumer that stops early ends the input too. A chunk is only valid until the next one is asked for.
 *
 * @throws CODEC_CORRUPT for damaged or truncated input, wrong checksums, and anything after the end
 * @throws LIMIT_EXCEEDED for a zstd window over 128 MiB
 */
export async function* decompress(
  chunks: AsyncIterable<Uint8Array>,
  compression: Compression,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (compression === 'none') yield* nonEmpty(chunks);
  else if (compression === 'zstd') yield* run('zstd', splitFrames(nonEmpty(chunks)));
  else yield* inflateGzip(nonEmpty(chunks));
}

function inflateGzip(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const create = nativeInflaterFactory();
  return create ? inflateNative(chunks, create) : run('gzip', chunks);
}

type Decoder = Gunzip | ZstdDecompress;
type Codec = 'gzip' | 'zstd';

async function* nonEmpty(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) if (chunk.length > 0) yield chunk;
}

async function* run(codec: Codec, chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const first = await chunks.next();
  if (first.done === true) return;
  const decoder = createDecoder(codec);
  const feeder = new Feeder(codec, decoder, chunks);
  const fed = feeder.feed(first.value);
  try {
    for await (const bytes of decoder) yield bytes as Uint8Array;
    await fed;
    if (feeder.failure !== undefined) throw feeder.failure;
  } catch (error) {
    throw feeder.failure ?? asCodecError(codec, error);
  } finally {
    decoder.destroy();
    await fed;
  }
}

function createDecoder(codec: Codec): Decoder {
  // One finished chunk waits for the consumer while the next is made.
  const options = { chunkSize: outputChunkBytes, readableHighWaterMark: outputChunkBytes };
  if (codec === 'gzip') return createGunzip(options);
  return createZstdDecompress({ ...options, params: { [constants.ZSTD_d_windowLogMax]: windowLog } });
}

/** Writes a stream into a decoder, reading one chunk ahead, and judges what the decoder leaves untouched. */
class Feeder {
  readonly #codec: Codec;
  readonly #decoder: Decoder;
  readonly #chunks: AsyncGenerator<Uint8Array>;
  readonly #closed: Promise<void>;
  #failure: Error | undefined;

  constructor(codec: Codec, decoder: Decoder, chunks: AsyncGenerator<Uint8Array>) {
    this.#codec = codec;
    this.#decoder = decoder;
    this.#chunks = chunks;
    this.#closed = new Promise((resolve) => decoder.once('close', resolve));
  }

  /** What went wrong with the input, other than in the decoder. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Feeds until the input ends or the decoder is destroyed, then ends the input. Never rejects. */
  async feed(first: Uint8Array): Promise<void> {
    try {
      const left = await this.#feedDecoder(first);
      if (left !== undefined) await this.#checkTail(left);
      await this.#chunks.return(undefined);
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
      await this.#chunks.return(undefined).catch(() => undefined);
      this.#decoder.destroy();
    }
  }

  /** Resolves with what the decoder left of a chunk because its data had ended, with nothing when it took all. */
  async #feedDecoder(first: Uint8Array): Promise<Uint8Array | undefined> {
    let fed = 0;
    let chunk: Uint8Array | undefined = first;
    while (chunk !== undefined) {
      const taken = this.#write(chunk);
      const next = await this.#chunks.next();
      await taken;
      if (this.#decoder.destroyed) return undefined;
      fed += chunk.length;
      const left = fed - this.#decoder.bytesWritten;
      if (left > 0) return Buffer.concat([chunk.subarray(-left), ...(next.done === true ? [] : [next.value])]);
      chunk = next.done === true ? undefined : next.value;
    }
    this.#decoder.end();
    return undefined;
  }

  #write(chunk: Uint8Array): Promise<unknown> {
    const taken = new Promise<void>((resolve) => {
      this.#decoder.write(chunk, () => resolve());
    });
    return Promise.race([taken, this.#closed]);
  }

  /** gzip files on tapes and block devices are padded with zeros, which every decoder passes over. */
  async #checkTail(left: Uint8Array): Promise<void> {
    this.#checkPadding(left);
    for await (const chunk of this.#chunks) this.#checkPadding(chunk);
  }

  #checkPadding(bytes: Uint8Array): void {
    if (this.#codec === 'gzip' && bytes.every((byte) => byte === 0)) return;
    throw corrupt(this.#codec, 'something that does not belong to it follows');
  }
}

function asCodecError(codec: Codec, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error;
  if (error.code === 'Z_BUF_ERROR') return corrupt(codec, 'it ends too early', error);
  return /^Z_|^ZSTD_/.test(error.code) ? corrupt(codec, error.message, error) : error;
}

function corrupt(codec: Codec, reason: string, cause?: unknown): HoldfastError {
  return new HoldfastError('CODEC_CORRUPT', { codec, reason }, { cause });
}
