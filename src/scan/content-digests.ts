/** Digests of many scanned files, hashed by several threads. */
import os from 'node:os';
import path from 'node:path';
import { type Digest, type OperationOptions, parseDigest } from '../base/index.ts';
import { sortByKey, walkOrderKey } from '../tree/index.ts';
import {
  algorithm,
  cancelDigests,
  digestBytes,
  digestLanes,
  type DigestTask,
  newCells,
  runDigestTask,
} from './digest-lane.ts';
import { ExtraThreads } from './extra-threads.ts';
import type { LiveTree } from './live-tree.ts';
import type { ScanProblem } from './scan-problem.ts';
import { ScanStopped } from './work-queue.ts';

export interface DigestOptions extends Pick<OperationOptions, 'signal'> {
  /** Threads; by default one for each processor. */
  readonly jobs?: number;
}

/** Below this much work, another thread costs more than it brings: bytes, with what opening a file costs added. */
const workForOneThread = 8 * 1024 * 1024;
const bytesPerFile = 8 * 1024;
/** Hashed before all others, so that no thread is left alone with one at the end. */
const largeBytes = 1024 * 1024;

/**
 * Hashes the content of files of a live tree with SHA-256. Each is opened as it was scanned, or not at all: who has
 * changed since the scan, changes while it is read, has gone or cannot be read has no digest and is reported instead.
 * Rows that are no files are left out. Memory does not depend on the sizes of the files.
 * @throws HOST_REFUSED when this process runs out of something, the reason of the signal
 */
export async function contentDigests(
  live: LiveTree,
  rows: Iterable<number>,
  { signal, jobs = os.availableParallelism() }: DigestOptions = {},
): Promise<ContentDigests> {
  signal?.throwIfAborted();
  const task = digestTask(live, rows);
  const cancel = (): void => cancelDigests(task);
  signal?.addEventListener('abort', cancel, { once: true });
  const script = new URL(`./digest-worker${path.extname(import.meta.filename)}`, import.meta.url);
  await using threads = new ExtraThreads<DigestTask, ScanProblem[]>(script, task, jobs - 1, cancel);
  if (workIn(live, task.order) > workForOneThread) threads.call();
  const failures: unknown[] = [];
  const problems: ScanProblem[][] = [];
  try {
    problems.push((await runDigestTask(task)) ?? []);
  } catch (error) {
    failures.push(error);
  }
  await threads.ended(digestLanes(task).close() - 1);
  signal?.removeEventListener('abort', cancel);
  signal?.throwIfAborted();
  failures.push(...threads.failures);
  if (failures.length > 0) throw failures.find((error) => !isStop(error)) ?? failures[0];
  return new ContentDigests(
    task,
    sortByKey([...problems, ...threads.results].flat(), ({ path }) => walkOrderKey(path)),
  );
}

function isStop(error: unknown): boolean {
  return error instanceof Error && error.name === ScanStopped.name;
}

/** What was found out about the content of files. */
export class ContentDigests {
  /** In walk order of their paths: `changed`, `vanished` and `unreadable`. */
  readonly problems: readonly ScanProblem[];
  readonly #digests: Uint8Array;
  readonly #places: ReadonlyMap<number, number>;

  constructor({ digests, order, isDone }: DigestTask, problems: readonly ScanProblem[]) {
    this.problems = problems;
    this.#digests = digests;
    const places = new Map<number, number>();
    for (const [place, row] of order.entries()) if (isDone[place] === 1) places.set(row, place);
    this.#places = places;
  }

  /** How many files have a digest. */
  get size(): number {
    return this.#places.size;
  }

  /** The 32 bytes of a row's digest; undefined for what was not asked for, is no file, or has a problem. */
  bytes(row: number): Uint8Array | undefined {
    const place = this.#places.get(row);
    return place === undefined ? undefined : this.#digests.subarray(place * digestBytes, (place + 1) * digestBytes);
  }

  get(row: number): Digest | undefined {
    const bytes = this.bytes(row);
    return bytes && parseDigest(`${algorithm}:${Buffer.from(bytes).toString('hex')}`);
  }
}

function digestTask(live: LiveTree, rows: Iterable<number>): DigestTask {
  const { table, columns } = live.rows;
  const files = [...new Set(rows)].filter((row) => row < live.rows.length && table.kind(row) === 'file');
  files.sort((a, b) => a - b);
  const large = files.filter((row) => table.size(row) >= largeBytes).sort((a, b) => table.size(b) - table.size(a));
  const order = new Uint32Array(new SharedArrayBuffer(4 * files.length));
  order.set(large);
  order.set(
    files.filter((row) => table.size(row) < largeBytes),
    large.length,
  );
  const digests = new Uint8Array(new SharedArrayBuffer(digestBytes * files.length));
  const isDone = new Uint8Array(new SharedArrayBuffer(files.length));
  return { root: live.root, columns, order, largeCount: large.length, digests, isDone, cells: newCells() };
}

function workIn(live: LiveTree, rows: Uint32Array): number {
  return rows.reduce((sum, row) => sum + bytesPerFile + live.rows.table.size(row), 0);
}
