/** The bytes of a cached layer index: magic, version, JSON part, columns, and a checksum over all of it. */
import { createHash } from 'node:crypto';
import { type ByteString, type Note, parseDiffId, parseDigest, type SparseExtent } from '../base/index.ts';
import { type Columns, EntryTable, type RareFacts } from '../tree/index.ts';
import type { LayerIndex } from './layer-index.ts';

const magic = 'holdfast index 2\n';
const checksumBytes = 32;

/** The columns in file order, with what makes each from bytes. */
const layout = [
  ['kind', Uint8Array],
  ['mode', Uint16Array],
  ['uid', Uint32Array],
  ['gid', Uint32Array],
  ['seconds', Float64Array],
  ['nanoseconds', Uint32Array],
  ['size', Float64Array],
  ['dataOffset', Float64Array],
  ['starts', Uint32Array],
  ['spelling', Uint8Array],
  ['text', Uint8Array],
] as const satisfies readonly (readonly [keyof Columns, unknown])[];

interface RareJson {
  readonly row: number;
  readonly xattrs?: readonly (readonly [string, string])[];
  readonly device?: readonly [number, number];
  readonly sparse?: readonly SparseExtent[];
}

interface Head {
  readonly digest: string;
  readonly storedSize: number;
  readonly diffId: string;
  readonly size: number;
  readonly length: number;
  readonly notes: readonly Note[];
  readonly limits: LayerIndex['limits'];
  readonly rare: readonly RareJson[];
  readonly columnBytes: readonly number[];
}

/** The pieces of an index file; together they can be large, so they are not joined. */
export function encodeIndex(index: LayerIndex): readonly Uint8Array[] {
  const { table, ...facts } = index;
  const columns = layout.map(([name]) => bytesOf(table.columns[name]));
  const head: Head = {
    ...facts,
    length: table.length,
    rare: [...table.rare].map(([row, rare]) => rareToJson(row, rare)),
    columnBytes: columns.map((column) => column.length),
  };
  const json = Buffer.from(JSON.stringify(head));
  const jsonLength = Buffer.alloc(4);
  jsonLength.writeUInt32LE(json.length);
  const pieces = [Buffer.from(magic), jsonLength, json, ...columns];
  const checksum = createHash('sha256');
  for (const piece of pieces) checksum.update(piece);
  return [...pieces, checksum.digest()];
}

/** The index in a file's bytes; undefined when they are anything but a whole index of this version. */
export function decodeIndex(bytes: Buffer): LayerIndex | undefined {
  const content = bytes.subarray(0, -checksumBytes);
  if (!content.toString('latin1', 0, magic.length).startsWith(magic)) return undefined;
  const checksum = createHash('sha256').update(content).digest();
  if (!checksum.equals(bytes.subarray(-checksumBytes))) return undefined;
  const jsonStart = magic.length + 4;
  const jsonEnd = jsonStart + content.readUInt32LE(magic.length);
  // The checksum held, so this is what encodeIndex wrote.
  const head = JSON.parse(content.toString('utf8', jsonStart, jsonEnd)) as Head;
  const { length, rare, columnBytes, digest, diffId, ...facts } = head;
  const columns = readColumns(content, jsonEnd, columnBytes);
  const table = new EntryTable(length, columns, new Map(rare.map((one) => [one.row, rareFromJson(one)])));
  return { ...facts, digest: parseDigest(digest), diffId: parseDiffId(diffId), table };
}

function readColumns(content: Buffer, start: number, lengths: readonly number[]): Columns {
  let at = start;
  const columns: Record<string, ArrayBufferView> = {};
  for (const [position, [name, Column]] of layout.entries()) {
    const end = at + (lengths[position] ?? 0);
    // A copy, because columns must be aligned.
    columns[name] = new Column(new Uint8Array(content.subarray(at, end)).buffer);
    at = end;
  }
  // `layout` is checked against the names and types of `Columns` where it is defined.
  return columns as unknown as Columns;
}

function rareToJson(row: number, rare: RareFacts): RareJson {
  const xattrs =
    rare.xattrs && [...rare.xattrs].map(([name, value]) => [name, bytesOf(value).toString('base64')] as const);
  return { row, ...rare, ...(xattrs ? { xattrs } : {}) } as RareJson;
}

function rareFromJson(json: RareJson): RareFacts {
  const { row: _row, xattrs, ...facts } = json;
  if (xattrs === undefined) return facts;
  return {
    ...facts,
    xattrs: new Map(xattrs.map(([name, value]) => [name as ByteString, Buffer.from(value, 'base64')])),
  };
}

function bytesOf(view: ArrayBufferView): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
}
