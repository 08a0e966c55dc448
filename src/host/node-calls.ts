/** The calls through node:fs alone: the degraded mode where koffi has no build. */
import fs from 'node:fs';
import { type ByteString, HoldfastError, type Timestamp, toDisplayText } from '../base/index.ts';
import { type FileIdentity, type HostCalls, procPath } from './calls.ts';
import { pathOnly } from './look-calls.ts';
import { nodeLooks } from './node-looks.ts';
import { guarded } from './refused.ts';

/**
 * What cannot be done here is refused with ENOSYS: devices, FIFOs and xattrs. Callers count that as a loss like any
 * other refusal. Times pass through a floating-point number, so most fractions of a second are not exact; who needs
 * them so has to look.
 */
export function nodeCalls(): HostCalls {
  return {
    ...nodeLooks(),
    isNative: false,
    open: (directory, name, flags, mode = 0) =>
      guarded('open', name, () => fs.openSync(procPath(directory, name), flags | fs.constants.O_NOFOLLOW, mode)),
    close: (file) => {
      try {
        fs.closeSync(file);
      } catch {
        // Only who wrote something needs to know.
      }
    },
    closeWritten: (file) => guarded('close', '' as ByteString, () => fs.closeSync(file)),
    makeDirectory: (directory, name, mode) =>
      guarded('mkdir', name, () => {
        fs.mkdirSync(procPath(directory, name), { mode });
      }),
    makeSymlink: (text, directory, name) =>
      guarded('symlink', name, () => fs.symlinkSync(Buffer.from(text, 'latin1'), procPath(directory, name))),
    makeLink: (from, fromName, directory, name) =>
      guarded('link', name, () => fs.linkSync(procPath(from, fromName), procPath(directory, name))),
    makeNode: (_directory, name) => notHere('mknod', name),
    rename: (from, fromName, directory, name) =>
      guarded('rename', name, () => renameIntoNothing(procPath(from, fromName), procPath(directory, name))),
    unlink: (directory, name) => guarded('unlink', name, () => fs.unlinkSync(procPath(directory, name))),
    removeDirectory: (directory, name) => guarded('rmdir', name, () => fs.rmdirSync(procPath(directory, name))),
    changeOwner: (directory, name, uid, gid) =>
      guarded('chown', name, () => fs.lchownSync(procPath(directory, name), uid, gid)),
    changeOwnerOf: (file, uid, gid) => guarded('chown', '' as ByteString, () => fs.fchownSync(file, uid, gid)),
    changeModeOf: (file, mode) => guarded('chmod', '' as ByteString, () => fs.fchmodSync(file, mode)),
    changeMode: (directory, name, mode) => guarded('chmod', name, () => changeMode(procPath(directory, name), mode)),
    setTimesOf: (file, mtime) =>
      guarded('utimens', '' as ByteString, () => fs.futimesSync(file, toSeconds(mtime), toSeconds(mtime))),
    setTimes: (directory, name, mtime) =>
      guarded('utimens', name, () => fs.lutimesSync(procPath(directory, name), toSeconds(mtime), toSeconds(mtime))),
    setXattrOf: (_file, xattr) => notHere('setxattr', xattr),
    setXattr: (_directory, _name, xattr) => notHere('setxattr', xattr),
    identify: (directory, name) => guarded('stat', name, () => identify(procPath(directory, name))),
    identifyOpen: (file) =>
      guarded('stat', '' as ByteString, () => identityOf(fs.fstatSync(file, { bigint: true }), false)),
    removeXattrOf: () => {},
    // Without flock(2) a leftover cannot be told from a run under way.
    tryLock: () => 'unknown',
    copyRange: () => -1,
    cloneFile: () => false,
    linkOpen: () => false,
  };
}

function notHere(operation: string, name: ByteString): never {
  throw new HoldfastError('HOST_REFUSED', { operation, path: toDisplayText(name), errno: 'ENOSYS' });
}

/** As text, because Node takes a negative number for the present time. */
function toSeconds(time: Timestamp): string {
  return String(time.seconds + time.nanoseconds / 1e9);
}

/** rename(2) would replace; staging directories are private, so nothing can appear between check and rename. */
function renameIntoNothing(from: Buffer, to: Buffer): void {
  if (fs.lstatSync(to, { throwIfNoEntry: false }) !== undefined) {
    throw Object.assign(new Error('exists'), { code: 'EEXIST', syscall: 'rename' });
  }
  fs.renameSync(from, to);
}

/** As the native call: through a handle, so that a link is refused and never followed. */
function changeMode(path: Buffer, mode: number): void {
  const file = fs.openSync(path, pathOnly | fs.constants.O_NOFOLLOW);
  try {
    fs.chmodSync(`/proc/self/fd/${file}`, mode);
  } finally {
    fs.closeSync(file);
  }
}

function identify(path: Buffer): FileIdentity {
  const facts = fs.lstatSync(path, { bigint: true });
  const above = (): fs.BigIntStats => fs.lstatSync(Buffer.concat([path, Buffer.from('/..')]), { bigint: true });
  return identityOf(facts, facts.isDirectory() && facts.dev !== above().dev);
}

function identityOf(facts: fs.BigIntStats, isMountPoint: boolean): FileIdentity {
  return {
    device: facts.dev,
    inode: facts.ino,
    size: Number(facts.size),
    mtime: fromNanoseconds(facts.mtimeNs),
    ctime: fromNanoseconds(facts.ctimeNs),
    uid: Number(facts.uid),
    gid: Number(facts.gid),
    mode: Number(facts.mode) & 0o7777,
    isMountPoint,
  };
}

function fromNanoseconds(total: bigint): Timestamp {
  const nanoseconds = ((total % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return { seconds: Number((total - nanoseconds) / 1_000_000_000n), nanoseconds: Number(nanoseconds) };
}
