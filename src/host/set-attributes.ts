import { type ByteString, type Timestamp, toDisplayText } from '../base/index.ts';
import { host } from './host.ts';
import { type IdMap, mapId } from './ownership.ts';
import { errnoOf } from './refused.ts';

/** The attributes an inode shall have on disk. */
export interface WantedAttributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: Timestamp;
  readonly xattrs: ReadonlyMap<ByteString, Uint8Array> | undefined;
}

/** How attributes of an image become attributes on disk. Plain data: it goes to worker threads. */
export interface AttributePolicy {
  readonly uidMap: IdMap;
  readonly gidMap: IdMap;
  /** Set xattrs that belong to the host's own policy, such as security.selinux. */
  readonly hostXattrs: boolean;
  /** The owner that a file has when this process creates it there. */
  readonly freshUid: number;
  readonly freshGid: number;
}

/** One attribute the system refused. */
export interface Refusal {
  readonly kind: 'owner' | 'mode' | 'xattr' | 'time';
  readonly detail: string;
}

/** What is being given attributes: an open file, or a name that cannot be opened (links, devices, FIFOs). */
export type AttributeTarget =
  | { readonly file: number }
  | { readonly directory: number; readonly name: ByteString; readonly isSymlink: boolean };

const hostXattr = /^(?:security\.(?:selinux|ima)$|system\.nfs4_acl$|trusted\.overlay\.|user\.overlay\.)/;

/** Whether an xattr belongs to the host's own policy, so that it is set on disk only when asked for. */
export function isHostXattr(xattr: ByteString): boolean {
  return hostXattr.test(xattr);
}

/** What a system says to an attribute it cannot hold; anything else, such as EIO, is a failure. */
const refusals = new Set([
  'EPERM',
  'EACCES',
  'EINVAL',
  'ENOTSUP',
  'EOPNOTSUPP',
  'E2BIG',
  'ERANGE',
  'ENOSYS',
  'EOVERFLOW',
]);

/**
 * Gives an inode its attributes in the one order that keeps them all: owner (clears set-id bits and capabilities),
 * xattrs, mode, times. Returns what the system refused.
 * @throws HOST_REFUSED for any other failure
 */
export function setAttributes(target: AttributeTarget, wanted: WantedAttributes, policy: AttributePolicy): Refusal[] {
  const refused: Refusal[] = [];
  const attempt = (kind: Refusal['kind'], detail: string, call: () => void): void => {
    try {
      call();
    } catch (error) {
      const errno = errnoOf(error);
      const isRefusal = errno !== undefined && (refusals.has(errno) || (kind === 'xattr' && errno === 'ENOSPC'));
      if (!isRefusal) throw error;
      refused.push({ kind, detail: `${detail} (${errno})` });
    }
  };
  const [uid, gid] = [mapId(policy.uidMap, wanted.uid), mapId(policy.gidMap, wanted.gid)];
  if (uid !== policy.freshUid || gid !== policy.freshGid) {
    attempt('owner', `${wanted.uid}:${wanted.gid}`, () => setOwner(target, uid, gid));
  }
  for (const [xattr, value] of wanted.xattrs ?? []) {
    if (policy.hostXattrs || !isHostXattr(xattr)) {
      attempt('xattr', toDisplayText(xattr), () => setXattr(target, xattr, value));
    }
  }
  if ('file' in target || !target.isSymlink) {
    attempt('mode', wanted.mode.toString(8), () => setMode(target, wanted.mode));
  }
  attempt('time', String(wanted.mtime.seconds), () => setTimes(target, wanted.mtime));
  return refused;
}

function setOwner(target: AttributeTarget, uid: number, gid: number): void {
  if ('file' in target) host.changeOwnerOf(target.file, uid, gid);
  else host.changeOwner(target.directory, target.name, uid, gid);
}

function setXattr(target: AttributeTarget, xattr: ByteString, value: Uint8Array): void {
  if ('file' in target) host.setXattrOf(target.file, xattr, value);
  else host.setXattr(target.directory, target.name, xattr, value);
}

function setMode(target: AttributeTarget, mode: number): void {
  if ('file' in target) host.changeModeOf(target.file, mode);
  else host.changeMode(target.directory, target.name, mode);
}

function setTimes(target: AttributeTarget, mtime: Timestamp): void {
  if ('file' in target) host.setTimesOf(target.file, mtime);
  else host.setTimes(target.directory, target.name, mtime);
}
