/** What stood in a directory when it was last known, so that a scan can pass over what nobody has touched since. */
import { type ByteString, fromBytes, type Timestamp } from '../base/index.ts';
import type { FileLook } from '../host/index.ts';
import type { Device } from './row-builder.ts';

/**
 * One row for each name, level by level: what a directory holds is next to each other, in byte order. The columns are on
 * memory that all threads can read.
 */
export interface KnownColumns {
  /** Where each row's name begins in `text`; the last element is the end of `text`. */
  readonly starts: Uint32Array;
  readonly text: Uint8Array;
  /** What a directory holds: rows from `first` on. */
  readonly first: Uint32Array;
  readonly count: Uint32Array;
  /** An index into the devices. */
  readonly device: Uint8Array;
  readonly inodeLow: Uint32Array;
  readonly inodeHigh: Uint32Array;
  readonly size: Float64Array;
  readonly mtimeSeconds: Float64Array;
  readonly mtimeNanoseconds: Uint32Array;
  readonly ctimeSeconds: Float64Array;
  readonly ctimeNanoseconds: Uint32Array;
}

/** Plain data, the same for all threads. */
export interface KnownRows {
  readonly columns: KnownColumns;
  readonly devices: readonly Device[];
  /** What was changed then or later may look as it did, since the clock of files has a coarse tick (git's "racily clean"). */
  readonly writtenAt: Timestamp;
  /** Set to 1 by the scan for each row that nobody has touched since; on shared memory. */
  readonly untouched: Uint8Array;
  /** Whether files are in the tree all the same, to be read. */
  readonly listsFiles: boolean;
}

/** How what stands at a name is to what was known: the same untouched, the same inode, or another one. */
export type KnownLook = 'untouched' | 'touched' | 'other';

/** Names with the rows that are known of them, counted from 1; 0 where none is. */
export interface KnownNames {
  readonly names: readonly ByteString[];
  readonly rows: Uint32Array;
}

/** Known rows, asked by name and look. */
export class KnownTree {
  readonly #known: KnownRows;
  readonly #text: Buffer;

  constructor(known: KnownRows) {
    this.#known = known;
    const { buffer, byteOffset, byteLength } = known.columns.text;
    this.#text = Buffer.from(buffer, byteOffset, byteLength);
  }

  /** The names in a directory, all of which stood there. */
  namesIn(directory: number): KnownNames {
    const { first, count, inodeLow, inodeHigh } = this.#known.columns;
    const begin = first[directory] ?? 0;
    const end = begin + (count[directory] ?? 0);
    const names: ByteString[] = [];
    const rows = new Uint32Array(end - begin);
    for (let row = begin; row < end; row++) {
      // Inode number 0: it could not be placed.
      if (inodeLow[row] === 0 && inodeHigh[row] === 0) continue;
      rows[names.push(this.#name(row)) - 1] = row + 1;
    }
    return { names, rows };
  }

  /** What is known of the names that stand in a directory now. @param names in byte order */
  match(directory: number, names: readonly ByteString[]): Uint32Array {
    const { first, count } = this.#known.columns;
    const rows = new Uint32Array(names.length);
    let row = first[directory] ?? 0;
    const end = row + (count[directory] ?? 0);
    for (const [at, name] of names.entries()) {
      let known = row < end ? this.#name(row) : name;
      while (row < end && known < name) known = ++row < end ? this.#name(row) : name;
      if (row < end && known === name) rows[at] = ++row;
    }
    return rows;
  }

  /** Compares a look with a row, and says of it that it is untouched. */
  compare(row: number, found: FileLook, isFile: boolean): KnownLook {
    const { columns, devices, untouched } = this.#known;
    if (columns.inodeLow[row] !== found.inodeLow || columns.inodeHigh[row] !== found.inodeHigh) return 'other';
    const [major, minor] = devices[columns.device[row] ?? 0] ?? [-1, -1];
    if (major !== found.deviceMajor || minor !== found.deviceMinor) return 'other';
    if (isFile && columns.size[row] !== found.size) return 'touched';
    if (!this.#hasSameTimes(row, found)) return 'touched';
    untouched[row] = 1;
    return 'untouched';
  }

  #hasSameTimes(row: number, found: FileLook): boolean {
    const { columns, writtenAt } = this.#known;
    const { ctimeSeconds, ctimeNanoseconds, mtimeSeconds, mtimeNanoseconds } = found;
    return (
      columns.ctimeSeconds[row] === ctimeSeconds &&
      columns.ctimeNanoseconds[row] === ctimeNanoseconds &&
      columns.mtimeSeconds[row] === mtimeSeconds &&
      columns.mtimeNanoseconds[row] === mtimeNanoseconds &&
      isBefore(ctimeSeconds, ctimeNanoseconds, writtenAt) &&
      isBefore(mtimeSeconds, mtimeNanoseconds, writtenAt)
    );
  }

  #name(row: number): ByteString {
    const { starts } = this.#known.columns;
    return fromBytes(this.#text, starts[row] ?? 0, starts[row + 1] ?? 0);
  }
}

function isBefore(seconds: number, nanoseconds: number, time: Timestamp): boolean {
  return seconds < time.seconds || (seconds === time.seconds && nanoseconds < time.nanoseconds);
}
