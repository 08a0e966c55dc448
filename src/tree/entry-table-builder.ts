import { HoldfastError } from '../base/index.ts';
import { type Columns, EntryTable, rareBytes, type RareFacts, type TableEntry } from './entry-table.ts';
import { kindCode } from './kinds.ts';

/** The most text a table can address. */
const maxTextBytes = 2 ** 32 - 1;

/** Grows a table entry by entry. */
export class EntryTableBuilder {
  #length = 0;
  #textLength = 0;
  #columns = emptyColumns(64, 4096);
  readonly #rare = new Map<number, RareFacts>();
  #rareBytes = 0;

  get length(): number {
    return this.#length;
  }

  /** Bytes of names, link texts, xattrs and sparse maps so far. */
  get metadataBytes(): number {
    return this.#textLength + this.#rareBytes;
  }

  /**
   * Appends a row and returns its number.
   * @throws LIMIT_EXCEEDED when the names of one layer exceed 4 GiB.
   */
  add(entry: TableEntry): number {
    const row = this.#length;
    this.#reserve(entry.name.length + entry.linkName.length);
    const columns = this.#columns;
    columns.kind[row] = kindCode[entry.kind];
    columns.mode[row] = entry.mode;
    columns.uid[row] = entry.uid;
    columns.gid[row] = entry.gid;
    columns.seconds[row] = entry.mtime.seconds;
    columns.nanoseconds[row] = entry.mtime.nanoseconds;
    columns.size[row] = entry.size;
    columns.dataOffset[row] = entry.dataOffset;
    columns.spelling[row] = entry.spelling ?? 0;
    this.#write(2 * row + 1, entry.name);
    this.#write(2 * row + 2, entry.linkName);
    this.#addRareFacts(row, entry);
    this.#length = row + 1;
    return row;
  }

  /** The finished table, its columns cut to length. The builder must not be used afterwards. */
  finish(): EntryTable {
    const length = this.#length;
    const columns = this.#columns;
    return new EntryTable(
      length,
      {
        kind: columns.kind.slice(0, length),
        mode: columns.mode.slice(0, length),
        uid: columns.uid.slice(0, length),
        gid: columns.gid.slice(0, length),
        seconds: columns.seconds.slice(0, length),
        nanoseconds: columns.nanoseconds.slice(0, length),
        size: columns.size.slice(0, length),
        dataOffset: columns.dataOffset.slice(0, length),
        starts: columns.starts.slice(0, 2 * length + 1),
        spelling: columns.spelling.slice(0, length),
        text: columns.text.slice(0, this.#textLength),
      },
      this.#rare,
    );
  }

  #write(endIndex: number, text: string): void {
    (this.#columns.text as Buffer).write(text, this.#textLength, 'latin1');
    this.#textLength += text.length;
    this.#columns.starts[endIndex] = this.#textLength;
  }

  #addRareFacts(row: number, entry: TableEntry): void {
    const isDevice = entry.kind === 'char' || entry.kind === 'block';
    if (!isDevice && entry.xattrs === undefined && entry.sparse === undefined) return;
    const facts: RareFacts = {
      ...(entry.xattrs ? { xattrs: entry.xattrs } : {}),
      ...(isDevice ? { device: [entry.deviceMajor, entry.deviceMinor] as const } : {}),
      ...(entry.sparse ? { sparse: entry.sparse } : {}),
    };
    this.#rare.set(row, facts);
    this.#rareBytes += rareBytes(facts);
  }

  #reserve(textBytes: number): void {
    const rows = this.#columns.kind.length;
    const bytes = this.#columns.text.length;
    const wantedBytes = this.#textLength + textBytes;
    if (wantedBytes > maxTextBytes) {
      throw new HoldfastError('LIMIT_EXCEEDED', { limit: 'bytes of names in one layer', flag: '', value: '4 GiB' });
    }
    if (this.#length < rows && wantedBytes <= bytes) return;
    const nextRows = this.#length < rows ? rows : Math.ceil(rows * 1.6);
    const nextBytes =
      wantedBytes <= bytes ? bytes : Math.min(maxTextBytes, Math.max(wantedBytes, Math.ceil(bytes * 1.6)));
    this.#columns = grown(this.#columns, nextRows, nextBytes);
  }
}

function emptyColumns(rows: number, textBytes: number): Columns {
  return {
    kind: new Uint8Array(rows),
    mode: new Uint16Array(rows),
    uid: new Uint32Array(rows),
    gid: new Uint32Array(rows),
    seconds: new Float64Array(rows),
    nanoseconds: new Uint32Array(rows),
    size: new Float64Array(rows),
    dataOffset: new Float64Array(rows),
    starts: new Uint32Array(2 * rows + 1),
    spelling: new Uint8Array(rows),
    text: Buffer.alloc(textBytes),
  };
}

function grown(old: Columns, rows: number, textBytes: number): Columns {
  const next = emptyColumns(rows === old.kind.length ? 0 : rows, textBytes === old.text.length ? 0 : textBytes);
  if (rows === old.kind.length) return { ...old, text: copied(next.text, old.text) };
  return {
    kind: copied(next.kind, old.kind),
    mode: copied(next.mode, old.mode),
    uid: copied(next.uid, old.uid),
    gid: copied(next.gid, old.gid),
    seconds: copied(next.seconds, old.seconds),
    nanoseconds: copied(next.nanoseconds, old.nanoseconds),
    size: copied(next.size, old.size),
    dataOffset: copied(next.dataOffset, old.dataOffset),
    starts: copied(next.starts, old.starts),
    spelling: copied(next.spelling, old.spelling),
    text: textBytes === old.text.length ? old.text : copied(next.text, old.text),
  };
}

function copied<Column extends { set(from: Column): void }>(to: Column, from: Column): Column {
  to.set(from);
  return to;
}
