/** The rows of a scanned tree: facts in columns that all threads can read. */
import type { ByteString, Timestamp } from '../base/index.ts';
import { deviceNumber } from '../host/index.ts';
import { EntryTable, type RareFacts } from '../tree/index.ts';
import { type Device, deviceIndex, type IdentityColumns, type ScannedRows } from './row-builder.ts';

/** What tells whether a file was changed since it was last looked at: whoever writes to it cannot set all of this back. */
export interface LiveIdentity {
  readonly device: bigint;
  readonly inode: bigint;
  /** Bytes of a file; 0 for everything else. */
  readonly size: number;
  readonly mtime: Timestamp;
  readonly ctime: Timestamp;
}

/** Columns on shared memory, to be handed to other threads without copying. */
export interface LiveColumns extends IdentityColumns {
  readonly length: number;
  readonly table: EntryTable['columns'];
  /** The row of the directory in which a row's first name stands; the root is its own. */
  readonly parent: Uint32Array;
  readonly devices: readonly Device[];
}

export class LiveRows {
  readonly columns: LiveColumns;
  readonly table: EntryTable;

  constructor(columns: LiveColumns, rare: ReadonlyMap<number, RareFacts> = new Map()) {
    this.columns = columns;
    this.table = new EntryTable(columns.length, columns.table, rare);
  }

  get length(): number {
    return this.columns.length;
  }

  parent(row: number): number {
    return this.columns.parent[row] ?? 0;
  }

  /** The first name of a row, in walk order. */
  path(row: number): ByteString {
    const names: ByteString[] = [];
    for (let at = row; at !== 0; at = this.parent(at)) names.push(this.table.name(at));
    return names.reverse().join('/') as ByteString;
  }

  /** The row of the same inode in what was known before the scan; undefined where nothing was. */
  known(row: number): number | undefined {
    const known = this.columns.known[row] ?? 0;
    return known === 0 ? undefined : known - 1;
  }

  device(row: number): Device {
    return this.columns.devices[this.columns.device[row] ?? 0] ?? [0, 0];
  }

  identity(row: number): LiveIdentity {
    const { inodeLow, inodeHigh, ctimeSeconds, ctimeNanoseconds } = this.columns;
    return {
      device: deviceNumber(...this.device(row)),
      inode: (BigInt(inodeHigh[row] ?? 0) << 32n) | BigInt(inodeLow[row] ?? 0),
      size: this.table.size(row),
      mtime: this.table.mtime(row),
      ctime: { seconds: ctimeSeconds[row] ?? 0, nanoseconds: ctimeNanoseconds[row] ?? 0 },
    };
  }
}

/** Puts rows together from those of several sources: first which and where, then column by column. */
export class LiveRowsBuilder {
  /** Empty until {@link LiveRowsBuilder.fill}, but already the table that inodes refer to. */
  readonly rows: LiveRows;
  readonly #rare = new Map<number, RareFacts>();
  readonly #devices: Device[] = [];
  readonly #known = new Map<number, number>();
  readonly #text: Buffer;
  readonly #source: Uint16Array;
  readonly #row: Uint32Array;
  #length = 0;

