/** The attributes of an inode on disk as the image would say them. */
import type { ByteString } from '../base/index.ts';
import type { IdMap } from '../host/index.ts';
import type { RecordHead } from '../record/index.ts';
import type { Inode, TableEntry, Xattrs } from '../tree/index.ts';

type Attributes = Pick<TableEntry, 'mode' | 'uid' | 'gid' | 'mtime' | 'xattrs'>;

const setGroupId = 0o2000;

/** An inode of a directory that was placed for one of the base. */
export interface PlacedInode {
  readonly of: Inode;
  /** Nobody has touched it since. */
  readonly isUntouched: boolean;
  /** Not all attributes were on disk as the base has them. */
  readonly isLossy: boolean;
}

/** Who unpacked, and what ids of the image became. */
interface Unpacked {
  readonly head: Pick<RecordHead, 'uidMap' | 'gidMap'>;
  readonly uid: number;
  readonly gid: number;
}

/** Undefined where the disk shows all there is to say. */
export function restoredEntry(
  inode: Inode,
  placed: PlacedInode | undefined,
  recorded: Unpacked,
): TableEntry | undefined {
  if (placed?.isUntouched === true) return entryWith(inode, placed.of);
  if (placed?.isLossy === true) return entryWith(inode, whatIsLeft(inode, placed.of, recorded));
  const { uidMap, gidMap } = recorded.head;
  if (uidMap.length === 0 && gidMap.length === 0) return undefined;
  const { mode, mtime, xattrs } = inode;
  return entryWith(inode, { mode, mtime, xattrs, uid: imageId(uidMap, inode.uid), gid: imageId(gidMap, inode.gid) });
}

function entryWith(inode: Inode, { mode, uid, gid, mtime, xattrs }: Attributes): TableEntry {
  const [deviceMajor, deviceMinor] = inode.device;
  return {
    name: '' as ByteString,
    kind: inode.kind,
    linkName: inode.linkText,
    mode,
    uid,
    gid,
    mtime,
    size: inode.table.size(inode.row),
    dataOffset: 0,
    xattrs,
    deviceMajor,
    deviceMinor,
    sparse: undefined,
  };
}

/**
 * Of an inode that was touched after it had been placed with losses: what looks as `unpack` had to leave it is what the image
 * says, everything else is what the disk says.
 */
function whatIsLeft(inode: Inode, of: Inode, { head, uid, gid }: Unpacked): Attributes {
  const isHeldGroup = imageId(head.gidMap, inode.gid) === of.gid;
  return {
    mode: isLeftMode(inode, of, isHeldGroup) ? of.mode : inode.mode,
    uid: inode.uid === uid ? of.uid : imageId(head.uidMap, inode.uid),
    gid: inode.gid === gid ? of.gid : imageId(head.gidMap, inode.gid),
    mtime: inode.mtime,
    xattrs: withUnset(inode, of),
  };
}

/** Linux drops the set-group-id bit where the group is not one of whoever sets it (chmod(2)), and no other bit. */
function isLeftMode({ kind, mode }: Inode, of: Inode, isHeldGroup: boolean): boolean {
  return kind === 'symlink' || mode === of.mode || (!isHeldGroup && mode === (of.mode & ~setGroupId));
}

/** With those of the image that only the privileged, or nobody, could have set or removed. */
function withUnset({ kind, xattrs: now }: Inode, { xattrs: before }: Inode): Xattrs | undefined {
  const isPlain = kind === 'file' || kind === 'directory';
  const unset = [...(before ?? [])].filter(([name]) => !now?.has(name) && !(isPlain && name.startsWith('user.')));
  return unset.length === 0 ? now : new Map([...(now ?? []), ...unset]);
}

/** The id of the image for one on disk; one that no map gives stays. */
function imageId(map: IdMap, id: number): number {
  const range = map.find(({ host, size }) => id >= host && id < host + size);
  return range === undefined ? id : range.image + (id - range.host);
}
