/** The record that `unpack` left beside a directory, read again: what was placed, and how it is known. */
import fs from 'node:fs';
import path from 'node:path';
import { fromJsonText, type Timestamp, toBytes } from '../base/index.ts';
import { host } from '../host/index.ts';
import { decodeColumns, readFully } from '../layer/index.ts';
import { type RecordColumns, recordFormat, type RecordHead } from './record-columns.ts';
import { deviceParts } from './record-builder.ts';
import { recordName } from './record-name.ts';

/** A record on memory that all threads can read. */
export interface UnpackRecordFile {
  readonly head: RecordHead;
  readonly columns: RecordColumns;
  /** When it was complete, by the clock of its file system. */
  readonly writtenAt: Timestamp;
  /** The file system it is on, as `FileIdentity` says it. */
  readonly device: bigint;
  /** Who unpacked. */
  readonly uid: number;
  readonly gid: number;
}

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
/** A record of five million names, with long ones. */
const mostBytes = 2 ** 31 - 1;

/**
 * Finds the record of a directory. One that somebody else could have written is not believed; undefined for that, where there
 * is none, or none that can be read.
 * @param directory absolute, links resolved
 */
export function readUnpackRecord(directory: string): UnpackRecordFile | undefined {
  const name = path.basename(directory);
  if (name === '') return undefined;
  let file: number | undefined;
  try {
    const record = path.join(path.dirname(directory), recordName(name));
    file = fs.openSync(toBytes(fromJsonText(record)), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    return readOpen(file);
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) host.close(file);
  }
}

function readOpen(file: number): UnpackRecordFile | undefined {
  const found = fs.fstatSync(file, { bigint: true });
  if (!isOurs(found) || found.size > mostBytes) return undefined;
  const bytes = Buffer.from(new SharedArrayBuffer(Number(found.size)));
  readFully(file, 0, bytes);
  const decoded = decodeColumns(recordFormat, bytes);
  if (decoded === undefined) return undefined;
  return {
    // The checksum held, and nobody else could have written it.
    head: withOwnDevice(decoded.head as RecordHead, found.dev),
    columns: decoded.columns,
    // Moving the file changes the one, touching it the other.
    writtenAt: timestamp(found.mtimeNs < found.ctimeNs ? found.mtimeNs : found.ctimeNs),
    device: found.dev,
    uid: Number(found.uid),
    gid: Number(found.gid),
  };
}

/**
 * Numbers of devices such as those of btrfs, overlay file systems and tmpfs are given out anew at every mount. A directory on one
 * device is on that of its record, whatever it was called then.
 */
function withOwnDevice(head: RecordHead, device: bigint): RecordHead {
  return head.devices.length === 1 ? { ...head, devices: [deviceParts(device)] } : head;
}

/** Nobody but this user and root can write to it. */
function isOurs({ mode, uid, nlink }: fs.BigIntStats): boolean {
  const isFile = (mode & 0o170000n) === 0o100000n;
  return isFile && nlink === 1n && (mode & 0o022n) === 0n && (uid === 0n || Number(uid) === process.geteuid?.());
}

function timestamp(nanoseconds: bigint): Timestamp {
  const seconds = nanoseconds / 1_000_000_000n;
  return { seconds: Number(seconds), nanoseconds: Number(nanoseconds - seconds * 1_000_000_000n) };
}
