/** One header block: its dialect, and the fields that every dialect shares. */
import { type ByteString, fromBytes, HoldfastError } from '../base/index.ts';
import { headerSum, signedHeaderSum } from './block.ts';
import { type ExactNumber, isBlank, type NumericField, parseField } from './number.ts';

/** Which fields a header has behind the checksum: v7 none, ustar a name prefix, GNU times and a sparse map instead. */
export type Dialect = 'v7' | 'ustar' | 'gnu';

export interface Header {
  readonly block: Buffer;
  /** Where the block stands in the archive. */
  readonly offset: number;
  readonly dialect: Dialect;
  /** One character; NUL as `\0`. */
  readonly typeflag: string;
}

export const fields = {
  mode: { label: 'mode', at: 100, length: 8 },
  uid: { label: 'uid', at: 108, length: 8 },
  gid: { label: 'gid', at: 116, length: 8 },
  size: { label: 'size', at: 124, length: 12 },
  mtime: { label: 'mtime', at: 136, length: 12 },
  checksum: { label: 'checksum', at: 148, length: 8 },
  major: { label: 'devmajor', at: 329, length: 8 },
  minor: { label: 'devminor', at: 337, length: 8 },
  accessTime: { label: 'atime', at: 345, length: 12 },
  changeTime: { label: 'ctime', at: 357, length: 12 },
  realSize: { label: 'realsize', at: 483, length: 12 },
} as const satisfies Record<string, NumericField>;

/** @throws TAR_CHECKSUM, and TAR_MAGIC for a dialect that readers take differently. */
export function readHeader(block: Buffer, offset: number): Header {
  const sum = parseField(block, fields.checksum);
  if (sum !== headerSum(block) && sum !== signedHeaderSum(block)) throw new HoldfastError('TAR_CHECKSUM', { offset });
  const dialect = dialectOf(block);
  if (dialect === undefined) throw new HoldfastError('TAR_MAGIC', { offset });
  return { block, offset, dialect, typeflag: String.fromCharCode(block[156] ?? 0) };
}

/** The name as the header spells it, the ustar prefix in front. */
export function headerName({ block, dialect }: Header): ByteString {
  const name = readText(block, 0, 100);
  if (dialect !== 'ustar' || block[345] === 0) return name;
  return `${readText(block, 345, 155)}/${name}` as ByteString;
}

export function headerLinkName({ block }: Header): ByteString {
  return readText(block, 157, 100);
}

/** @throws TAR_NUMBER when malformed. */
export function headerNumber({ block }: Header, field: NumericField, name: ByteString): ExactNumber {
  const value = parseField(block, field);
  if (value === undefined) throw fieldError(block, field, name);
  return value;
}

/** @throws TAR_NUMBER when malformed, blank (GNU tar refuses that) or negative. */
export function headerSize(header: Header, name: ByteString): ExactNumber {
  const value = headerNumber(header, fields.size, name);
  if (value < 0) throw new HoldfastError('TAR_NUMBER', { field: 'size', value: String(value), name });
  if (value === 0 && isBlank(header.block, fields.size)) throw fieldError(header.block, fields.size, name);
  return value;
}

/** Bytes up to the first NUL of a field. */
function readText(block: Buffer, at: number, length: number): ByteString {
  let end = at;
  while (end < at + length && block[end] !== 0) end++;
  return end === at ? ('' as ByteString) : fromBytes(block, at, end);
}

function fieldError(block: Buffer, field: NumericField, name: ByteString): HoldfastError {
  const value = fromBytes(block, field.at, field.at + field.length);
  return new HoldfastError('TAR_NUMBER', { field: field.label, value, name });
}

function dialectOf(block: Buffer): Dialect | undefined {
  const magic = fromBytes(block, 257, 265);
  if (magic.startsWith('ustar\0')) return hasOverlongPrefix(block) ? undefined : 'ustar';
  if (magic === 'ustar  \0') return hasGnuTimes(block) ? 'gnu' : undefined;
  if (magic === '\0\0\0\0\0\0\0\0') return hasV7Tail(block) ? 'v7' : undefined;
  return undefined;
}

/** A star header has only 131 bytes of prefix; without a NUL there, Go ends the prefix and others read on. */
function hasOverlongPrefix(block: Buffer): boolean {
  return block[508] === 0x74 && fromBytes(block, 508, 512) === 'tar\0' && !block.subarray(345, 476).includes(0);
}

/** Go before 1.8 wrote name prefixes under the GNU magic, where GNU has times; only Python and Go read those. */
function hasGnuTimes(block: Buffer): boolean {
  if (block[345] === 0 && block[357] === 0) return true;
  return parseField(block, fields.accessTime) !== undefined && parseField(block, fields.changeTime) !== undefined;
}

/** Python reads a prefix and device numbers in v7 headers, which have neither. */
function hasV7Tail(block: Buffer): boolean {
  return block[345] === 0 && parseField(block, fields.major) === 0 && parseField(block, fields.minor) === 0;
}
