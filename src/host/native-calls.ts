/** The calls through koffi. */
import { constants } from 'node:fs';
import { constants as osConstants } from 'node:os';
import type Koffi from 'koffi';
import type { ByteString, Timestamp } from '../base/index.ts';
import { cString, terminated } from './c-string.ts';
import { type FileIdentity, type HostCalls, type NodeKind, procPath } from './calls.ts';
import { deviceNumber, pathOnly } from './look-calls.ts';
import { nativeLooks } from './native-looks.ts';
import { refused } from './refused.ts';

const { O_CLOEXEC = 0o2000000 } = constants as { O_CLOEXEC?: number };
const { O_NOFOLLOW } = constants;
const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const AT_SYMLINK_FOLLOW = 0x400;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_REMOVEDIR = 0x200;
const RENAME_NOREPLACE = 1;
const STATX_BASIC_STATS = 0x7ff;
const STATX_ATTR_MOUNT_ROOT = 0x2000n;
const LOCK_EX_NB = 2 | 4;
const FICLONE = 0x40049409;
const kindBits = { char: 0o020000, block: 0o060000, fifo: 0o010000 } as const;
const renameat2Number = process.arch === 'arm64' ? 276 : 316;
const { EINTR, EWOULDBLOCK, EINVAL, ENODATA, ENOENT, ENOLCK, ENOSYS, EOPNOTSUPP, EPERM, EXDEV } = osConstants.errno;
const { EBADF, EEXIST, EMLINK, ENOTTY } = osConstants.errno;

const textBytes = 8192;

