/** The tar writer: plain ustar, and a PAX header before it with what does not fit, and nothing else. */
import { type ByteString, formatTimestamp, fromBytes, HoldfastError, toBytes } from '../base/index.ts';
import { blockSize, paddingAfter } from './block.ts';
import type { TarEntry, TarEntryKind } from './entry.ts';
import { encodeHeader, encodePaxHeader, largest, writeChecksum } from './header-writer.ts';
import { SparseMap } from './sparse-map.ts';
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
 * @throws NAME_NUL for a NUL in a name or link, which no tar can hold; TAR_SPARSE for a sparse map that readers take
 *   differently: every run but the last must be a multiple of 512 bytes.
 */
export function encodeTarEntry(entry: TarEntry): Uint8Array {
  const map = encodeMap(entry);
  const records = new Map<string, ByteString>();
  const names = splitNames(entry, records);
  const numbers = fitNumbers(entry, map.length, records);
  if (map !== '') addSparse(entry, records);
  for (const [name, value] of entry.xattrs ?? []) records.set(xattrKey(name), fromBytes(value));
  const pax = records.size === 0 ? '' : encodePaxHeader(records);
  const header = encodeHeader({ typeflag: typeflags[entry.kind], ...names, ...numbers });
  const bytes = toBytes((pax + header + map) as ByteString);
  if (pax !== '') writeChecksum(bytes, 0);
  writeChecksum(bytes, pax.length);
  return bytes;
}

type Records = Map<string, ByteString>;

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
const prefixLength = 155;

function splitNames({ name, linkName }: TarEntry, records: Records) {
  for (const text of [name, linkName]) if (text.includes('\0')) throw new HoldfastError('NAME_NUL', { name: text });
  const split = name.length <= nameLength ? 0 : findSplit(name);
  if (split === undefined) setName(records, 'path', name);
  if (linkName.length > nameLength) setName(records, 'linkpath', linkName);
  return {
    name: split === undefined ? shorten(name) : name.slice(split === 0 ? 0 : split + 1),
    prefix: name.slice(0, split ?? 0),
    // Never empty for a long one: bsdtar forgets the record then.
    linkName: linkName.slice(0, nameLength),
  };
}

/** Where the "/" between prefix and name stands: the last that leaves room on both sides. */
function findSplit(name: ByteString): number | undefined {
  const first = Math.max(1, name.length - nameLength - 1);
  const at = name.lastIndexOf('/', Math.min(prefixLength, name.length - 2));
  return at >= first ? at : undefined;
}

/** What stands in the header for a name that does not fit; a "/" at its end would make it a directory to some. */
function shorten(name: ByteString): string {
  return name.slice(0, nameLength).replace(/\/+$/, '') || '_';
}

/** Without hdrcharset, bsdtar takes a name for UTF-8, and fails where it is not or the locale is another. */
function setName(records: Records, key: string, name: ByteString): void {
  records.set(key, name);
  if (/[^\x00-\x7f]/.test(name)) records.set('hdrcharset', 'BINARY' as ByteString);
}

function fitNumbers(entry: TarEntry, mapBytes: number, records: Records) {
  const { kind, mtime, sparse } = entry;
  const record = (key: string, text: string) => records.set(key, text as ByteString);
  if (entry.uid > largest.id) record('uid', String(entry.uid));
  if (entry.gid > largest.id) record('gid', String(entry.gid));
  if (mtime.nanoseconds !== 0 || mtime.seconds < 0 || mtime.seconds > largest.time) {
    record('mtime', formatTimestamp(mtime));
  }
  const stored = mapBytes === 0 ? entry.size : mapBytes + (sparse ?? []).reduce((sum, run) => sum + run.size, 0);
  const size = kind === 'file' ? stored : 0;
  if (size > largest.size) record('size', String(size));
  return {
    mode: entry.mode,
    uid: Math.min(entry.uid, largest.id),
    gid: Math.min(entry.gid, largest.id),
    size: size > largest.size ? 0 : size,
    mtime: Math.min(Math.max(mtime.seconds, 0), largest.time),
    major: entry.deviceMajor,
    minor: entry.deviceMinor,
  };
}

/** In place of `path`, which Python would prefer. */
function addSparse({ name, size }: TarEntry, records: Records): void {
  records.delete('path');
  setName(records, 'GNU.sparse.name', name);
  records.set('GNU.sparse.major', '1' as ByteString);
  records.set('GNU.sparse.minor', '0' as ByteString);
  records.set('GNU.sparse.realsize', String(size) as ByteString);
}

/** The runs as text, padded; where the file ends in a hole, an empty run marks its end. Empty for a dense file. */
function encodeMap({ kind, name, sparse, size }: TarEntry): string {
  if (kind !== 'file' || sparse === undefined) return '';
  const map = new SparseMap(name, size);
  for (const run of sparse) map.add(run.offset, run.size);
  const last = sparse.at(-1);
  const runs = last && last.offset + last.size === size ? sparse : [...sparse, { offset: size, size: 0 }];
  const text = `${[runs.length, ...runs.flatMap((run) => [run.offset, run.size])].join('\n')}\n`;
  return text + '\0'.repeat(paddingAfter(text.length));
}
