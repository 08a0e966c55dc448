/** The metadata of many entries in columns: a million entries cost about a hundred megabytes. */
import { type ByteString, fromBytes, type SparseExtent, type Timestamp } from '../base/index.ts';
import { type EntryKind, entryKinds, kindCode } from './kinds.ts';

export type Xattrs = ReadonlyMap<ByteString, Uint8Array>;

/** One entry on its way into a table. Names and hard link targets are normalised: no leading "/", "" is the root. */
export interface TableEntry {
  readonly name: ByteString;
  readonly kind: EntryKind;
  /** Text of a symbolic link, or normalised target of a hard link. */
  readonly linkName: ByteString;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: Timestamp;
  /** Logical bytes of a file. */
  readonly size: number;
  /** Where the stored data begins in the uncompressed layer. */
  readonly dataOffset: number;
  readonly xattrs: Xattrs | undefined;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  readonly sparse: readonly SparseExtent[] | undefined;
  /** Bits of {@link spellings}: what the archive said and normalising took away; none unless given. */
  readonly spelling?: number;
}

/**
 * How an archive spelled a row, where the normalised name and target do not tell any more. No rule of the semantics asks for
 * it; other programs do.
 */
export const spellings = {
  /** The name began with "/". */
  absoluteName: 1,
  /** The target of a hard link began with "/". */
  absoluteTarget: 2,
} as const;

/** What few entries have. */
export interface RareFacts {
  readonly xattrs?: Xattrs;
  readonly device?: readonly [major: number, minor: number];
  readonly sparse?: readonly SparseExtent[];
}

/** The columns themselves, one element per row, except `starts`, which has one more pair. */
export interface Columns {
  readonly kind: Uint8Array;
  readonly mode: Uint16Array;
  readonly uid: Uint32Array;
  readonly gid: Uint32Array;
  readonly seconds: Float64Array;
  readonly nanoseconds: Uint32Array;
  readonly size: Float64Array;
  readonly dataOffset: Float64Array;
  /** Where each row's name and link name begin in `text`; the last pair is the end of `text`. */
  readonly starts: Uint32Array;
  /** Bits of {@link spellings}; empty in tables that were not read from an archive. */
  readonly spelling: Uint8Array;
  readonly text: Uint8Array;
}

const slash = 0x2f;

/** A read-only table; rows are in the order of the archive. */
export class EntryTable {
  readonly length: number;
  readonly columns: Columns;
  readonly rare: ReadonlyMap<number, RareFacts>;

  constructor(length: number, columns: Columns, rare: ReadonlyMap<number, RareFacts>) {
    this.length = length;
    // As a Buffer, because text is read from it for every name; between threads it loses that class.
    const { buffer, byteOffset, byteLength } = columns.text;
    this.columns = { ...columns, text: Buffer.from(buffer, byteOffset, byteLength) };
    this.rare = rare;
  }

  /** Bytes of names, link texts, xattrs and sparse maps. */
  get metadataBytes(): number {
    let bytes = this.columns.text.length;
    for (const facts of this.rare.values()) bytes += rareBytes(facts);
    return bytes;
  }

  kind(row: number): EntryKind {
    return entryKinds[this.columns.kind[row] ?? 0] ?? 'file';
  }

  name(row: number): ByteString {
    return this.#text(2 * row);
  }

  /** Where the last component of a name begins within the text: behind its last "/". */
  #baseStart(row: number): number {
    const { starts, text } = this.columns;
    const start = starts[2 * row] ?? 0;
    const end = starts[2 * row + 1] ?? 0;
    return end === start ? start : Math.max(start, text.lastIndexOf(slash, end - 1) + 1);
  }

  /** The last component of a name. A string of its own: a slice would keep the whole name alive. */
  baseName(row: number): ByteString {
    const { starts, text } = this.columns;
    return fromBytes(text, this.#baseStart(row), starts[2 * row + 1] ?? 0);
  }

  /** Everything before the last component of a name, without the "/"; "" at the root. */
  parentName(row: number): ByteString {
    const { starts, text } = this.columns;
    const start = starts[2 * row] ?? 0;
    return fromBytes(text, start, Math.max(start, this.#baseStart(row) - 1));
  }

  linkName(row: number): ByteString {
    return this.#text(2 * row + 1);
  }

  mode(row: number): number {
    return this.columns.mode[row] ?? 0;
  }

  uid(row: number): number {
    return this.columns.uid[row] ?? 0;
  }

  gid(row: number): number {
    return this.columns.gid[row] ?? 0;
  }

  mtime(row: number): Timestamp {
    return { seconds: this.columns.seconds[row] ?? 0, nanoseconds: this.columns.nanoseconds[row] ?? 0 };
  }

  size(row: number): number {
    return this.columns.size[row] ?? 0;
  }

  dataOffset(row: number): number {
    return this.columns.dataOffset[row] ?? 0;
  }

  xattrs(row: number): Xattrs | undefined {
    return this.rare.get(row)?.xattrs;
  }

  device(row: number): readonly [major: number, minor: number] {
    return this.rare.get(row)?.device ?? [0, 0];
  }

  sparse(row: number): readonly SparseExtent[] | undefined {
    return this.rare.get(row)?.sparse;
  }

  /** Whether the archive gave the name with a leading "/"; {@link EntryTable.name} is without it. */
  hasAbsoluteName(row: number): boolean {
    return ((this.columns.spelling[row] ?? 0) & spellings.absoluteName) !== 0;
  }

  /**
   * Whether this is a hard link whose target the archive gave with a leading "/", as kaniko did until 2026; {@link
   * EntryTable.linkName} is without it. Docker 29.7.0 refuses such a layer, and some runtimes lose the name.
   */
  hasAbsoluteTarget(row: number): boolean {
    return ((this.columns.spelling[row] ?? 0) & spellings.absoluteTarget) !== 0;
  }

  #text(index: number): ByteString {
    const { starts, text } = this.columns;
    return fromBytes(text, starts[index] ?? 0, starts[index + 1] ?? 0);
  }
}

const impliedColumns: Columns = {
  kind: Uint8Array.of(kindCode.directory),
  mode: Uint16Array.of(0o755),
  uid: Uint32Array.of(0),
  gid: Uint32Array.of(0),
  seconds: Float64Array.of(0),
  nanoseconds: Uint32Array.of(0),
  size: Float64Array.of(0),
  dataOffset: Float64Array.of(0),
  starts: new Uint32Array(3),
  spelling: new Uint8Array(0),
  text: new Uint8Array(0),
};

/** The one row an implied directory has: 0755, 0:0, 1970, no xattrs. */
export const impliedDirectory: EntryTable = new EntryTable(1, impliedColumns, new Map());

/** The one row of a directory of which nothing but the name is known, because something stands in it. */
export const unlistedDirectory: EntryTable = new EntryTable(1, impliedColumns, new Map());

/** What a run of a sparse file costs in memory, roughly. */
const extentBytes = 48;

/** What rare facts cost in memory, roughly. */
export function rareBytes({ xattrs, sparse }: RareFacts): number {
  let bytes = (sparse?.length ?? 0) * extentBytes;
  for (const [name, value] of xattrs ?? []) bytes += name.length + value.length;
  return bytes;
}
