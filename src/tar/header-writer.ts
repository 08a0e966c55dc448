/** One ustar header as a byte string, and the records of a PAX header before it. */
import type { ByteString } from '../base/index.ts';
import { blockSize, headerSum, paddingAfter } from './block.ts';

/** What a header block holds; each number must fit its field. */
export interface HeaderFields {
  readonly typeflag: string;
  readonly name: string;
  readonly prefix: string;
  readonly linkName: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly major: number;
  readonly minor: number;
}

export const largest = { id: 0o7777777, size: 0o77777777777, time: 0o77777777777 } as const;

const blankSum = ' '.repeat(8);
/** Magic, version and the empty names of owner and group. */
const magic = `ustar\x0000${'\0'.repeat(64)}`;
const tail = '\0'.repeat(12);

/** A block, its checksum still blank. */
export function encodeHeader(header: HeaderFields): string {
  return (
    header.name.padEnd(100, '\0') +
    octal(header.mode, 7) +
    octal(header.uid, 7) +
    octal(header.gid, 7) +
    octal(header.size, 11) +
    octal(header.mtime, 11) +
    blankSum +
    header.typeflag +
    header.linkName.padEnd(100, '\0') +
    magic +
    octal(header.major, 7) +
    octal(header.minor, 7) +
    header.prefix.padEnd(155, '\0') +
    tail
  );
}

/** A PAX header block and its records by key, padded; its own fields are zero. */
export function encodePaxHeader(records: ReadonlyMap<string, ByteString>): string {
  const keys = [...records.keys()].sort();
  const body = keys.map((key) => encodeRecord(key, records.get(key) ?? '')).join('');
  const numbers = { mode: 0, uid: 0, gid: 0, mtime: 0, major: 0, minor: 0 };
  const header = { typeflag: 'x', name: 'PaxHeader', prefix: '', linkName: '', size: body.length, ...numbers };
  return encodeHeader(header) + body + '\0'.repeat(paddingAfter(body.length));
}

/** Fills in the checksum of the header at an offset. */
export function writeChecksum(bytes: Buffer, at: number): void {
  const sum = headerSum(bytes.subarray(at, at + blockSize));
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1');
}

/** One record; its length counts its own digits. */
function encodeRecord(key: string, value: string): string {
  const rest = key.length + value.length + 3;
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

function octal(value: number, digits: number): string {
  return `${value.toString(8).padStart(digits, '0')}\0`;
}