/** The calls through the C library's functions in this process. */
export function nativeCalls(koffi: typeof Koffi): HostCalls {
  const libc = koffi.load(null);
  const declare = (signature: string) => libc.func(signature) as (...values: readonly unknown[]) => number;
  const openat = declare('int openat(int, const void *, int, int)');
  const close = declare('int close(int)');
  const mkdirat = declare('int mkdirat(int, const void *, int)');
  const symlinkat = declare('int symlinkat(const void *, int, const void *)');
  const linkat = declare('int linkat(int, const void *, int, const void *, int)');
  const mknodat = declare('int mknodat(int, const void *, uint32_t, uint64_t)');
  const syscall = declare('long syscall(long, long, const void *, long, const void *, long)');
  const unlinkat = declare('int unlinkat(int, const void *, int)');
  const fchownat = declare('int fchownat(int, const void *, uint32_t, uint32_t, int)');
  const fchmod = declare('int fchmod(int, uint32_t)');
  const chmod = declare('int chmod(const void *, uint32_t)');
  const utimensat = declare('int utimensat(int, const void *, const void *, int)');
  const futimens = declare('int futimens(int, const void *)');
  const renameat = declare('int renameat(int, const void *, int, const void *)');
  const fremovexattr = declare('int fremovexattr(int, const void *)');
  const fsetxattr = declare('int fsetxattr(int, const void *, const void *, size_t, int)');
  const lsetxattr = declare('int lsetxattr(const void *, const void *, const void *, size_t, int)');
  const statx = declare('int statx(int, const void *, int, uint32_t, void *)');
  const flock = declare('int flock(int, int)');
  const ioctl = declare('int ioctl(int, unsigned long, int)');
  const copyFileRange = declare('int64_t copy_file_range(int, void *, int, void *, size_t, uint32_t)');

  const first = Buffer.alloc(textBytes);
  const second = Buffer.alloc(textBytes);
  const empty = Buffer.alloc(1);
  const times = Buffer.alloc(32);
  const status = Buffer.alloc(256);
  const offset = Buffer.alloc(8);

  const run = (operation: string, name: ByteString, call: () => number): number => {
    for (;;) {
      const result = call();
      if (result >= 0) return result;
      const errno = koffi.errno();
      if (errno !== EINTR) throw refused(operation, name, errno);
    }
  };

  const timesOf = (mtime: Timestamp): Buffer => {
    for (const at of [0, 16]) {
      times.writeBigInt64LE(BigInt(mtime.seconds), at);
      times.writeBigInt64LE(BigInt(mtime.nanoseconds), at + 8);
    }
    return times;
  };

  const identify = (directory: number, name: ByteString, flags: number): FileIdentity => {
    const path = cString(first, name);
    run('stat', name, () => statx(directory, path, flags, STATX_BASIC_STATS, status));
    return {
      inode: status.readBigUInt64LE(32),
      size: Number(status.readBigUInt64LE(40)),
      ctime: { seconds: Number(status.readBigInt64LE(96)), nanoseconds: status.readUInt32LE(104) },
      mtime: { seconds: Number(status.readBigInt64LE(112)), nanoseconds: status.readUInt32LE(120) },
      device: deviceNumber(status.readUInt32LE(136), status.readUInt32LE(140)),
      uid: status.readUInt32LE(20),
      gid: status.readUInt32LE(24),
      mode: status.readUInt16LE(28) & 0o7777,
      isMountPoint: (status.readBigUInt64LE(8) & STATX_ATTR_MOUNT_ROOT) !== 0n,
    };
  };

  const exists = (directory: number, name: ByteString): boolean => {
    const path = cString(first, name);
    return statx(directory, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, status) >= 0 || koffi.errno() !== ENOENT;
  };

  return {
    ...nativeLooks(koffi),
    isNative: true,
    open: (directory, name, flags, mode = 0) => {
      const path = cString(first, name);
      return run('open', name, () => openat(directory, path, flags | O_CLOEXEC | O_NOFOLLOW, mode));
    },
    close: (file) => {
      close(file);
    },
    closeWritten: (file) => {
      if (close(file) < 0 && koffi.errno() !== EINTR) throw refused('close', '' as ByteString, koffi.errno());
    },
    makeDirectory: (directory, name, mode) => {
      run('mkdir', name, () => mkdirat(directory, cString(first, name), mode));
    },
    makeSymlink: (text, directory, name) => {
      run('symlink', name, () => symlinkat(cString(second, text), directory, cString(first, name)));
    },
    makeLink: (from, fromName, directory, name) => {
      run('link', name, () => linkat(from, cString(second, fromName), directory, cString(first, name), 0));
    },
    makeNode: (directory, name, node: NodeKind) => {
      const number = deviceNumber(node.major, node.minor);
      run('mknod', name, () => mknodat(directory, cString(first, name), kindBits[node.kind] | node.mode, number));
    },
    rename: (from, fromName, directory, name) => {
      const [old, next] = [cString(second, fromName), cString(first, name)];
      if (syscall(renameat2Number, from, old, directory, next, RENAME_NOREPLACE) >= 0) return;
      const errno = koffi.errno();
      // NFS, for one, knows no flags. Between this look and the rename nothing can appear in a private directory.
      if ((errno !== EINVAL && errno !== ENOSYS) || exists(directory, name)) throw refused('rename', name, errno);
      run('rename', name, () => renameat(from, cString(second, fromName), directory, cString(first, name)));
    },
    unlink: (directory, name) => {
      run('unlink', name, () => unlinkat(directory, cString(first, name), 0));
    },
    removeDirectory: (directory, name) => {
      run('rmdir', name, () => unlinkat(directory, cString(first, name), AT_REMOVEDIR));
    },
    changeOwner: (directory, name, uid, gid) => {
      run('chown', name, () => fchownat(directory, cString(first, name), uid, gid, AT_SYMLINK_NOFOLLOW));
    },
    changeOwnerOf: (file, uid, gid) => {
      run('chown', '' as ByteString, () => fchownat(file, empty, uid, gid, AT_EMPTY_PATH));
    },
    changeModeOf: (file, mode) => {
      run('chmod', '' as ByteString, () => fchmod(file, mode));
    },
    changeMode: (directory, name, mode) => {
      const path = cString(first, name);
      const file = run('open', name, () => openat(directory, path, pathOnly | O_CLOEXEC | O_NOFOLLOW, 0));
      try {
        // fchmod(2) does not take such a handle; through /proc it is that very inode, and a link is refused.
        const inode = terminated(Buffer.from(`/proc/self/fd/${file}`));
        run('chmod', name, () => chmod(inode, mode));
      } finally {
        close(file);
      }
    },
    setTimesOf: (file, mtime) => {
      run('utimens', '' as ByteString, () => futimens(file, timesOf(mtime)));
    },
    setTimes: (directory, name, mtime) => {
      const path = cString(first, name);
      run('utimens', name, () => utimensat(directory, path, timesOf(mtime), AT_SYMLINK_NOFOLLOW));
    },
    setXattrOf: (file, xattr, value) => {
      run('setxattr', xattr, () => fsetxattr(file, cString(first, xattr), value, value.length, 0));
    },
    setXattr: (directory, name, xattr, value) => {
      const path = terminated(procPath(directory, name));
      run('setxattr', name, () => lsetxattr(path, cString(first, xattr), value, value.length, 0));
    },
    removeXattrOf: (file, xattr) => {
      if (fremovexattr(file, cString(first, xattr)) === 0) return;
      const errno = koffi.errno();
      if (errno !== ENODATA && errno !== EOPNOTSUPP) throw refused('removexattr', xattr, errno);
    },
    identify: (directory, name) => identify(directory, name, AT_SYMLINK_NOFOLLOW),
    identifyOpen: (file) => identify(file, '' as ByteString, AT_EMPTY_PATH),
    tryLock: (file) => {
      if (flock(file, LOCK_EX_NB) === 0) return 'locked';
      const errno = koffi.errno();
      if (errno === EWOULDBLOCK) return 'held';
      if ([ENOLCK, ENOSYS, EOPNOTSUPP, EINVAL].includes(errno)) return 'unknown';
      throw refused('flock', '' as ByteString, errno);
    },
    copyRange: (from, fromOffset, to, length) => {
      offset.writeBigInt64LE(BigInt(fromOffset), 0);
      const copied = copyFileRange(from, offset, to, null, length, 0);
      if (copied >= 0) return copied;
      const errno = koffi.errno();
      if ([EINTR, EINVAL, EXDEV, EPERM, ENOSYS, EOPNOTSUPP].includes(errno)) return -1;
      throw refused('copy_file_range', '' as ByteString, errno);
    },
    cloneFile: (from, to) => {
      if (ioctl(to, FICLONE, from) === 0) return true;
      const errno = koffi.errno();
      if ([EBADF, EINTR, EINVAL, EXDEV, EPERM, ENOSYS, ENOTTY, EOPNOTSUPP].includes(errno)) return false;
      throw refused('clone', '' as ByteString, errno);
    },
    linkOpen: (file, directory, name) => {
      const inode = terminated(Buffer.from(`/proc/self/fd/${file}`));
      if (linkat(AT_FDCWD, inode, directory, cString(first, name), AT_SYMLINK_FOLLOW) === 0) return true;
      const errno = koffi.errno();
      if ([EEXIST, EMLINK, ENOENT, EXDEV, EPERM, ENOSYS, EOPNOTSUPP].includes(errno)) return false;
      throw refused('link', name, errno);
    },
  };
}
