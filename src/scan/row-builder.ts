import type { ByteString, Timestamp } from '../base/index.ts';
import { type FileLook, fileTypes } from '../host/index.ts';
import { type EntryTable, EntryTableBuilder, type InodeKind, type TableEntry, type Xattrs } from '../tree/index.ts';

/** What a table of inodes does not hold: what tells one file from another, and whether it was touched. */
export interface IdentityColumns {
  readonly inodeLow: Uint32Array;
  readonly inodeHigh: Uint32Array;
  readonly ctimeSeconds: Float64Array;
  readonly ctimeNanoseconds: Uint32Array;
  /** An index into the list of devices. */
  readonly device: Uint32Array;
  /** 1 where the system says that there are several names. */
  readonly isLinked: Uint8Array;
  /** The row of the same inode in what was known, counted from 1; 0 for none. */
  readonly known: Uint32Array;
}

/** What few rows have. */
export interface MoreOfRow {
  readonly linkText?: ByteString | undefined;
  readonly xattrs?: Xattrs | undefined;
  readonly known?: number;
}

export type Device = readonly [major: number, minor: number];

/** What one lane found, as it goes from thread to thread. */
export interface ScannedRows {
  readonly table: EntryTable;
  readonly identity: IdentityColumns;
  readonly devices: readonly Device[];
}

const kinds = new Map<number, InodeKind>([
  [fileTypes.file, 'file'],
  [fileTypes.directory, 'directory'],
  [fileTypes.symlink, 'symlink'],
  [fileTypes.char, 'char'],
  [fileTypes.block, 'block'],
  [fileTypes.fifo, 'fifo'],
]);

/** What an inode of this mode is in a tree; undefined for a socket. */
export function kindOfMode(mode: number): InodeKind | undefined {
  return kinds.get(mode & fileTypes.mask);
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Room for so many at first. */
const firstRows = 4096;

/** Collects rows. Their names are last components only: where they stand is known from the directories that list them. */
export class RowBuilder {
  readonly #table = new EntryTableBuilder();
  #identity = emptyIdentity(firstRows);
  readonly #devices: Device[] = [];
  #lastDevice = -1;
  /** One entry for all rows: the table copies what is in it. */
  readonly #mtime: Mutable<Timestamp> = { seconds: 0, nanoseconds: 0 };
  readonly #entry: Mutable<TableEntry> = {
    name: '' as ByteString,
    kind: 'file',
    linkName: '' as ByteString,
    mode: 0,
    uid: 0,
    gid: 0,
    mtime: this.#mtime,
    size: 0,
    dataOffset: 0,
    xattrs: undefined,
    deviceMajor: 0,
    deviceMinor: 0,
    sparse: undefined,
  };

  get length(): number {
    return this.#table.length;
  }

  get metadataBytes(): number {
    return this.#table.metadataBytes;
  }

  /** Appends a row and returns its number. */
  add(name: ByteString, kind: InodeKind, found: FileLook, more: MoreOfRow): number {
    const entry = this.#entry;
    entry.name = name;
    entry.kind = kind;
    entry.linkName = more.linkText ?? ('' as ByteString);
    entry.mode = found.mode & 0o7777;
    entry.uid = found.uid;
    entry.gid = found.gid;
    this.#mtime.seconds = found.mtimeSeconds;
    this.#mtime.nanoseconds = found.mtimeNanoseconds;
    entry.size = kind === 'file' ? found.size : 0;
    entry.xattrs = more.xattrs;
    entry.deviceMajor = found.nodeMajor;
    entry.deviceMinor = found.nodeMinor;
    const row = this.#table.add(entry);
    this.#addIdentity(row, kind, found);
    if (more.known !== undefined) this.#identity.known[row] = more.known;
    return row;
  }

  finish(): ScannedRows {
    const length = this.#table.length;
    return { table: this.#table.finish(), identity: resized(this.#identity, length), devices: this.#devices };
  }

  #addIdentity(row: number, kind: InodeKind, found: FileLook): void {
    if (row >= this.#identity.isLinked.length) this.#identity = resized(this.#identity, 2 * row);
    const identity = this.#identity;
    identity.inodeLow[row] = found.inodeLow;
    identity.inodeHigh[row] = found.inodeHigh;
    identity.ctimeSeconds[row] = found.ctimeSeconds;
    identity.ctimeNanoseconds[row] = found.ctimeNanoseconds;
    identity.device[row] = this.#deviceIndex(found.deviceMajor, found.deviceMinor);
    identity.isLinked[row] = found.links > 1 && kind !== 'directory' ? 1 : 0;
  }

  #deviceIndex(major: number, minor: number): number {
    const last = this.#devices[this.#lastDevice];
    if (last !== undefined && last[0] === major && last[1] === minor) return this.#lastDevice;
    this.#lastDevice = deviceIndex(this.#devices, [major, minor]);
    return this.#lastDevice;
  }
}

/** The index of a device in a list, to which it is added where it is missing. */
export function deviceIndex(devices: Device[], device: Device): number {
  const known = devices.findIndex(([major, minor]) => major === device[0] && minor === device[1]);
  return known >= 0 ? known : devices.push(device) - 1;
}

function emptyIdentity(rows: number): IdentityColumns {
  return {
    inodeLow: new Uint32Array(rows),
    inodeHigh: new Uint32Array(rows),
    ctimeSeconds: new Float64Array(rows),
    ctimeNanoseconds: new Uint32Array(rows),
    device: new Uint32Array(rows),
    isLinked: new Uint8Array(rows),
    known: new Uint32Array(rows),
  };
}

function resized(old: IdentityColumns, rows: number): IdentityColumns {
  const next = emptyIdentity(rows);
  for (const key of Object.keys(next) as (keyof IdentityColumns)[]) {
    const column: { set(from: ArrayLike<number>): void } = next[key];
    column.set(old[key].subarray(0, rows));
  }
  return next;
}
