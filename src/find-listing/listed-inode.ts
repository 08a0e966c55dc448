/** One name as `find` or `stat` tells of it. */
import type { ByteString, Timestamp } from '../base/index.ts';
import type { InodeKind } from '../tree/index.ts';

export interface ListedInode {
  readonly path: ByteString;
  /** `unknown` is what only other systems have. */
  readonly kind: InodeKind | 'socket' | 'unknown';
  /** Decimal digits, without leading zeros. */
  readonly device: string;
  readonly inode: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: Timestamp;
  /** Empty for a symbolic link that had gone before it was read. */
  readonly linkText: ByteString;
  /** Of a device node; undefined where the tool does not know them. */
  readonly numbers: readonly [major: number, minor: number] | undefined;
}

/** What is wrong with a record, as a clause. */
export class MalformedRecord extends Error {}

const gnuKinds: Readonly<Record<string, ListedInode['kind']>> = {
  f: 'file',
  d: 'directory',
  l: 'symlink',
  c: 'char',
  b: 'block',
  p: 'fifo',
  s: 'socket',
  D: 'unknown',
  U: 'unknown',
};

/** How many fields a record of GNU find has. */
export const gnuFieldCount = 11;

export function isGnuKind(field: string): boolean {
  return Object.hasOwn(gnuKinds, field);
}

/** @param fields {@link gnuFieldCount} of them */
export function parseGnuRecord(fields: readonly ByteString[]): ListedInode {
  const at = (index: number): ByteString => fields[index] ?? ('' as ByteString);
  const kind = gnuKinds[at(0)] ?? 'unknown';
  return {
    path: pathOf(at(10)),
    kind,
    device: wholeNumber(at(1), 'device number'),
    inode: wholeNumber(at(2), 'inode number'),
    mode: modeOf(at(4)),
    uid: idOf(at(5), 'uid'),
    gid: idOf(at(6), 'gid'),
    size: sizeOf(at(7)),
    mtime: timeOf(at(8)),
    linkText: linkTextOf(kind, at(9)),
    numbers: undefined,
  };
}

const statLine = /^([0-9a-f]{1,8}) (\d+) (\d+) \d+ (\d+) (\d+) (\d+) (-?\d+) ([0-9a-f]{1,8}) ([0-9a-f]{1,8})\n$/;
const statKinds = new Map<number, ListedInode['kind']>([
  [0o10, 'file'],
  [0o4, 'directory'],
  [0o12, 'symlink'],
  [0o2, 'char'],
  [0o6, 'block'],
  [0o1, 'fifo'],
  [0o14, 'socket'],
]);

/**
 * @param line what `stat` printed
 * @param more the text of a symbolic link
 */
export function parseStatRecord(line: ByteString, more: ByteString, path: ByteString): ListedInode {
  const [, mode = '', device = '', inode = '', uid = '', gid = '', size = '', mtime = '', major = '', minor = ''] =
    statLine.exec(line) ?? [];
  if (mode === '') throw new MalformedRecord('stat printed something else');
  const bits = Number.parseInt(mode, 16);
  const kind = statKinds.get(bits >> 12) ?? 'unknown';
  return {
    path,
    kind,
    device: wholeNumber(device, 'device number'),
    inode: wholeNumber(inode, 'inode number'),
    mode: bits & 0o7777,
    uid: idOf(uid, 'uid'),
    gid: idOf(gid, 'gid'),
    size: sizeOf(size),
    mtime: timeOf(mtime),
    linkText: linkTextOf(kind, kind === 'symlink' ? more : ''),
    numbers: [Number.parseInt(major, 16), Number.parseInt(minor, 16)],
  };
}

/** The root is "". */
export function pathOf(text: string): ByteString {
  const isNormal = text === '' || text.split('/').every((name) => name !== '' && name !== '.' && name !== '..');
  if (!isNormal) throw new MalformedRecord('a path has an empty name, "." or ".." in it');
  return text as ByteString;
}

function linkTextOf(kind: ListedInode['kind'], text: string): ByteString {
  if (kind !== 'symlink' && text !== '')
    throw new MalformedRecord('something that is no symbolic link has the text of one');
  return text as ByteString;
}

function wholeNumber(text: string, what: string): string {
  if (!/^(?:0|[1-9]\d{0,19})$/.test(text)) throw new MalformedRecord(`there is no ${what}`);
  return text;
}

function modeOf(text: string): number {
  if (!/^[0-7]{1,4}$/.test(text)) throw new MalformedRecord('there is no mode');
  return Number.parseInt(text, 8);
}

function idOf(text: string, what: string): number {
  const id = Number(text);
  if (!/^\d{1,10}$/.test(text) || id > 0xffff_ffff) throw new MalformedRecord(`there is no ${what}`);
  return id;
}

function sizeOf(text: string): number {
  const size = Number(text);
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(size)) throw new MalformedRecord('there is no size');
  return size;
}

/** GNU find prints whole seconds, rounded down, and then the nanoseconds that are to be added, also before 1970. */
function timeOf(text: string): Timestamp {
  const [, seconds = '', fraction = ''] = /^(-?\d{1,16})(?:\.(\d{1,10}))?$/.exec(text) ?? [];
  if (seconds === '' || !Number.isSafeInteger(Number(seconds))) throw new MalformedRecord('there is no time');
  // Not -0.
  return { seconds: Number(seconds) + 0, nanoseconds: Number(fraction.slice(0, 9).padEnd(9, '0')) };
}