  /**
   * @param length exactly so many rows will be added
   * @param textBytes at most so many bytes of names and link texts
   */
  constructor(length: number, textBytes: number) {
    this.#text = Buffer.from(new SharedArrayBuffer(textBytes));
    this.rows = new LiveRows(sharedColumns(length, this.#text, this.#devices), this.#rare);
    this.#source = new Uint16Array(length);
    this.#row = new Uint32Array(length);
  }

  /** Takes a row of the source with that index, and returns its number here. */
  add(source: number, row: number, parent: number): number {
    const at = this.#length++;
    this.#source[at] = source;
    this.#row[at] = row;
    this.rows.columns.parent[at] = parent;
    return at;
  }

  /** What was known of another name of an inode that was added, for where nothing was of its first. */
  know(row: number, known: number): void {
    if (known !== 0) this.#known.set(row, known);
  }

  /** Copies everything that was added. */
  fill(sources: readonly ScannedRows[]): void {
    for (const [index, source] of sources.entries()) this.#fillFrom(source, this.#placesOf(index));
    this.#fillText(sources);
    const { known } = this.rows.columns;
    for (const [row, other] of this.#known) if (known[row] === 0) known[row] = other;
  }

  #placesOf(source: number): Uint32Array {
    const places = new Uint32Array(this.#length);
    let count = 0;
    for (let at = 0; at < this.#length; at++) if (this.#source[at] === source) places[count++] = at;
    return places.subarray(0, count);
  }

  #fillFrom({ table, identity, devices }: ScannedRows, places: Uint32Array): void {
    const { columns } = this.rows;
    const copy = (to: Column, from: Column): void => copyColumn({ to, from, places, rows: this.#row });
    for (const key of inodeColumns) copy(columns.table[key], table.columns[key]);
    for (const key of identityColumns) copy(columns[key], identity[key]);
    const indexes = devices.map((device) => deviceIndex(this.#devices, device));
    for (const at of places) {
      columns.device[at] = indexes[identity.device[this.#row[at] ?? 0] ?? 0] ?? 0;
      const facts = table.rare.get(this.#row[at] ?? 0);
      if (facts) this.#rare.set(at, facts);
    }
  }

  #fillText(sources: readonly ScannedRows[]): void {
    const { starts } = this.rows.columns.table;
    let end = 0;
    for (let at = 0; at < this.#length; at++) {
      const from = sources[this.#source[at] ?? 0]?.table.columns;
      const row = this.#row[at] ?? 0;
      if (from === undefined) continue;
      const first = from.starts[2 * row] ?? 0;
      const middle = from.starts[2 * row + 1] ?? 0;
      const last = from.starts[2 * row + 2] ?? 0;
      (from.text as Buffer).copy(this.#text, end, first, last);
      starts[2 * at + 1] = end + middle - first;
      starts[2 * at + 2] = end += last - first;
    }
  }
}

type Column = Uint8Array | Uint16Array | Uint32Array | Float64Array;

const inodeColumns = ['kind', 'mode', 'uid', 'gid', 'seconds', 'nanoseconds', 'size'] as const;
const identityColumns = ['inodeLow', 'inodeHigh', 'ctimeSeconds', 'ctimeNanoseconds', 'isLinked', 'known'] as const;

interface ColumnCopy {
  readonly to: Column;
  readonly from: Column;
  /** Where to write, and for each place the row to read. */
  readonly places: Uint32Array;
  readonly rows: Uint32Array;
}

function copyColumn({ to, from, places, rows }: ColumnCopy): void {
  for (let index = 0; index < places.length; index++) {
    const at = places[index] ?? 0;
    to[at] = from[rows[at] ?? 0] ?? 0;
  }
}

function sharedColumns(length: number, text: Buffer, devices: readonly Device[]): LiveColumns {
  const words = (count = length): Uint32Array => new Uint32Array(new SharedArrayBuffer(4 * count));
  const doubles = (): Float64Array => new Float64Array(new SharedArrayBuffer(8 * length));
  const bytes = (): Uint8Array => new Uint8Array(new SharedArrayBuffer(length));
  return {
    length,
    devices,
    parent: words(),
    inodeLow: words(),
    inodeHigh: words(),
    ctimeSeconds: doubles(),
    ctimeNanoseconds: words(),
    device: words(),
    isLinked: bytes(),
    known: words(),
    table: {
      kind: bytes(),
      mode: new Uint16Array(new SharedArrayBuffer(2 * length)),
      uid: words(),
      gid: words(),
      seconds: doubles(),
      nanoseconds: words(),
      size: doubles(),
      dataOffset: doubles(),
      starts: words(2 * length + 1),
      spelling: new Uint8Array(0),
      text,
    },
  };
}
