/** Numbers in columns as the bytes of a file: magic, head as JSON, columns, and a checksum over all of it. */
import { createHash } from 'node:crypto';

const checksumBytes = 32;
/** Columns begin at multiples of this, so that they can be used where they are. */
const alignment = 8;

export type Column = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** What makes a column from bytes. */
type ColumnClass<One extends Column> = {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, offset: number, length: number): One;
};

/** The columns of a kind of file, in file order. */
export type ColumnLayout<Columns> = readonly {
  readonly [Name in keyof Columns]: readonly [Name, ColumnClass<Extract<Columns[Name], Column>>];
}[keyof Columns][];

/** A kind of file: other magic, or another version in it, is another kind. */
export interface ColumnFormat<Columns> {
  readonly magic: string;
  readonly layout: ColumnLayout<Columns>;
}

interface StoredHead {
  readonly head: unknown;
  /** Bytes of each column. */
  readonly columnBytes: readonly number[];
}

/** The pieces of a file; together they can be large, so they are not joined. */
export function encodeColumns<Columns>(
  { magic, layout }: ColumnFormat<Columns>,
  head: unknown,
  columns: Columns,
): readonly Uint8Array[] {
  const stored = layout.map(([name]) => bytesOf(columns[name] as Column));
  const json = Buffer.from(
    JSON.stringify({ head, columnBytes: stored.map(({ length }) => length) } satisfies StoredHead),
  );
  const jsonLength = Buffer.alloc(4);
  jsonLength.writeUInt32LE(json.length);
  const pieces: Uint8Array[] = [Buffer.from(magic), jsonLength, json];
  let at = magic.length + 4 + json.length;
  for (const column of stored) {
    const padding = Buffer.alloc(-at & (alignment - 1));
    pieces.push(padding, column);
    at += padding.length + column.length;
  }
  const checksum = createHash('sha256');
  for (const piece of pieces) checksum.update(piece);
  return [...pieces, checksum.digest()];
}

/**
 * What is in the bytes of a file; undefined when they are anything but a whole file of this kind. The columns are views of
 * these bytes.
 */
export function decodeColumns<Columns>(
  { magic, layout }: ColumnFormat<Columns>,
  bytes: Buffer,
): { readonly head: unknown; readonly columns: Columns } | undefined {
  const content = bytes.subarray(0, -checksumBytes);
  if (!content.toString('latin1', 0, magic.length).startsWith(magic)) return undefined;
  const checksum = createHash('sha256').update(content).digest();
  if (!checksum.equals(bytes.subarray(-checksumBytes))) return undefined;
  const jsonStart = magic.length + 4;
  const jsonEnd = jsonStart + content.readUInt32LE(magic.length);
  // The checksum held, so this is what encodeColumns wrote.
  const { head, columnBytes } = JSON.parse(content.toString('utf8', jsonStart, jsonEnd)) as StoredHead;
  const columns: Partial<Record<keyof Columns, Column>> = {};
  const source = aligned(content);
  let at = jsonEnd;
  for (const [position, [name, Class]] of layout.entries()) {
    at += -at & (alignment - 1);
    const length = columnBytes[position] ?? 0;
    columns[name] = new Class(source.buffer, source.byteOffset + at, length / Class.BYTES_PER_ELEMENT);
    at += length;
  }
  // The layout names every column, each with its class.
  return { head, columns: columns as Columns };
}

/** The bytes at a place in memory where columns of numbers may begin. */
function aligned(bytes: Buffer): Buffer {
  if (bytes.byteOffset % alignment === 0) return bytes;
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

function bytesOf(view: ArrayBufferView): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
}
