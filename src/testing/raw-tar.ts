/**
 * Tar archives block by block, for archives that no honest writer makes. Independent of Holdfast's codec: nothing is
 * checked, and every field takes raw bytes.
 */
import { byteStringOf, type TextOrBytes } from './entry-spec.ts';

/** A number is written in octal and ended by NUL; text and bytes are put into the field as they are. */
export type RawNumber = number | TextOrBytes;

/** The fields of one header block; what is not named has the value an ordinary ustar writer gives it. */
export interface RawHeader {
  /** At most 100 bytes are kept; longer names need {@link RawHeader.prefix}, PAX or GNU headers. */
  readonly name: TextOrBytes;
  /** 0644. */
  readonly mode?: RawNumber;
  readonly uid?: RawNumber;
  readonly gid?: RawNumber;
  /** Bytes the header claims to follow; 0. `rawEntry` claims what it has unless told otherwise. */
  readonly size?: RawNumber;
  /** 1 700 000 000. */
  readonly mtime?: RawNumber;
  /** One character, or the byte itself (0 is the flag of v7 archives); `'0'`, a regular file. */
  readonly typeflag?: string | number;
  readonly linkName?: TextOrBytes;
  /** `ustar` (POSIX), `gnu` (`ustar  `), `v7` (no magic at all), or the eight bytes of magic and version. */
  readonly magic?: 'ustar' | 'gnu' | 'v7' | Uint8Array;
  readonly uname?: TextOrBytes;
  readonly gname?: TextOrBytes;
  readonly deviceMajor?: RawNumber;
  readonly deviceMinor?: RawNumber;
  readonly prefix?: TextOrBytes;
  /** Bytes to lay over the block, by offset, before the checksum is made. */
  readonly overlay?: Readonly<Record<number, Uint8Array>>;
  /** Right unless told otherwise. */
  readonly checksum?: 'wrong' | number | Uint8Array;
}

export interface RawEntry extends RawHeader {
  /** What follows the header, padded to whole blocks. */
  readonly body?: TextOrBytes;
}

const blockSize = 512;

/** A block of zeros. Two of them end an archive. */
export const zeroBlock: Uint8Array = new Uint8Array(blockSize);

/** One header block. */
export function rawHeader(header: RawHeader): Buffer {
  const block = Buffer.alloc(blockSize);
  const put = (offset: number, length: number, value: RawNumber): void => {
    fieldBytes(value, length).copy(block, offset, 0, length);
  };
  put(0, 100, header.name);
  put(100, 8, header.mode ?? 0o644);
  put(108, 8, header.uid ?? 0);
  put(116, 8, header.gid ?? 0);
  put(124, 12, header.size ?? 0);
  put(136, 12, header.mtime ?? 1_700_000_000);
  const typeflag = header.typeflag ?? '0';
  block[156] = typeof typeflag === 'number' ? typeflag : typeflag.charCodeAt(0);
  put(157, 100, header.linkName ?? '');
  put(257, 8, magicBytes(header.magic ?? 'ustar'));
  put(265, 32, header.uname ?? '');
  put(297, 32, header.gname ?? '');
  if (header.magic !== 'v7') {
    put(329, 8, header.deviceMajor ?? 0);
    put(337, 8, header.deviceMinor ?? 0);
  }
  put(345, 155, header.prefix ?? '');
  for (const [offset, bytes] of Object.entries(header.overlay ?? {})) block.set(bytes, Number(offset));
  putChecksum(block, header.checksum);
  return block;
}

/** A header block and its body, padded. */
export function rawEntry(entry: RawEntry): Buffer {
  const body = fieldBytes(entry.body ?? '', 0);
  return Buffer.concat([rawHeader({ ...entry, size: entry.size ?? body.length }), padded(body)]);
}

/** An archive of these blocks, ended by two zero blocks. Without an end: `Buffer.concat`. */
export function rawTar(...blocks: readonly Uint8Array[]): Buffer {
  return Buffer.concat([...blocks, zeroBlock, zeroBlock]);
}

/** Bytes followed by zeros up to the next whole block. */
export function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, new Uint8Array((blockSize - (bytes.length % blockSize)) % blockSize)]);
}

/** The base-256 form of a number field of `length` bytes (8 for ids and devices, 12 for size and mtime). */
export function base256(value: number | bigint, length: 8 | 12 = 12): Uint8Array {
  const field = new Uint8Array(length);
  let rest = BigInt.asUintN(length * 8, BigInt(value));
  for (let at = length - 1; at >= 0; at--) {
    field[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  field[0] = (field[0] ?? 0) | 0x80;
  return field;
}

/** What goes into a field: octal digits for a number, otherwise the bytes as they are. */
export function fieldBytes(value: RawNumber, length: number): Buffer {
  if (typeof value !== 'number') return Buffer.from(byteStringOf(value), 'latin1');
  return Buffer.from(`${value.toString(8).padStart(length - 1, '0')}\0`);
}

function magicBytes(magic: NonNullable<RawHeader['magic']>): Uint8Array {
  if (typeof magic !== 'string') return magic;
  return Buffer.from({ ustar: 'ustar\x0000', gnu: 'ustar  \0', v7: '' }[magic]);
}

function putChecksum(block: Buffer, told: RawHeader['checksum']): void {
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0) + (told === 'wrong' ? 1 : 0);
  const field = told === undefined || told === 'wrong' ? `${sum.toString(8).padStart(6, '0')}\0 ` : told;
  fieldBytes(field, 8).copy(block, 148, 0, 8);
}
