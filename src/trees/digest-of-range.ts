/** The digest of a file as a reader sees it, from where an archive keeps its data. */
import { setImmediate } from 'node:timers/promises';
import type { Digest } from '../base/index.ts';
import { createHasher, type Hasher } from '../codec/index.ts';
import { readFully, type StreamRange } from '../layer/index.ts';
import type { Inode } from '../tree/index.ts';

const chunkBytes = 1024 * 1024;
const zeros = Buffer.alloc(chunkBytes);
const buffer = Buffer.allocUnsafe(chunkBytes);
/** So long, in milliseconds, a thread does nothing else. */
const sliceMs = 20;
let sliceEnd = 0;

/** @throws HOST_REFUSED, the reason of the signal */
export async function digestOfRange(
  { size, sparse }: Inode,
  { file, offset, size: stored }: StreamRange,
  signal: AbortSignal | undefined,
): Promise<Digest> {
  const hasher = createHasher('sha256');
  let at = 0;
  let from = offset;
  for (const run of sparse ?? [{ offset: 0, size: stored }]) {
    await addZeros(hasher, run.offset - at, signal);
    await addRange(hasher, { file, offset: from, size: run.size }, signal);
    from += run.size;
    at = run.offset + run.size;
  }
  await addZeros(hasher, size - at, signal);
  return hasher.digest();
}

async function addZeros(hasher: Hasher, count: number, signal: AbortSignal | undefined): Promise<void> {
  for (let rest = count; rest > 0; rest -= chunkBytes) {
    hasher.update(zeros.subarray(0, Math.min(rest, chunkBytes)));
    await breathe(signal);
  }
}

async function addRange(hasher: Hasher, range: StreamRange, signal: AbortSignal | undefined): Promise<void> {
  for (let at = 0; at < range.size; at += chunkBytes) {
    const part = buffer.subarray(0, Math.min(chunkBytes, range.size - at));
    readFully(range.file, range.offset + at, part);
    hasher.update(part);
    await breathe(signal);
  }
}

/** Lets others have their turn now and then. */
async function breathe(signal: AbortSignal | undefined): Promise<void> {
  if (performance.now() < sliceEnd) return;
  await setImmediate();
  signal?.throwIfAborted();
  sliceEnd = performance.now() + sliceMs;
}
