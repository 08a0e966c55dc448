/** The calls that look at a live file system: what a scan asks of each name. */
import type { ByteString } from '../base/index.ts';

/** What `mode` says of the kind, in the bits of stat(2). */
export const fileTypes = {
  mask: 0o170000,
  socket: 0o140000,
  symlink: 0o120000,
  file: 0o100000,
  block: 0o060000,
  directory: 0o040000,
  char: 0o020000,
  fifo: 0o010000,
} as const;

/**
 * What was found at a name. One such object is filled again and again, because an object for each of a million names
 * costs more than the calls; for the same reason wide numbers are in two parts.
 */
export class FileLook {
  /** With the bits of {@link fileTypes}. */
  mode = 0;
  /** How many names the system says there are. */
  links = 0;
  uid = 0;
  gid = 0;
  size = 0;
  mtimeSeconds = 0;
  mtimeNanoseconds = 0;
  ctimeSeconds = 0;
  ctimeNanoseconds = 0;
  /** The 32 low bits of the inode number, and the others. */
  inodeLow = 0;
  inodeHigh = 0;
  /** The device that the inode is on. */
  deviceMajor = 0;
  deviceMinor = 0;
  /** The device that the inode is, for a device node. */
  nodeMajor = 0;
  nodeMinor = 0;
  /** Whether something is mounted at the name; undefined where the system does not say. */
  isMountPoint: boolean | undefined = undefined;
}

/** Looking changes nothing but access times. Every call throws HOST_REFUSED with the errno when the system refuses. */
export interface LookCalls {
  /** What stands at a name, a link itself included; nothing is mounted for it. */
  readonly look: (directory: number, name: ByteString, found: FileLook) => void;
  /** The same of what is open. */
  readonly lookAt: (file: number, found: FileLook) => void;
  /** The names in an open directory, from its beginning, in no particular order. */
  readonly readNames: (directory: number) => ByteString[];
  readonly readLink: (directory: number, name: ByteString) => ByteString;
  /** The xattrs that this process may see; none where the file system has none, or without native calls. */
  readonly listXattrs: (directory: number, name: ByteString) => ByteString[];
  readonly listXattrsOf: (file: number) => ByteString[];
  /** Undefined when it is gone. */
  readonly readXattr: (directory: number, name: ByteString, xattr: ByteString) => Uint8Array | undefined;
  readonly readXattrOf: (file: number, xattr: ByteString) => Uint8Array | undefined;
  /** Whether this process may read the content of what stands at a name that is no link. */
  readonly mayRead: (directory: number, name: ByteString) => boolean;
  /** Opens what a handle made with {@link pathOnly} leads to, wherever its name may lead by now. */
  readonly reopen: (file: number, flags: number) => number;
}

/** For `open`: a handle that only tells what stands there. It opens no device and needs no permission to read. */
export const pathOnly = 0o10000000;

/** Linux's encoding of a device number in 64 bits (makedev(3)). */
export function deviceNumber(major: number, minor: number): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)];
  return (low & 0xffn) | ((high & 0xfffn) << 8n) | ((low & ~0xffn) << 12n) | ((high & ~0xfffn) << 32n);
}
