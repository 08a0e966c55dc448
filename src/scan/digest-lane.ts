/** One thread's part of hashing many files: the files, and where their digests go, are in shared memory. */
import { createHash, hash } from 'node:crypto';
import fs from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { asRefused, errnoOf, host } from '../host/index.ts';
import { Joining } from './joining.ts';
import { type LiveColumns, LiveRows } from './live-rows.ts';
import { isUnchanged, ScannedFiles } from './open-scanned.ts';
import { meaningOf, type ScanProblem } from './scan-problem.ts';
import { ScanStopped } from './work-queue.ts';

/** What all threads share. Plain data. */
export interface DigestTask {
  readonly root: number;
  readonly columns: LiveColumns;
  /** The rows to hash: first the large ones, one at a time, then all others. */
  readonly order: Uint32Array;
  readonly largeCount: number;
  /** For each of them, {@link digestBytes}. */
  readonly digests: Uint8Array;
  /** For each of them, 1 once its digest is there. */
  readonly isDone: Uint8Array;
  readonly cells: Int32Array;
}

export const digestBytes = 32;
export const algorithm = 'sha256';
const cells = { lanes: 0, next: 1, cancelled: 2 } as const;
const batchSize = 32;
const blockBytes = 512 * 1024;
/** So long, in milliseconds, a thread does nothing else. */
const sliceMs = 20;

export function newCells(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * Object.keys(cells).length));
}

export function digestLanes(task: Pick<DigestTask, 'cells'>): Joining {
  return new Joining(task.cells, cells.lanes);
}

export function cancelDigests(task: Pick<DigestTask, 'cells'>): void {
  Atomics.store(task.cells, cells.cancelled, 1);
}

/** Hashes until nothing is left; undefined when all was done before it began. @throws HOST_REFUSED, ScanStopped */
export async function runDigestTask(task: DigestTask): Promise<ScanProblem[] | undefined> {
  if (digestLanes(task).join() === undefined) return undefined;
  try {
    return await hashAll(task);
  } catch (error) {
    cancelDigests(task);
    throw error;
  }
}

async function hashAll(task: DigestTask): Promise<ScanProblem[]> {
  const problems: ScanProblem[] = [];
  const rows = new LiveRows(task.columns);
  using files = new ScannedFiles(task.root, rows);
  const hasher = new FileHasher(files, rows, task.cells);
  for (let [at, end] = nextBatch(task); at < end; [at, end] = nextBatch(task)) {
    for (; at < end; at++) {
      const row = task.order[at] ?? 0;
      const outcome = await hasher.digest(row, rows.table.size(row));
      if (typeof outcome === 'object' && 'kind' in outcome) problems.push({ ...outcome, path: rows.path(row) });
      else {
        task.digests.set(outcome, at * digestBytes);
        task.isDone[at] = 1;
      }
    }
  }
  return problems;
}

function nextBatch({ cells: shared, largeCount, order }: DigestTask): [start: number, end: number] {
  for (;;) {
    const start = Atomics.load(shared, cells.next);
    const end = Math.min(order.length, start + (start < largeCount ? 1 : batchSize));
    if (Atomics.compareExchange(shared, cells.next, start, end) === start) return [start, end];
  }
}

type Unhashed =
  | { readonly kind: 'vanished' | 'changed' }
  | { readonly kind: 'unreadable'; readonly what: 'content'; readonly errno: string };

class FileHasher {
  readonly #files: ScannedFiles;
  readonly #rows: LiveRows;
  readonly #cells: Int32Array;
  readonly #block = Buffer.allocUnsafeSlow(blockBytes);
  #sliceEnd = performance.now() + sliceMs;

  constructor(files: ScannedFiles, rows: LiveRows, shared: Int32Array) {
    this.#files = files;
    this.#rows = rows;
    this.#cells = shared;
  }

  /** @throws HOST_REFUSED when this process cannot go on, ScanStopped */
  async digest(row: number, size: number): Promise<Uint8Array | Unhashed> {
    await this.#breathe();
    let file: number | undefined;
    try {
      file = this.#files.open(row);
      const digest = size <= blockBytes ? this.#readSmall(file, size) : await this.#readLarge(file);
      return isUnchanged(file, this.#rows, row) ? digest : { kind: 'changed' };
    } catch (error) {
      return unhashed(error);
    } finally {
      if (file !== undefined) host.close(file);
    }
  }

  /** One call each for reading and hashing, nearly always. */
  #readSmall(file: number, size: number): Uint8Array {
    let length = 0;
    while (length < size) {
      const count = readBlock(file, this.#block, length);
      if (count === 0) break;
      length += count;
    }
    return hash(algorithm, this.#block.subarray(0, length), 'buffer');
  }

  async #readLarge(file: number): Promise<Uint8Array> {
    const hasher = createHash(algorithm);
    for (let count = readBlock(file, this.#block, 0); count > 0; count = readBlock(file, this.#block, 0)) {
      hasher.update(this.#block.subarray(0, count));
      await this.#breathe();
    }
    return hasher.digest();
  }

  /** Lets others have their turn now and then. @throws ScanStopped */
  async #breathe(): Promise<void> {
    if (Atomics.load(this.#cells, cells.cancelled) !== 0) throw new ScanStopped();
    if (performance.now() < this.#sliceEnd) return;
    await setImmediate();
    this.#sliceEnd = performance.now() + sliceMs;
  }
}

function readBlock(file: number, block: Buffer, start: number): number {
  try {
    return fs.readSync(file, block, start, block.length - start, null);
  } catch (error) {
    throw asRefused('read', 'file', error);
  }
}

function unhashed(error: unknown): Unhashed {
  const errno = errnoOf(error);
  const meaning = meaningOf(errno);
  if (meaning === undefined || errno === undefined) throw error;
  if (errno === 'ESTALE') return { kind: 'changed' };
  return meaning === 'vanished' ? { kind: 'vanished' } : { kind: 'unreadable', what: 'content', errno };
}
