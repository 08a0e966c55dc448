/** What the unpack record says of a directory that is about to be looked at. */
import fs from 'node:fs';
import { type ByteString, fromBytes } from '../base/index.ts';
import { hasLosses, readUnpackRecord, recordPath, recordStates, type UnpackRecordFile } from '../record/index.ts';
import type { KnownRows } from '../scan/index.ts';
import { type Inode, lookup, type Tree } from '../tree/index.ts';
import type { OpenTree } from '../trees/index.ts';

/**
 * `absent`: there is none that can be believed; `foreign`: it is about another image, or cannot be compared; `none`: the base
 * is no image, or there is no directory.
 */
export type RecordUse = 'used' | 'absent' | 'foreign' | 'none';

export interface FoundRecord {
  readonly use: RecordUse;
  /** Where it is used. */
  readonly record?: UnpackRecordFile;
  /** The path of one that tells of losses. */
  readonly lossy?: string;
}

/**
 * Finds the record of a directory, and believes it only about the very image that is the base.
 * @param directory absolute, links resolved
 */
export function recordOf(base: OpenTree, directory: string): FoundRecord {
  if (base.image === undefined) return { use: 'none' };
  const record = readUnpackRecord(directory);
  if (record === undefined) return { use: 'absent' };
  // The clock of another file system may be another one.
  const isComparable = record.device === fs.statSync(directory, { bigint: true }).dev;
  const lossy = hasLosses(record) ? { lossy: recordPath(directory) } : {};
  return isComparable && isAbout(record, base) ? { use: 'used', record, ...lossy } : { use: 'foreign', ...lossy };
}

function isAbout({ head }: UnpackRecordFile, { image, onConflict }: OpenTree): boolean {
  const { digest, layers } = head;
  return digest === image?.manifestDigest && layers === image.layers.length && head.onConflict === onConflict;
}

/** What a scan may pass over. @param isExact the content of every file counts as unknown */
export function knownRows({ columns, head, writtenAt }: UnpackRecordFile, isExact: boolean): KnownRows {
  const untouched = new Uint8Array(new SharedArrayBuffer(columns.first.length));
  return { columns, devices: head.devices, writtenAt, untouched, listsFiles: isExact };
}

/** The rows of a record, and what of the base each of them was made for. */
export class RecordedRows {
  readonly #columns: UnpackRecordFile['columns'];
  readonly #untouched: Uint8Array;
  readonly #base: Tree;
  readonly #text: Buffer;

  constructor({ columns }: UnpackRecordFile, { untouched }: KnownRows, base: Tree) {
    this.#columns = columns;
    this.#untouched = untouched;
    this.#base = base;
    const { buffer, byteOffset, byteLength } = columns.text;
    this.#text = Buffer.from(buffer, byteOffset, byteLength);
  }

  /** Whether nobody has touched it since it was placed. */
  isUntouched(row: number): boolean {
    return this.#untouched[row] === 1;
  }

  /** Whether it is on disk with other attributes than the base gives it. */
  isLossy(row: number): boolean {
    return this.#columns.state[row] === recordStates.lossy;
  }

  /** Whether it could not be placed at all. */
  isAbsent(row: number): boolean {
    return this.#columns.state[row] === recordStates.absent;
  }

  /** Whether everything that stood in a directory is untouched, or was never there; what is below its directories apart. */
  hasAllNames(directory: number): boolean {
    const { first, count } = this.#columns;
    const begin = first[directory] ?? 0;
    const end = begin + (count[directory] ?? 0);
    for (let row = begin; row < end; row++) if (this.#untouched[row] !== 1 && !this.isAbsent(row)) return false;
    return true;
  }

  /** What was placed in a directory, by name. */
  *namesIn(directory: number): Generator<readonly [name: ByteString, row: number]> {
    const { first, count } = this.#columns;
    const begin = first[directory] ?? 0;
    const end = begin + (count[directory] ?? 0);
    for (let row = begin; row < end; row++) yield [this.#name(row), row];
  }

  /** The inode of the base that a row was placed for. */
  inodeOf(row: number): Inode | undefined {
    return lookup(this.#base, this.#path(row));
  }

  #path(row: number): ByteString {
    const names: ByteString[] = [];
    for (let at = row; at > 0; at = this.#parent(at)) names.push(this.#name(at));
    return names.reverse().join('/') as ByteString;
  }

  /** What directories hold follows each other in the order of the directories: theirs is the last that begins before it. */
  #parent(row: number): number {
    const { first } = this.#columns;
    let [low, high] = [0, row];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((first[middle] ?? 0) <= row) low = middle;
      else high = middle;
    }
    return low;
  }

  #name(row: number): ByteString {
    const { starts } = this.#columns;
    return fromBytes(this.#text, starts[row] ?? 0, starts[row + 1] ?? 0);
  }
}
