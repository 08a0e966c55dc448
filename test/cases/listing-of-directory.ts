/** A real directory as a listing, read with nothing but lstat, readlink, the bytes and getfattr. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { type BigIntStats, closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { type ByteString, fromBytes, toBytes } from '../../src/base/index.ts';
import { type Facts, listedNanoseconds, rootPath, type TreeListing, withGroups } from './tree-listing.ts';

/** Whether `getfattr` is installed; without it every listing of a directory has no xattrs. */
export const xattrsReadable = spawnSync('getfattr', ['--version']).status === 0;

/** Everything below a directory, the directory itself as `.`; xattrs that the machine's SELinux adds are left out. */
export function listingOfDirectory(directory: string): TreeListing {
  const root = Buffer.from(directory);
  const facts = new Map<ByteString, Facts>();
  const inodes = new Map<ByteString, string>();
  const xattrs = readXattrs(directory);
  const visit = (path: ByteString): void => {
    const full = path === rootPath ? root : Buffer.concat([root, Buffer.from('/'), toBytes(path)]);
    const stat = lstatSync(full, { bigint: true });
    facts.set(path, factsOf(full, stat, xattrs.get(fromBytes(full)) ?? []));
    inodes.set(path, stat.isDirectory() ? path : `${stat.dev}:${stat.ino}`);
    if (!stat.isDirectory()) return;
    for (const name of readdirSync(full, { encoding: 'buffer' })) {
      visit((path === rootPath ? fromBytes(name) : `${path}/${fromBytes(name)}`) as ByteString);
    }
  };
  visit(rootPath);
  return withGroups(facts, (path) => inodes.get(path));
}

function factsOf(path: Buffer, stat: BigIntStats, xattrs: Facts['xattrs']): Facts {
  const kind = kindOf(stat);
  const device = Number(stat.rdev);
  return {
    kind,
    mode: Number(stat.mode & 0o7777n),
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    mtime: listedNanoseconds(stat.mtimeNs),
    ...(kind === 'file' ? { content: contentOf(path, Number(stat.size)) } : {}),
    ...(kind === 'symlink' ? { linkText: fromBytes(readlinkSync(path, { encoding: 'buffer' })) } : {}),
    ...(kind === 'char' || kind === 'block'
      ? { device: `${(device >>> 8) & 0xfff}:${(device & 0xff) | ((device >>> 12) & 0xfff00)}` }
      : {}),
    xattrs,
  };
}

function kindOf(stat: BigIntStats): Facts['kind'] {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  if (stat.isSymbolicLink()) return 'symlink';
  if (stat.isCharacterDevice()) return 'char';
  if (stat.isBlockDevice()) return 'block';
  if (stat.isFIFO()) return 'fifo';
  throw new Error('a socket cannot come out of an image');
}

const chunk = Buffer.allocUnsafe(1024 * 1024);

function contentOf(path: Buffer, size: number): NonNullable<Facts['content']> {
  const hash = createHash('sha256');
  const descriptor = openSync(path, 'r');
  try {
    for (let length = readSync(descriptor, chunk); length > 0; length = readSync(descriptor, chunk)) {
      hash.update(chunk.subarray(0, length));
    }
  } finally {
    closeSync(descriptor);
  }
  return { sha256: hash.digest('hex'), size };
}

/** One getfattr call for everything: paths as raw byte strings, to their xattrs. */
function readXattrs(directory: string): ReadonlyMap<ByteString, Facts['xattrs']> {
  const found = new Map<ByteString, Facts['xattrs']>();
  if (!xattrsReadable) return found;
  const flags = ['-R', '-P', '-d', '-m', '-', '-h', '-e', 'hex', '--absolute-names', '--'];
  const output = spawnSync('getfattr', [...flags, directory], { maxBuffer: 1024 ** 3 }).stdout.toString('latin1');
  for (const paragraph of output.split('\n\n')) {
    const [heading, ...lines] = paragraph.split('\n').filter((line) => line !== '');
    if (heading === undefined) continue;
    const xattrs = lines.map(xattrOf).filter(([name]) => name !== 'security.selinux');
    found.set(
      unquoted(heading.replace(/^# file: /, '')),
      xattrs.sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  }
  return found;
}

function xattrOf(line: string): [ByteString, string] {
  const equals = line.lastIndexOf('=');
  if (equals < 0) return [unquoted(line), ''];
  return [
    unquoted(line.slice(0, equals)),
    line
      .slice(equals + 1)
      .replace(/^0x|^"/, '')
      .replace(/"$/, ''),
  ];
}

/** getfattr writes some bytes as a backslash and three octal digits. */
function unquoted(text: string): ByteString {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8))) as ByteString;
}
