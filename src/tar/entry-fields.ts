/** Mode, owner, time and device of an entry, from its PAX header or else its own. */
import { type ByteString, HoldfastError, type NoteCode, type Timestamp } from '../base/index.ts';
import type { TarEntryKind } from './entry.ts';
import { fields, type Header, headerNumber } from './header.ts';
import { type ExactNumber, type NumericField, parseDecimal } from './number.ts';
import type { PaxHeader, PaxKey } from './pax-header.ts';
import { malformed } from './pax-records.ts';
import { parseTimestamp } from './timestamp.ts';

const largestId = 4_294_967_294;
const largestMajor = 0xfff;
const largestMinor = 0xfffff;

/**
 * The twelve permission bits. Many writers put the file type above them, as stat(2) does; it is dropped, and noted when
 * it is not that of the entry.
 * @throws TAR_NUMBER
 */
export function readMode(header: Header, name: ByteString, notes: NoteCode[]): number {
  const mode = headerNumber(header, fields.mode, name);
  if (mode < 0) throw new HoldfastError('TAR_NUMBER', { field: 'mode', value: String(mode), name });
  if (mode <= 0o7777) return Number(mode);
  if (BigInt(mode) >> 12n !== typeBits[header.typeflag]) notes.push('MODE_TYPE_BITS');
  return Number(BigInt(mode) & 0o7777n);
}

/** What stat(2) has above the permission bits, by type flag; a hard link has those of whatever it is linked to. */
const typeBits: Readonly<Record<string, bigint>> = {
  '\0': 0o10n,
  '0': 0o10n,
  '7': 0o10n,
  S: 0o10n,
  '1': 0o10n,
  '2': 0o12n,
  '3': 0o02n,
  '4': 0o06n,
  '5': 0o04n,
  '6': 0o01n,
};

/** @throws TAR_NUMBER, ID_OUT_OF_RANGE (negative, or above 4 294 967 294). */
export function readId(
  header: Header,
  pax: PaxHeader | undefined,
  { field, name }: { field: 'uid' | 'gid'; name: ByteString },
): number {
  const id = paxNumber(pax, field, name) ?? headerNumber(header, fields[field], name);
  if (id >= 0 && id <= largestId) return Number(id);
  throw new HoldfastError('ID_OUT_OF_RANGE', { path: name, field, value: String(id) });
}

/** @throws TAR_NUMBER when malformed or beyond 2^53 seconds. */
export function readTime(header: Header, pax: PaxHeader | undefined, name: ByteString): Timestamp {
  const text = pax?.values.get('mtime');
  if (text !== undefined) {
    const time = parseTimestamp(text);
    if (time === undefined) throw new HoldfastError('TAR_NUMBER', { field: 'mtime', value: text, name });
    return time;
  }
  const seconds = headerNumber(header, fields.mtime, name);
  if (typeof seconds === 'number') return { seconds, nanoseconds: 0 };
  throw new HoldfastError('TAR_NUMBER', { field: 'mtime', value: String(seconds), name });
}

interface Device {
  readonly major: number;
  readonly minor: number;
}

const noDevice: Device = { major: 0, minor: 0 };

/** @throws TAR_NUMBER, DEVICE_OUT_OF_RANGE, TAR_PAX_RECORD where the numbers that bsdtar obeys differ. */
export function readDevice(
  header: Header,
  pax: PaxHeader | undefined,
  { kind, name }: { kind: TarEntryKind; name: ByteString },
): Device {
  if (kind !== 'char' && kind !== 'block') return noDevice;
  const part = (field: NumericField, key: PaxKey) => {
    const value = headerNumber(header, field, name);
    const other = paxNumber(pax, key, name);
    if (pax && other !== undefined && other !== value) throw malformed(pax.offset, `${key} differs from the header`);
    return Number(value);
  };
  const major = part(fields.major, 'SCHILY.devmajor');
  const minor = part(fields.minor, 'SCHILY.devminor');
  if (major >= 0 && major <= largestMajor && minor >= 0 && minor <= largestMinor) return { major, minor };
  throw new HoldfastError('DEVICE_OUT_OF_RANGE', { path: name, major, minor });
}

/** A decimal PAX value, undefined when absent. @throws TAR_NUMBER */
export function paxNumber(pax: PaxHeader | undefined, key: PaxKey, name: ByteString): ExactNumber | undefined {
  const text = pax?.values.get(key);
  if (text === undefined) return undefined;
  const value = parseDecimal(text, true);
  if (value === undefined) throw new HoldfastError('TAR_NUMBER', { field: key, value: text, name });
  return value;
}
