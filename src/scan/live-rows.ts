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

/** Fills rows from those of several lanes. */
export class LiveRowsBuilder {
  /** Complete once every row was added. */
  readonly rows: LiveRows;
  readonly #text: Buffer;
  readonly #rare = new Map<number, RareFacts>();
  readonly #devices: Device[] = [];
  /** For each source, the index here of each of its devices. */
  readonly #deviceIndexes = new Map<ScannedRows, readonly number[]>();
  #length = 0;
  #textLength = 0;

  /**
   * @param length exactly so many rows will be added
   * @param textBytes at most so many bytes of names and link texts
   */
  constructor(length: number, textBytes: number) {
    this.#text = Buffer.from(new SharedArrayBuffer(textBytes));
    this.rows = new LiveRows(sharedColumns(length, this.#text, this.#devices), this.#rare);
  }

  /** Copies a row and returns its number. */
  add(source: ScannedRows, row: number, parent: number): number {
    const at = this.#length++;
    const { columns } = this.rows;
    const [from, to] = [source.table.columns, columns.table];
    to.kind[at] = from.kind[row] ?? 0;
    to.mode[at] = from.mode[row] ?? 0;
    to.uid[at] = from.uid[row] ?? 0;
    to.gid[at] = from.gid[row] ?? 0;
    to.seconds[at] = from.seconds[row] ?? 0;
    to.nanoseconds[at] = from.nanoseconds[row] ?? 0;
    to.size[at] = from.size[row] ?? 0;
    columns.parent[at] = parent;
    this.#copyText(at, from, row);
    this.#copyIdentity(at, source, row);
    const facts = source.table.rare.get(row);
    if (facts) this.#rare.set(at, facts);
    return at;
  }

  #copyText(at: number, from: EntryTable['columns'], row: number): void {
    const start = from.starts[2 * row] ?? 0;
    const middle = from.starts[2 * row + 1] ?? 0;
    const end = from.starts[2 * row + 2] ?? 0;
    (from.text as Buffer).copy(this.#text, this.#textLength, start, end);
    const { starts } = this.rows.columns.table;
    starts[2 * at + 1] = this.#textLength + middle - start;
    this.#textLength += end - start;
    starts[2 * at + 2] = this.#textLength;
  }

  #copyIdentity(at: number, source: ScannedRows, row: number): void {
    const [from, to] = [source.identity, this.rows.columns];
    to.inodeLow[at] = from.inodeLow[row] ?? 0;
    to.inodeHigh[at] = from.inodeHigh[row] ?? 0;
    to.ctimeSeconds[at] = from.ctimeSeconds[row] ?? 0;
    to.ctimeNanoseconds[at] = from.ctimeNanoseconds[row] ?? 0;
    to.isLinked[at] = from.isLinked[row] ?? 0;
    to.device[at] = this.#indexesOf(source)[from.device[row] ?? 0] ?? 0;
  }

  #indexesOf(source: ScannedRows): readonly number[] {
    const known = this.#deviceIndexes.get(source);
    if (known) return known;
    const indexes = source.devices.map((device) => deviceIndex(this.#devices, device));
    this.#deviceIndexes.set(source, indexes);
    return indexes;
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
      text,
    },
  };
}
