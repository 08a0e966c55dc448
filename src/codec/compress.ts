/**
 * Compression as one async iterable into another. The stream is cut into blocks of a fixed size that libuv's thread pool
 * compresses side by side, so the bytes depend on content and level and never on how many threads there are.
 */
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { constants, crc32, deflateRaw, zstdCompress } from 'node:zlib';
import { HoldfastError } from '../base/index.ts';
import type { Compression } from './compression.ts';

export interface CompressOptions {
  readonly compression: Compression;
  /** 1 to 9 for gzip (6 unless told otherwise), 1 to 19 for zstd (3). */
  readonly level?: number | undefined;
  /** Blocks that are compressed at once; as many as the machine has processors unless told otherwise. */
  readonly jobs?: number | undefined;
}

/** A block as the stream gave it, with what compressing it needs to know of its neighbours. */
interface Block {
  readonly bytes: Buffer;
  /** What the stream had before it, as far back as a match can reach. */
  readonly before: Buffer;
  readonly isLast: boolean;
}

const levels = { gzip: { lowest: 1, highest: 9, usual: 6 }, zstd: { lowest: 1, highest: 19, usual: 3 } } as const;
/** Large enough that the seams do not count (about a thousandth), small enough for every processor to get some. */
const blockBytes = { gzip: 1024 * 1024, zstd: 8 * 1024 * 1024 } as const;
/** How far back a deflate match reaches. */
const windowBytes = 32 * 1024;

/** RFC 1952: no name, no time, no system, so that nothing but the content decides. */
const gzipHeader = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);

/**
 * The compressed stream: one gzip member, or zstd frames of 8 MiB each. A chunk that is taken is copied; one that is given
 * belongs to the receiver.
 * @throws USAGE for a level that the compression does not have, and what the chunks throw
 */
export async function* compress(
  chunks: AsyncIterable<Uint8Array>,
  options: CompressOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { compression } = options;
  if (compression === 'none') {
    yield* chunks;
    return;
  }
  const level = checkedLevel(compression, options.level);
  const jobs = Math.max(1, options.jobs ?? availableParallelism());
  const blocks = cutIntoBlocks(chunks, blockBytes[compression]);
  if (compression === 'zstd') yield* inParallel(blocks, jobs, ({ bytes }) => zstdFrame(bytes, level));
  else yield* gzipMember(blocks, level, jobs);
}

/** @throws USAGE */
function checkedLevel(compression: 'gzip' | 'zstd', level: number | undefined): number {
  const { lowest, highest, usual } = levels[compression];
  if (level === undefined) return usual;
  if (Number.isSafeInteger(level) && level >= lowest && level <= highest) return level;
  throw new HoldfastError('USAGE', {
    message: `${compression} has no level ${level}`,
    hint: `it has ${lowest} to ${highest}`,
  });
}

async function* gzipMember(blocks: AsyncIterable<Block>, level: number, jobs: number): AsyncGenerator<Uint8Array> {
  let checksum = 0;
  let size = 0;
  const counted = async function* (): AsyncGenerator<Block> {
    for await (const block of blocks) {
      checksum = crc32(block.bytes, checksum);
      size += block.bytes.length;
      yield block;
    }
  };
  let isFirst = true;
  for await (const part of inParallel(counted(), jobs, (block) => deflateBlock(block, level))) {
    if (isFirst) yield gzipHeader;
    isFirst = false;
    yield part;
  }
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checksum, 0);
  trailer.writeUInt32LE(size % 2 ** 32, 4);
  yield trailer;
}

const deflate = promisify<Buffer, object, Buffer>(deflateRaw);
const encodeZstd = promisify<Buffer, object, Buffer>(zstdCompress);

/** Ends on a byte, so that the next block can follow it; the last one ends the deflate stream. */
async function deflateBlock({ bytes, before, isLast }: Block, level: number): Promise<Buffer> {
  const finishFlush = isLast ? constants.Z_FINISH : constants.Z_SYNC_FLUSH;
  const dictionary = before.length === 0 ? undefined : before;
  return deflate(bytes, { level, dictionary, finishFlush, chunkSize: blockBytes.gzip / 4 });
}

async function zstdFrame(bytes: Buffer, level: number): Promise<Buffer> {
  const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 };
  return encodeZstd(bytes, { params, pledgedSrcSize: bytes.length, chunkSize: blockBytes.zstd / 16 });
}

/** The results in order, with so many blocks at work at once. */
async function* inParallel(
  blocks: AsyncIterable<Block>,
  jobs: number,
  work: (block: Block) => Promise<Buffer>,
): AsyncGenerator<Uint8Array> {
  const running: Promise<Buffer>[] = [];
  for await (const block of blocks) {
    const result = work(block);
    // Whoever stops early never looks at the rest.
    result.catch(() => {});
    running.push(result);
    if (running.length >= jobs) yield await (running.shift() as Promise<Buffer>);
  }
  for (const result of running) yield await result;
}

/** At least one block, an empty one for an empty stream; all but the last have the given size. */
async function* cutIntoBlocks(chunks: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Block> {
  let before: Buffer = Buffer.alloc(0);
  let bytes = Buffer.allocUnsafe(size);
  let used = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      // A full block waits for the first byte behind it: only then is it known not to be the last.
      if (used === size) {
        yield { bytes, before, isLast: false };
        before = bytes.subarray(size - Math.min(size, windowBytes));
        bytes = Buffer.allocUnsafe(size);
        used = 0;
      }
      const part = chunk.subarray(at, at + size - used);
      bytes.set(part, used);
      used += part.length;
      at += part.length;
    }
  }
  yield { bytes: bytes.subarray(0, used), before, isLast: true };
}
