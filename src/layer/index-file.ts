/** The bytes of a cached layer index. */
import { type ByteString, type Note, parseDiffId, parseDigest, type SparseExtent } from '../base/index.ts';
import { type Columns, EntryTable, type RareFacts } from '../tree/index.ts';
import { type ColumnFormat, decodeColumns, encodeColumns } from './column-file.ts';
import type { LayerIndex } from './layer-index.ts';

const format: ColumnFormat<Columns> = {
  magic: 'holdfast index 3\n',
  layout: [
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
  ],
};

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
}

/** The pieces of an index file; together they can be large, so they are not joined. */
export function encodeIndex(index: LayerIndex): readonly Uint8Array[] {
  const { table, ...facts } = index;
  const rare = [...table.rare].map(([row, one]) => rareToJson(row, one));
  return encodeColumns(format, { ...facts, length: table.length, rare } satisfies Head, table.columns);
}

/** The index in a file's bytes; undefined when they are anything but a whole index of this version. */
export function decodeIndex(bytes: Buffer): LayerIndex | undefined {
  const decoded = decodeColumns(format, bytes);
  if (decoded === undefined) return undefined;
  const { length, rare, digest, diffId, ...facts } = decoded.head as Head;
  const table = new EntryTable(length, decoded.columns, new Map(rare.map((one) => [one.row, rareFromJson(one)])));
  return { ...facts, digest: parseDigest(digest), diffId: parseDiffId(diffId), table };
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
