/** Looking at a live file system through koffi. */
import { constants } from 'node:fs';
import { constants as osConstants } from 'node:os';
import type Koffi from 'koffi';
import { type ByteString, fromBytes } from '../base/index.ts';
import { cString, terminated } from './c-string.ts';
import { procPath } from './calls.ts';
import type { FileLook, LookCalls } from './look-calls.ts';
import { refused } from './refused.ts';

const { O_CLOEXEC = 0o2000000, R_OK } = constants as typeof constants & { O_CLOEXEC?: number };
const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_EACCESS = 0x200;
const AT_NO_AUTOMOUNT = 0x800;
const AT_EMPTY_PATH = 0x1000;
const STATX_BASIC_STATS = 0x7ff;
const STATX_ATTR_MOUNT_ROOT = 0x2000;
const SEEK_SET = 0;
const getdents64Number = process.arch === 'arm64' ? 61 : 217;
/** Since Linux 6.13, with the same number everywhere. */
const listxattratNumber = 465;
const { EINTR, ENODATA, ENOSYS, EOPNOTSUPP, EPERM, ERANGE } = osConstants.errno;

/** Few inodes have so many xattr names; the kernel takes fresh memory of the size that it is offered. */
const usualListBytes = 512;
/** The most the kernel gives (XATTR_LIST_MAX, XATTR_SIZE_MAX). */
const mostXattrBytes = 65_536;
const direntBytes = 65_536;
const mostLinkBytes = 4096;
const nothing: ByteString[] = [];

/** Where the fields of `struct statx` are, counted in 32-bit words. */
const word = {
  attributes: 2,
  links: 4,
  uid: 5,
  gid: 6,
  mode: 7,
  inode: 8,
  size: 10,
  attributesKnown: 14,
  ctime: 24,
  mtime: 28,
  node: 32,
  device: 34,
} as const;

export function nativeLooks(koffi: typeof Koffi): LookCalls {
  const libc = koffi.load(null);
  const declare = (signature: string) => libc.func(signature) as (...values: readonly unknown[]) => number;
  const statx = declare('int statx(int, const void *, int, uint32_t, void *)');
  const syscall = declare('long syscall(long, long, const void *, long, const void *, long)');
  const lseek = declare('int64_t lseek(int, int64_t, int)');
  const openat = declare('int openat(int, const void *, int, int)');
  const readlinkat = declare('int64_t readlinkat(int, const void *, void *, size_t)');
  const llistxattr = declare('int64_t llistxattr(const void *, void *, size_t)');
  const flistxattr = declare('int64_t flistxattr(int, void *, size_t)');
  const lgetxattr = declare('int64_t lgetxattr(const void *, const void *, void *, size_t)');
  const fgetxattr = declare('int64_t fgetxattr(int, const void *, void *, size_t)');
  const faccessat = declare('int faccessat(int, const void *, int, int)');

  const path = Buffer.alloc(8192);
  const second = Buffer.alloc(512);
  const empty = Buffer.alloc(1);
  const words = new Uint32Array(64);
  const dirents = Buffer.allocUnsafeSlow(direntBytes);
  const bytes = Buffer.allocUnsafeSlow(mostXattrBytes);
  let isListxattratKnown = true;
  /** What stands in `path`. */
  let written: ByteString | undefined;

  const run = (operation: string, name: ByteString, call: () => number): number => {
    for (;;) {
      const result = call();
      if (result >= 0) return result;
      const errno = koffi.errno();
      if (errno !== EINTR) throw refused(operation, name, errno);
    }
  };

  /** Of one name several things are asked, one after the other. */
  const nameText = (name: ByteString): Buffer => {
    if (name === written) return path;
    const text = cString(path, name);
    if (text === path) written = name;
    return text;
  };

  const look = (directory: number, name: ByteString, flags: number, found: FileLook): void => {
    const text = name === '' ? empty : nameText(name);
    if (statx(directory, text, flags, STATX_BASIC_STATS, words) < 0) {
      run('stat', name, () => statx(directory, text, flags, STATX_BASIC_STATS, words));
    }
    fill(found, words);
  };

  /** A call that gives a list or value, first with little room where that is usually enough. */
  const readXattrBytes = (name: ByteString, call: (room: number) => number): Buffer | undefined => {
    for (let room = usualListBytes; ; room = mostXattrBytes) {
      const length = call(room);
      if (length >= 0) return bytes.subarray(0, length);
      const errno = koffi.errno();
      if (errno === ENODATA || errno === EOPNOTSUPP) return undefined;
      if (errno !== EINTR && (errno !== ERANGE || room === mostXattrBytes)) throw refused('xattr', name, errno);
    }
  };

  const listBy = (name: ByteString, call: (room: number) => number): ByteString[] => {
    const list = readXattrBytes(name, call);
    return list === undefined || list.length === 0 ? nothing : splitNames(list);
  };

  const listByPath = (directory: number, name: ByteString): ByteString[] => {
    const full = terminated(procPath(directory, name));
    return listBy(name, (room) => llistxattr(full, bytes, room));
  };

  return {
    look: (directory, name, found) => look(directory, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, found),
    lookAt: (file, found) => look(file, '' as ByteString, AT_EMPTY_PATH, found),
    readNames: (directory) => {
      run('read', '' as ByteString, () => lseek(directory, 0, SEEK_SET));
      const names: ByteString[] = [];
      const more = (): number => syscall(getdents64Number, directory, dirents, direntBytes, null, 0);
      for (let length = run('read', '' as ByteString, more); length > 0; length = run('read', '' as ByteString, more)) {
        addNames(dirents, length, names);
      }
      return names;
    },
    readLink: (directory, name) => {
      const text = nameText(name);
      const length = run('readlink', name, () => readlinkat(directory, text, bytes, mostLinkBytes));
      return fromBytes(bytes, 0, length);
    },
    listXattrs: (directory, name) => {
      if (!isListxattratKnown) return listByPath(directory, name);
      const text = nameText(name);
      const length = syscall(listxattratNumber, directory, text, AT_SYMLINK_NOFOLLOW, bytes, usualListBytes);
      if (length === 0) return nothing;
      if (length > 0) return splitNames(bytes.subarray(0, length));
      // A container's filter for calls it does not know may say EPERM.
      const errno = koffi.errno();
      if (errno === EOPNOTSUPP) return nothing;
      if (errno === ENOSYS || errno === EPERM) isListxattratKnown = false;
      return listByPath(directory, name);
    },
    listXattrsOf: (file) => listBy('' as ByteString, (room) => flistxattr(file, bytes, room)),
    readXattr: (directory, name, xattr) => {
      const full = terminated(procPath(directory, name));
      const key = cString(second, xattr);
      const value = readXattrBytes(name, (room) => lgetxattr(full, key, bytes, room));
      return value && new Uint8Array(value);
    },
    readXattrOf: (file, xattr) => {
      const key = cString(second, xattr);
      const value = readXattrBytes(xattr, (room) => fgetxattr(file, key, bytes, room));
      return value && new Uint8Array(value);
    },
    mayRead: (directory, name) => faccessat(directory, nameText(name), R_OK, AT_SYMLINK_NOFOLLOW | AT_EACCESS) === 0,
    reopen: (file, flags) => {
      const handle = terminated(Buffer.from(`/proc/self/fd/${file}`));
      return run('open', '' as ByteString, () => openat(AT_FDCWD, handle, flags | O_CLOEXEC, 0));
    },
  };
}

