/** One thing that goes wrong with a directory, by real calls; everything else stays as it was, times included. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { ByteString, Timestamp } from '../../src/base/index.ts';
import { host } from '../../src/host/index.ts';

interface At {
  /** Absolute. */
  readonly file: string;
  readonly stats: fs.BigIntStats;
  readonly directory: number;
  readonly name: ByteString;
}

/** Undefined where this cannot be done there; otherwise the fault that it has to give. */
type LiveMutation = (at: At) => LiveFault | undefined;

export interface LiveFault {
  readonly kind: string;
  /** The name it has to be told of, where that is another one. */
  readonly name?: string;
}

const added = 'trusted.added' as ByteString;

export const liveMutations: Readonly<Record<string, LiveMutation>> = {
  flippedBit: ({ file, stats }) => {
    if (!stats.isFile() || stats.size === 0n) return undefined;
    const handle = fs.openSync(file, 'r+');
    const byte = Buffer.alloc(1);
    const position = Number(stats.size / 2n);
    fs.readSync(handle, byte, 0, 1, position);
    fs.writeSync(handle, Buffer.from([(byte[0] ?? 0) ^ 4]), 0, 1, position);
    fs.closeSync(handle);
    return { kind: 'content' };
  },
  modeBit: ({ file, stats }) => {
    if (stats.isSymbolicLink()) return undefined;
    fs.chmodSync(file, Number(stats.mode & 0o7777n) ^ 0o1);
    return { kind: 'mode' };
  },
  owner: ({ file, stats }) => {
    fs.lchownSync(file, Number(stats.uid), 77);
    // Changing it takes set-id bits away.
    if (!stats.isSymbolicLink()) fs.chmodSync(file, Number(stats.mode & 0o7777n));
    return { kind: 'owner' };
  },
  nanosecond: ({ directory, name, stats }) => {
    const time = timeOf(stats.mtimeNs);
    host.setTimes(directory, name, { ...time, nanoseconds: (time.nanoseconds + 1) % 1_000_000_000 });
    return { kind: 'mtime' };
  },
  newXattr: ({ directory, name }) => {
    host.setXattr(directory, name, added, Buffer.of(1));
    return { kind: 'xattr' };
  },
  linkText: (at) => {
    if (!at.stats.isSymbolicLink() || at.stats.nlink > 1n || hasXattrs(at)) return undefined;
    const text = fs.readlinkSync(at.file, 'buffer');
    fs.rmSync(at.file);
    fs.symlinkSync(Buffer.concat([text, Buffer.from('x')]), at.file);
    likeBefore(at);
    return { kind: 'symlink' };
  },
  deviceNumber: (at) => {
    const { stats, directory, name, file } = at;
    if (stats.nlink > 1n || hasXattrs(at) || !(stats.isCharacterDevice() || stats.isBlockDevice())) return undefined;
    const kind = stats.isCharacterDevice() ? 'char' : 'block';
    fs.rmSync(file);
    host.makeNode(directory, name, { kind, mode: 0o600, major: 1, minor: 7 });
    likeBefore(at);
    return { kind: 'device' };
  },
  split: ({ file, stats }) => {
    if (stats.nlink < 2n || stats.isDirectory()) return undefined;
    if (spawnSync('cp', ['-a', '--', file, `${file}.copy`]).status !== 0) return undefined;
    fs.renameSync(`${file}.copy`, file);
    return { kind: 'links-split' };
  },
  gone: ({ file, stats }) => {
    if (stats.isDirectory()) return undefined;
    fs.rmSync(file);
    return { kind: stats.nlink > 1n ? 'links-missing' : 'missing' };
  },
  added: ({ file }) => {
    const name = `${path.basename(file)}-new`;
    fs.writeFileSync(path.join(path.dirname(file), name), 'new');
    return { kind: 'extra', name };
  },
  linked: ({ file, stats }) => {
    if (stats.isDirectory()) return undefined;
    const name = `${path.basename(file)}-new`;
    fs.linkSync(file, path.join(path.dirname(file), name));
    return { kind: 'extra', name };
  },
  otherKind: ({ file, stats, directory, name }) => {
    if (stats.isDirectory()) return undefined;
    fs.rmSync(file);
    if (stats.isFIFO()) fs.writeFileSync(file, '');
    else host.makeNode(directory, name, { kind: 'fifo', mode: 0o600, major: 0, minor: 0 });
    return { kind: 'kind' };
  },
};

/** Does it below a root, at a path that is not the root. */
export function mutate(root: string, name: string, relative: string): LiveFault | undefined {
  const file = path.join(root, relative);
  const above = path.dirname(file);
  const [stats, before] = [lstat(file), lstat(above)];
  const directory = fs.openSync(above, 'r');
  try {
    const fault = liveMutations[name]?.({ file, stats, directory, name: path.basename(file) as ByteString });
    const isThere = fs.existsSync(file) && name !== 'nanosecond' && name !== 'otherKind';
    if (isThere) host.setTimes(directory, path.basename(file) as ByteString, timeOf(stats.mtimeNs));
    return fault;
  } finally {
    fs.closeSync(directory);
    keepTime(above, before);
  }
}

/** What is made anew has none. */
function hasXattrs({ file }: At): boolean {
  const { stdout } = spawnSync('getfattr', ['-h', '-m', '-', '--', file], { encoding: 'utf8' });
  return stdout !== '';
}

function lstat(file: string): fs.BigIntStats {
  return fs.lstatSync(file, { bigint: true });
}

function likeBefore({ file, stats, directory, name }: At): void {
  fs.lchownSync(file, Number(stats.uid), Number(stats.gid));
  if (!stats.isSymbolicLink()) fs.chmodSync(file, Number(stats.mode & 0o7777n));
  host.setTimes(directory, name, timeOf(stats.mtimeNs));
}

function keepTime(directory: string, { mtimeNs }: fs.BigIntStats): void {
  const above = fs.openSync(path.dirname(directory), 'r');
  host.setTimes(above, path.basename(directory) as ByteString, timeOf(mtimeNs));
  fs.closeSync(above);
}

function timeOf(time: bigint): Timestamp {
  const seconds = time / 1_000_000_000n - (time % 1_000_000_000n < 0n ? 1n : 0n);
  return { seconds: Number(seconds), nanoseconds: Number(time - seconds * 1_000_000_000n) };
}
