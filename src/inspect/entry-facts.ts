/** One name of a tree as plain data: what `ls` shows. */
import { type ByteString, formatMode, formatTimestamp, jsonPath, toJsonText } from '../base/index.ts';
import type { Inode, InodeKind, Xattrs } from '../tree/index.ts';
import { exactNumber } from './json-values.ts';

/** What holds for every listed entry. */
export interface AttributeFacts {
  /** The twelve permission bits as four octal digits, such as "4755". */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970 with up to nine decimals. */
  readonly mtime: string;
  /** Bytes of a file with its holes filled, or of the text of a symbolic link; a string above 2^53. */
  readonly size: number | string;
  /** `major:minor` of a device. */
  readonly device?: string;
  /** Text of a symbolic link. */
  readonly linkTarget?: string;
  /** Values in base64; absent when there are none. */
  readonly xattrs?: Readonly<Record<string, string>>;
}

export interface ListedEntry extends AttributeFacts {
  /** Relative to the root, which is "."; a byte that is not valid UTF-8 is the lone surrogate U+DC80 to U+DCFF. */
  readonly path: string;
  readonly kind: InodeKind;
  /** The link count that a real file system would show. */
  readonly links: number;
  /** The layer that made the inode, or gave a directory its attributes; null for a directory that no layer lists. */
  readonly layer: number | null;
}

/** @param links see {@link ListedEntry.links} */
export function entryFacts(path: ByteString, inode: Inode, links: number): ListedEntry {
  const { kind, uid, gid } = inode;
  const attributes = {
    mode: formatMode(inode.mode),
    uid,
    gid,
    mtime: formatTimestamp(inode.mtime),
    size: exactNumber(inode.size),
  };
  return {
    path: jsonPath(path),
    kind,
    ...attributes,
    ...(kind === 'symlink' ? { linkTarget: toJsonText(inode.linkText) } : {}),
    ...(kind === 'char' || kind === 'block' ? { device: inode.device.join(':') } : {}),
    links,
    layer: inode.isImplied ? null : inode.layer,
    ...xattrFacts(inode.xattrs),
  };
}

/** The key `xattrs`, or nothing at all. */
export function xattrFacts(xattrs: Xattrs | undefined): { readonly xattrs?: Readonly<Record<string, string>> } {
  if (xattrs === undefined || xattrs.size === 0) return {};
  const values = [...xattrs].map(([name, value]) => [toJsonText(name), Buffer.from(value).toString('base64')] as const);
  return { xattrs: Object.fromEntries(values) };
}
