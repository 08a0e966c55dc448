/** Facts of inodes as plain data, as they are printed. */
import { formatMode, formatTimestamp, toJsonText } from '../base/index.ts';
import type { Aspect } from './compare-inodes.ts';
import type { Inode } from './inode.ts';
import type { InodeKind } from './kinds.ts';

/** Only those that are asked for. */
export interface ToldFacts {
  readonly kind?: InodeKind;
  /** Bytes of a file. */
  readonly size?: number;
  /** Four octal digits. */
  readonly mode?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Seconds since 1970 with up to nine decimals. */
  readonly mtime?: string;
  readonly linkTarget?: string;
  /** `major:minor`. */
  readonly device?: string;
}

/** One fact of an inode. Of content the size; xattrs are many, and whoever compares them knows which matter. */
export function toldFact(inode: Inode, aspect: Exclude<Aspect, 'xattr'>): ToldFacts {
  switch (aspect) {
    case 'kind':
      return { kind: inode.kind };
    case 'content':
      return { size: inode.size };
    case 'mode':
      return { mode: formatMode(inode.mode) };
    case 'owner':
      return { uid: inode.uid, gid: inode.gid };
    case 'mtime':
      return { mtime: formatTimestamp(inode.mtime) };
    case 'symlink':
      return { linkTarget: toJsonText(inode.linkText) };
    case 'device':
      return { device: inode.device.join(':') };
  }
}