function fill(found: FileLook, words: Uint32Array): void {
  const at = (index: number): number => words[index] ?? 0;
  found.links = at(word.links);
  found.uid = at(word.uid);
  found.gid = at(word.gid);
  found.mode = at(word.mode) & 0xffff;
  found.inodeLow = at(word.inode);
  found.inodeHigh = at(word.inode + 1);
  found.size = at(word.size) + at(word.size + 1) * 2 ** 32;
  found.ctimeSeconds = at(word.ctime) + (at(word.ctime + 1) | 0) * 2 ** 32;
  found.ctimeNanoseconds = at(word.ctime + 2);
  found.mtimeSeconds = at(word.mtime) + (at(word.mtime + 1) | 0) * 2 ** 32;
  found.mtimeNanoseconds = at(word.mtime + 2);
  found.nodeMajor = at(word.node);
  found.nodeMinor = at(word.node + 1);
  found.deviceMajor = at(word.device);
  found.deviceMinor = at(word.device + 1);
  const isTold = (at(word.attributesKnown) & STATX_ATTR_MOUNT_ROOT) !== 0;
  found.isMountPoint = isTold ? (at(word.attributes) & STATX_ATTR_MOUNT_ROOT) !== 0 : undefined;
}

const dot = 0x2e;

/** Of `struct linux_dirent64`: the length of the record is at 16, the name at 19. */
function addNames(dirents: Buffer, length: number, names: ByteString[]): void {
  for (let at = 0; at < length; at += dirents.readUInt16LE(at + 16)) {
    const start = at + 19;
    let end = start;
    while ((dirents[end] ?? 0) !== 0) end++;
    const isDots = dirents[start] === dot && (end === start + 1 || (end === start + 2 && dirents[start + 1] === dot));
    if (!isDots) names.push(dirents.toString('latin1', start, end) as ByteString);
  }
}

function splitNames(list: Buffer): ByteString[] {
  const names: ByteString[] = [];
  for (let at = 0; at < list.length;) {
    const found = list.indexOf(0, at);
    const end = found < 0 ? list.length : found;
    names.push(list.toString('latin1', at, end) as ByteString);
    at = end + 1;
  }
  return names;
}
