/** Hashes many blobs, in as many threads as there are processors. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type Digest, digestAlgorithm, digestHex } from '../base/index.ts';
import { WorkerPool } from '../pool/index.ts';
import type { CheckOptions, WrongBlob } from './store-problem.ts';
import { isNotAFile } from './directory.ts';
import { hashSmallFile } from './hash-file.ts';
import { type HashTask, runHashTask } from './hash-task.ts';
import type { ListedBlob } from './inventory.ts';
import type { Layout } from './layout.ts';

/** Below this many bytes for each, another thread costs more than it brings. */
const bytesPerThread = 32 * 1024 * 1024;

/** How long small files may keep this thread from everything else, in milliseconds. */
const longestTurn = 20;

/** Those whose name is not their hash. @throws HOST_REFUSED, the reason of the signal */
export async function hashBlobs(
  layout: Layout,
  blobs: Iterable<ListedBlob>,
  { signal, onEvent, jobs = os.availableParallelism() }: CheckOptions,
): Promise<WrongBlob[]> {
  const files = [...blobs].filter(({ problem }) => problem === undefined).sort((a, b) => b.size - a.size);
  const totalBytes = files.reduce((sum, { size }) => sum + size, 0);
  const threads = Math.max(1, Math.min(jobs, Math.ceil(totalBytes / bytesPerThread)));
  const control = new Int32Array(new SharedArrayBuffer(4));
  const cancel = (): void => void Atomics.store(control, 0, 1);
  signal?.addEventListener('abort', cancel, { once: true });
  const script = new URL(`./hash-worker${path.extname(import.meta.filename)}`, import.meta.url);
  await using pool = new WorkerPool<HashTask, Digest>(script, threads, runHashTask);
  const breathe = breathing();
  let bytes = 0;
  const wrong: WrongBlob[] = [];
  const lane = async (): Promise<void> => {
    for (let blob = files.shift(); blob !== undefined; blob = files.shift()) {
      signal?.throwIfAborted();
      const found = await checkBlob(layout, blob, (task) => hashSmall(task) ?? pool.run({ ...task, control }));
      await breathe();
      if (found !== undefined) wrong.push(found);
      bytes += blob.size;
      onEvent?.({ kind: 'blob-checked', digest: blob.digest, bytes, totalBytes });
    }
  };
  try {
    await allSettledOrThrow(Array.from({ length: threads }, lane), cancel);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
  return wrong;
}

function hashSmall({ fd, algorithm, name }: Omit<HashTask, 'control'>): Digest | undefined {
  return hashSmallFile(fd, algorithm, name)?.digest;
}

/** Lets others have their turn now and then. */
function breathing(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < longestTurn) return;
    await setImmediate();
    last = performance.now();
  };
}

/** A blob that has gone or was replaced meanwhile is not judged. */
async function checkBlob(
  layout: Layout,
  { digest }: ListedBlob,
  hash: (task: Omit<HashTask, 'control'>) => Promise<Digest> | Digest,
): Promise<WrongBlob | undefined> {
  const blobs = layout.blobs(digestAlgorithm(digest));
  const found = blobs?.find(digestHex(digest));
  if (blobs === undefined || found === undefined || isNotAFile(found)) return undefined;
  using file = found;
  const actual = await hash({ fd: file.fd, algorithm: digestAlgorithm(digest), name: digest });
  if (actual === digest || !blobs.leadsTo(digestHex(digest), file.fd)) return undefined;
  const { ino } = fs.fstatSync(file.fd, { bigint: true });
  return { kind: 'wrong-content', digest, inode: ino, text: `the blob ${digest} has the content of ${actual}` };
}

/** No file may be closed while a thread reads it: the first failure is thrown when all have come to their end. */
async function allSettledOrThrow(lanes: readonly Promise<void>[], cancel: () => void): Promise<void> {
  for (const lane of lanes) lane.catch(cancel);
  for (const outcome of await Promise.allSettled(lanes)) if (outcome.status === 'rejected') throw outcome.reason;
}
