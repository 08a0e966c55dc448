/** The tar writer: plain ustar, and a PAX header before it with what does not fit, and nothing else. */
import { isUtf8 } from 'node:buffer';
import { type ByteString, formatTimestamp, HoldfastError, type SparseExtent, toBytes } from '../base/index.ts';
import { blockSize, headerSum, paddingAfter } from './block.ts';
import type { TarEntry, TarEntryKind } from './entry.ts';
import { fields } from './header.ts';
import { formatOctal, type NumericField } from './number.ts';
import { encodePaxRecord } from './pax-records.ts';
import { xattrKey } from './xattrs.ts';

/** Two zero blocks. */
export const endOfArchive: Uint8Array = new Uint8Array(2 * blockSize);

/** Bytes of zeros to write after the stored data of an entry. */
export function tarPadding(storedSize: number): number {
  return paddingAfter(storedSize);
}

/**
 * Every block that stands before the stored data: the PAX header where one is needed, the entry's own header, and the
 * map of a sparse file (PAX 1.0). The same entry always gives the same bytes. Names are written as they are given.
 *
 * @throws NAME_NUL for a NUL in a name or link, which no tar can hold.
 */
export function encodeTarEntry(entry: TarEntry): Uint8Array {
  refuseNul(entry.name);
  refuseNul(entry.linkName);
  const map = entry.kind === 'file' && entry.sparse ? encodeMap(entry.sparse, entry.size) : undefined;
  const records = new Records();
  const header = Buffer.alloc(blockSize);
  writeNames(header, records, entry, map !== undefined);
  writeNumbers(header, records, entry, map);
  for (const [name, value] of entry.xattrs ?? []) records.set(xattrKey(name), value);
  finishHeader(header, typeflags[entry.kind]);
  return Buffer.concat([records.encode(), header, map ?? Buffer.alloc(0)]);
}

const typeflags: Readonly<Record<TarEntryKind, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  char: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};

const nameLength = 100;
const prefixAt = 345;
const prefixLength = 155;
const largestOctalId = 0o7777777;
const largestOctalTime = 0o77777777777;

/** The records of one PAX header, in the order of their keys. */
class Records {
  readonly #values = new Map<string, Uint8Array>();

  set(key: string, value: Uint8Array): void {
    this.#values.set(key, value);
  }

  encode(): Buffer {
    if (this.#values.size === 0) return Buffer.alloc(0);
    const sorted = [...this.#values].sort(([a], [b]) => (a < b ? -1 : 1));
    const body = Buffer.concat(sorted.map(([key, value]) => encodePaxRecord(key, value)));
    const header = Buffer.alloc(blockSize);
    header.write('PaxHeader', 0, 'latin1');
    for (const field of [fields.mode, fields.uid, fields.gid, fields.mtime, fields.major, fields.minor]) {
      writeNumber(header, field, 0);
    }
    writeNumber(header, fields.size, body.length);
    finishHeader(header, 'x');
    return Buffer.concat([header, body, Buffer.alloc(paddingAfter(body.length))]);
  }
}

function writeNames(header: Buffer, records: Records, entry: TarEntry, sparse: boolean): void {
  const stated: ByteString[] = [];
  if (!writeName(header, entry.name) || sparse) {
    records.set(sparse ? 'GNU.sparse.name' : 'path', toBytes(entry.name));
    stated.push(entry.name);
  }
  header.write(entry.linkName.slice(0, nameLength), 157, 'latin1');
  if (entry.linkName.length > nameLength) {
    records.set('linkpath', toBytes(entry.linkName));
    stated.push(entry.linkName);
  }
  // Without it bsdtar takes PAX names for UTF-8 and fails on others.
  if (stated.some((name) => !isUtf8(toBytes(name)))) records.set('hdrcharset', Buffer.from('BINARY'));
}

/** Whether the name fits; if not, its beginning stands for it, never with a "/" at its end. */
function writeName(header: Buffer, name: ByteString): boolean {
  const split = name.length <= nameLength ? 0 : findSplit(name);
  if (split === undefined) {
    header.write(name.slice(0, nameLength).replace(/\/+$/, '') || '_', 0, 'latin1');
    return false;
  }
  header.write(split === 0 ? name : name.slice(split + 1), 0, 'latin1');
  header.write(name.slice(0, split), prefixAt, 'latin1');
  return true;
}

/** Where the "/" between prefix and name stands: the last that leaves room on both sides. */
function findSplit(name: ByteString): number | undefined {
  for (let at = Math.min(prefixLength, name.length - 2); at > 0 && at >= name.length - nameLength - 1; at--) {
    if (name[at] === '/') return at;
  }
  return undefined;
}

function writeNumbers(header: Buffer, records: Records, entry: TarEntry, map: Buffer | undefined): void {
  const { kind, mtime, sparse } = entry;
  const record = (key: string, text: string) => records.set(key, Buffer.from(text, 'latin1'));
  writeNumber(header, fields.mode, entry.mode);
  for (const key of ['uid', 'gid'] as const) {
    if (entry[key] > largestOctalId) record(key, String(entry[key]));
    writeNumber(header, fields[key], Math.min(entry[key], largestOctalId));
  }
  if (mtime.nanoseconds !== 0 || mtime.seconds < 0 || mtime.seconds > largestOctalTime) {
    record('mtime', formatTimestamp(mtime));
  }
  writeNumber(header, fields.mtime, Math.min(Math.max(mtime.seconds, 0), largestOctalTime));
  const stored = sparse && map ? map.length + sparse.reduce((sum, run) => sum + run.size, 0) : entry.size;
  const archived = kind === 'file' ? stored : 0;
  if (!writeNumber(header, fields.size, archived)) {
    record('size', String(archived));
    writeNumber(header, fields.size, 0);
  }
  if (map) {
    record('GNU.sparse.major', '1');
    record('GNU.sparse.minor', '0');
    record('GNU.sparse.realsize', String(entry.size));
  }
  writeNumber(header, fields.major, entry.deviceMajor);
  writeNumber(header, fields.minor, entry.deviceMinor);
}

function writeNumber(header: Buffer, field: NumericField, value: number): boolean {
  const text = formatOctal(value, field.length);
  if (text !== undefined) header.write(text, field.at, 'latin1');
  return text !== undefined;
}

function finishHeader(header: Buffer, typeflag: string): void {
  header.write(typeflag, 156, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  header.write(`${headerSum(header).toString(8).padStart(6, '0')}\0 `, fields.checksum.at, 'latin1');
}

/** The runs as text; where the file ends in a hole, an empty run marks its end. */
function encodeMap(runs: readonly SparseExtent[], size: number): Buffer {
  const last = runs.at(-1);
  const listed = last && last.offset + last.size === size ? runs : [...runs, { offset: size, size: 0 }];
  const text = [listed.length, ...listed.flatMap((run) => [run.offset, run.size])].join('\n');
  const bytes = Buffer.from(`${text}\n`, 'latin1');
  return Buffer.concat([bytes, Buffer.alloc(paddingAfter(bytes.length))]);
}

function refuseNul(name: ByteString): void {
  if (name.includes('\0')) throw new HoldfastError('NAME_NUL', { name });
}
