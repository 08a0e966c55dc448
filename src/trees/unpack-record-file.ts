/** The record that `unpack` left beside a directory, read again: what was placed, and how it is known. */
import fs from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type ByteString, fromJsonText, toBytes } from '../base/index.ts';
import { host, type IdMap, type IdRange } from '../host/index.ts';

export interface RecordHead {
  /** Digest of the manifest that was unpacked. */
  readonly digest: string;
  /** How many layers of the image, from the bottom. */
  readonly layers: number;
  /** How conflicts were decided. */
  readonly onConflict: string;
  /** What ids of the image became on disk. */
  readonly uidMap: IdMap;
  readonly gidMap: IdMap;
}

/** One name as it was placed; what it says of times is in the form of `formatTimestamp`. */
export interface RecordedPath {
  readonly path: ByteString;
  /** Undefined for what the file system could not hold at all. */
  readonly identity?: {
    readonly device: string;
    readonly inode: string;
    readonly size: number;
    readonly mtime: string;
    readonly ctime: string;
  };
  /** Whether not all of its attributes are on disk as the image has them. */
  readonly isLossy: boolean;
}

export interface UnpackRecordFile extends Disposable {
  readonly head: RecordHead;
  /** When it was complete, by the clock of its file system: nanoseconds since 1970. */
  readonly writtenAt: bigint;
  /** The file system it is on, as `FileIdentity` says it. */
  readonly device: bigint;
  /** Who unpacked. */
  readonly uid: number;
  readonly gid: number;
  /** Lines that make no sense are left out, and whatever follows the first that has no end. */
  paths(): AsyncGenerator<RecordedPath>;
}

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
const chunkBytes = 1024 * 1024;
/** A line is longer only with xattrs that nothing else would be longer for. */
const longestLine = 8 * 1024 * 1024;

/**
 * Finds the record of a directory. One that somebody else could have written is not believed; undefined for that, where there
 * is none, or none that can be read.
 * @param directory absolute, links resolved
 */
export function readUnpackRecord(directory: string): UnpackRecordFile | undefined {
  const name = path.basename(directory);
  if (name === '') return undefined;
  const file = openFile(path.join(path.dirname(directory), `.${name}.holdfast`));
  if (file === undefined) return undefined;
  const found = fs.fstatSync(file, { bigint: true });
  const [first] = linesIn(file, 0);
  const head = first && headOf(first.line);
  if (first === undefined || head === undefined || !isOurs(found)) {
    host.close(file);
    return undefined;
  }
  return {
    head,
    // Moving the file changes the one, touching it the other.
    writtenAt: found.mtimeNs < found.ctimeNs ? found.mtimeNs : found.ctimeNs,
    device: found.dev,
    uid: Number(found.uid),
    gid: Number(found.gid),
    paths: () => pathsIn(file, first.end),
    [Symbol.dispose]: () => host.close(file),
  };
}

function openFile(record: string): number | undefined {
  try {
    return fs.openSync(toBytes(fromJsonText(record)), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch {
    return undefined;
  }
}

/** Nobody but this user and root can write to it. */
function isOurs({ mode, uid, nlink }: fs.BigIntStats): boolean {
  const isFile = (mode & 0o170000n) === 0o100000n;
  return isFile && nlink === 1n && (mode & 0o022n) === 0n && (uid === 0n || Number(uid) === process.geteuid?.());
}

function headOf(line: string): RecordHead | undefined {
  const { holdfast, digest, layers, onConflict, uidMap, gidMap } = objectOf(line);
  const isKnown = holdfast === 1 && typeof digest === 'string' && typeof layers === 'number';
  if (!isKnown || typeof onConflict !== 'string' || !isIdMap(uidMap) || !isIdMap(gidMap)) return undefined;
  return { digest, layers, onConflict, uidMap, gidMap };
}

function isIdMap(value: unknown): value is IdMap {
  return Array.isArray(value) && value.every(isIdRange);
}

function isIdRange(value: unknown): value is IdRange {
  if (typeof value !== 'object' || value === null) return false;
  const { image, host: onHost, size } = value as Readonly<Record<string, unknown>>;
  return [image, onHost, size].every((part) => Number.isSafeInteger(part) && Number(part) >= 0);
}

async function* pathsIn(file: number, start: number): AsyncGenerator<RecordedPath> {
  let count = 0;
  for (const { line } of linesIn(file, start)) {
    const recorded = recordedPath(objectOf(line));
    if (recorded !== undefined) yield recorded;
    if (++count % 4000 === 0) await setImmediate();
  }
}

function recordedPath(line: Record<string, unknown>): RecordedPath | undefined {
  const { path: name, device, inode, size, mtime, ctime, attributes } = line;
  if (typeof name !== 'string') return undefined;
  const own = { path: name === '.' ? ('' as ByteString) : fromJsonText(name), isLossy: attributes !== undefined };
  if (device === undefined && inode === undefined) return own;
  const isWhole = typeof device === 'string' && typeof inode === 'string' && typeof size === 'number';
  if (!isWhole || typeof mtime !== 'string' || typeof ctime !== 'string') return undefined;
  return { ...own, identity: { device, inode, size, mtime, ctime } };
}

function objectOf(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Lines with the position behind them. */
function* linesIn(file: number, start: number): Generator<{ readonly line: string; readonly end: number }> {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  let rest = Buffer.alloc(0);
  let at = start;
  for (let count = read(file, buffer, at); count > 0 && rest.length < longestLine; count = read(file, buffer, at)) {
    const whole = Buffer.concat([rest, buffer.subarray(0, count)]);
    const from = at - rest.length;
    at += count;
    let begin = 0;
    for (let end = whole.indexOf(10); end >= 0; end = whole.indexOf(10, begin)) {
      yield { line: whole.toString('utf8', begin, end), end: from + end + 1 };
      begin = end + 1;
    }
    rest = Buffer.from(whole.subarray(begin));
  }
}

function read(file: number, buffer: Buffer, position: number): number {
  try {
    return fs.readSync(file, buffer, 0, buffer.length, position);
  } catch {
    return 0;
  }
}
