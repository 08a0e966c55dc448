/** Directories that wait for a thread, in memory that all threads of a scan share. */
import { type ByteString, HoldfastError, limitFlags, type Limits, maxMetadataBytes, toBytes } from '../base/index.ts';
import { Joining } from './joining.ts';

/** A directory to be read, with everything below. */
export interface WorkItem {
  /** The row that stands for it, and the lane whose row that is. */
  readonly lane: number;
  readonly row: number;
  /** The row of what was known under this path, counted from 1; 0 where nothing was. */
  readonly known: number;
  readonly path: ByteString;
  readonly inodeLow: number;
  readonly inodeHigh: number;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
}

/**
 * Indexes of the shared 32-bit cells. `changes` is what idle lanes wait on; `unfinished` counts the items that wait and
 * those that are being worked on.
 */
const cells = { lock: 0, changes: 1, waiting: 2, unfinished: 3, hungry: 4, cancelled: 5, used: 6, lanes: 7 } as const;
const cellBytes = 64;
const totals = { entries: 0, metadata: 1 } as const;
const totalBytes = 16;
const areaBytes = 256 * 1024;
const wordsPerItem = 9;
const waitMs = 100;

/** Thrown in a lane that was asked to stop; whoever asked has the reason. */
export class ScanStopped extends Error {
  override readonly name = 'ScanStopped';
}

export class WorkQueue {
  /** Goes to other threads, which make a queue of it again. */
  readonly buffer: SharedArrayBuffer;
  /** The lanes of the scan. */
  readonly lanes: Joining;
  readonly #cells: Int32Array;
  readonly #totals: BigInt64Array;
  readonly #words: Uint32Array;
  readonly #bytes: Buffer;

  constructor(buffer = new SharedArrayBuffer(cellBytes + totalBytes + areaBytes)) {
    this.buffer = buffer;
    this.#cells = new Int32Array(buffer, 0, cellBytes / 4);
    this.lanes = new Joining(this.#cells, cells.lanes);
    this.#totals = new BigInt64Array(buffer, cellBytes, totalBytes / 8);
    this.#words = new Uint32Array(buffer, cellBytes + totalBytes, areaBytes / 4);
    this.#bytes = Buffer.from(buffer, cellBytes + totalBytes, areaBytes);
  }

  cancel(): void {
    Atomics.store(this.#cells, cells.cancelled, 1);
    this.#announce();
  }

  /** @throws ScanStopped once somebody cancelled */
  check(): void {
    if (Atomics.load(this.#cells, cells.cancelled) !== 0) throw new ScanStopped();
  }

  /** Whether a lane waits for work and there is none. */
  get isHungry(): boolean {
    return Atomics.load(this.#cells, cells.hungry) > 0 && Atomics.load(this.#cells, cells.waiting) === 0;
  }

  /** Whether every item was finished. */
  get isDone(): boolean {
    return Atomics.load(this.#cells, cells.unfinished) === 0;
  }

  /** False when there is no room: then the giver does it itself. */
  give(item: WorkItem): boolean {
    const path = toBytes(item.path);
    const words = wordsPerItem + Math.ceil(path.length / 4);
    const given = this.#locked(() => {
      const used = Atomics.load(this.#cells, cells.used);
      if ((used + words) * 4 > areaBytes) return false;
      const { lane, row, known, inodeLow, inodeHigh, deviceMajor, deviceMinor } = item;
      this.#bytes.set(path, used * 4);
      const facts = [lane, row, known, inodeLow, inodeHigh, deviceMajor, deviceMinor, path.length, words];
      this.#words.set(facts, used + words - wordsPerItem);
      Atomics.store(this.#cells, cells.used, used + words);
      Atomics.add(this.#cells, cells.waiting, 1);
      Atomics.add(this.#cells, cells.unfinished, 1);
      return true;
    });
    if (given) this.#announce();
    return given;
  }

  /** An item that waits; whoever takes it says {@link WorkQueue.finish} when everything below has been read or given. */
  take(): WorkItem | undefined {
    return this.#locked(() => {
      const used = Atomics.load(this.#cells, cells.used);
      if (used === 0) return undefined;
      const facts = this.#words.subarray(used - wordsPerItem, used);
      const [lane = 0, row = 0, known = 0, inodeLow = 0, inodeHigh = 0] = facts;
      const [deviceMajor = 0, deviceMinor = 0, length = 0] = facts.subarray(5);
      const start = used - (facts[wordsPerItem - 1] ?? 0);
      const path = this.#bytes.toString('latin1', start * 4, start * 4 + length) as ByteString;
      Atomics.store(this.#cells, cells.used, start);
      Atomics.sub(this.#cells, cells.waiting, 1);
      return { lane, row, known, path, inodeLow, inodeHigh, deviceMajor, deviceMinor };
    });
  }

  finish(): void {
    if (Atomics.sub(this.#cells, cells.unfinished, 1) === 1) this.#announce();
  }

  /** The next item, or undefined when all is done; blocks this thread. @throws ScanStopped */
  takeOrWait(): WorkItem | undefined {
    for (;;) {
      const seen = Atomics.load(this.#cells, cells.changes);
      const item = this.#next();
      if (item !== 'none yet') return item;
      Atomics.add(this.#cells, cells.hungry, 1);
      Atomics.wait(this.#cells, cells.changes, seen, waitMs);
      Atomics.sub(this.#cells, cells.hungry, 1);
    }
  }

  /** The same without blocking. @throws ScanStopped */
  async takeWhenThere(): Promise<WorkItem | undefined> {
    for (;;) {
      const seen = Atomics.load(this.#cells, cells.changes);
      const item = this.#next();
      if (item !== 'none yet') return item;
      Atomics.add(this.#cells, cells.hungry, 1);
      const change = Atomics.waitAsync(this.#cells, cells.changes, seen, waitMs);
      if (change.async) await change.value;
      Atomics.sub(this.#cells, cells.hungry, 1);
    }
  }

  /** Counts what all lanes together have found. @throws LIMIT_EXCEEDED */
  count(entries: number, metadata: number, limits: Limits): void {
    const total = Atomics.add(this.#totals, totals.entries, BigInt(entries)) + BigInt(entries);
    if (total > limits.maxEntries) throw exceeded('entries', limitFlags.maxEntries, limits.maxEntries);
    const bytes = Atomics.add(this.#totals, totals.metadata, BigInt(metadata)) + BigInt(metadata);
    if (bytes > maxMetadataBytes) throw exceeded('bytes of names, link texts and xattrs', '', maxMetadataBytes);
  }

  #next(): WorkItem | 'none yet' | undefined {
    this.check();
    return this.take() ?? (this.isDone ? undefined : 'none yet');
  }

  #announce(): void {
    Atomics.add(this.#cells, cells.changes, 1);
    Atomics.notify(this.#cells, cells.changes);
  }

  /** Held for less than a microsecond, so waiting for it is spinning. */
  #locked<Result>(action: () => Result): Result {
    while (Atomics.compareExchange(this.#cells, cells.lock, 0, 1) !== 0) {
      Atomics.wait(this.#cells, cells.lock, 1, 1);
    }
    try {
      return action();
    } finally {
      Atomics.store(this.#cells, cells.lock, 0);
      Atomics.notify(this.#cells, cells.lock, 1);
    }
  }
}

function exceeded(limit: string, flag: string, value: number): HoldfastError {
  return new HoldfastError('LIMIT_EXCEEDED', { limit, flag, value: String(value) });
}
