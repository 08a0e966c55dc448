/** The file system calls Holdfast needs, all relative to a directory handle and one name: nothing is ever resolved. */
import type { ByteString, Timestamp } from '../base/index.ts';
import type { LookCalls } from './look-calls.ts';

/** What identifies a placed inode, tells whether it was changed since, and what the system made of its attributes. */
export interface FileIdentity {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly isMountPoint: boolean;
  readonly device: bigint;
  readonly inode: bigint;
  readonly size: number;
  readonly mtime: Timestamp;
  readonly ctime: Timestamp;
}

/**
 * A name is always one component: never empty, ".", ".." or with a "/".
 * Every call throws HOST_REFUSED with the errno when the system refuses.
 */
export interface HostCalls extends LookCalls {
  /** False in the degraded mode without native calls: no xattrs, devices or FIFOs, and whole seconds only. */
  readonly isNative: boolean;
  /** Opens with O_CLOEXEC and O_NOFOLLOW. */
  open(directory: number, name: ByteString, flags: number, mode?: number): number;
  /** Closes what {@link HostCalls.open} opened, and never fails. */
  close(file: number): void;
  /** Closes a file that was written, and fails where a delayed write did. */
  closeWritten(file: number): void;
  makeDirectory(directory: number, name: ByteString, mode: number): void;
  makeSymlink(text: ByteString, directory: number, name: ByteString): void;
  /** Gives what stands at `fromName` (a link itself, not its target) one more name. */
  makeLink(from: number, fromName: ByteString, directory: number, name: ByteString): void;
  makeNode(directory: number, name: ByteString, node: NodeKind): void;
  /** Moves a name; refuses with EEXIST when the new one is taken. */
  rename(from: number, fromName: ByteString, directory: number, name: ByteString): void;
  unlink(directory: number, name: ByteString): void;
  removeDirectory(directory: number, name: ByteString): void;
  /** Never follows a link. Clears set-id bits and file capabilities, so it comes before both. */
  changeOwner(directory: number, name: ByteString, uid: number, gid: number): void;
  changeOwnerOf(file: number, uid: number, gid: number): void;
  changeModeOf(file: number, mode: number): void;
  /** For what cannot be opened (devices, FIFOs); never follows a link. */
  changeMode(directory: number, name: ByteString, mode: number): void;
  /** Sets access and modification time alike. */
  setTimesOf(file: number, mtime: Timestamp): void;
  setTimes(directory: number, name: ByteString, mtime: Timestamp): void;
  setXattrOf(file: number, xattr: ByteString, value: Uint8Array): void;
  setXattr(directory: number, name: ByteString, xattr: ByteString, value: Uint8Array): void;
  /** One that is not there, or that the file system cannot have, counts as removed. */
  removeXattrOf(file: number, xattr: ByteString): void;
  identify(directory: number, name: ByteString): FileIdentity;
  /** The same of what is open; it needs no permission. */
  identifyOpen(file: number): FileIdentity;
  /** Takes an exclusive lock that ends when the file is closed, with the process at the latest. */
  tryLock(file: number): LockOutcome;
  /** Copies within the kernel; returns the bytes copied, which may be fewer, or -1 when it cannot here. */
  copyRange(from: number, fromOffset: number, to: number, length: number): number;
  /** Lets a file have the bytes of another without copying them, and keep them when the other changes; false where it cannot. */
  cloneFile(from: number, to: number): boolean;
  /** Gives an open file one more name; false where it cannot here, or the name is taken. */
  linkOpen(file: number, directory: number, name: ByteString): boolean;
}

/** `held`: another open file has the lock. `unknown`: there are no locks here. */
export type LockOutcome = 'locked' | 'held' | 'unknown';

export interface NodeKind {
  readonly kind: 'char' | 'block' | 'fifo';
  readonly mode: number;
  readonly major: number;
  readonly minor: number;
}

/** The path of a name below an open directory, for calls that Node or the kernel only offer by path. */
export function procPath(directory: number, name: ByteString): Buffer {
  return Buffer.from(`/proc/self/fd/${directory}/${name}`, 'latin1');
}
