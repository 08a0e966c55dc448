/** What differs between two inodes, fact by fact. */
import type { ByteString } from '../base/index.ts';
import { sameXattrs } from './attributes.ts';
import type { Xattrs } from './entry-table.ts';
import type { Inode } from './inode.ts';

/** A kind of fact in which two inodes differ; names apart, everything an inode is. */
export type Aspect = 'kind' | 'content' | 'mode' | 'owner' | 'mtime' | 'xattr' | 'symlink' | 'device';

/** What both sides of a comparison know. A fact that one side cannot know is not compared. */
export interface KnownFacts {
  /** The bytes of files. */
  readonly content: boolean;
  /** How many bytes files have. */
  readonly size: boolean;
  readonly mode: boolean;
  /** Linux gives every symbolic link the mode 0777; archives may say something else. */
  readonly symlinkMode: boolean;
  readonly owner: boolean;
  readonly mtime: boolean;
  /** Whether times are compared beyond whole seconds. */
  readonly nanoseconds: boolean;
  /** All or none, or those whose names a function knows. */
  readonly xattrs: boolean | ((name: ByteString) => boolean);
  readonly device: boolean;
}

export const allFacts: KnownFacts = {
  content: true,
  size: true,
  mode: true,
  symlinkMode: true,
  owner: true,
  mtime: true,
  nanoseconds: true,
  xattrs: true,
  device: true,
};

/**
 * Whether two files hold the same bytes, holes read as zeros. Asked only for files of equal size that are not empty and
 * do not stand in the same row of the same table.
 */
export type SameContent = (a: Inode, b: Inode) => boolean;

export interface InodeComparison {
  readonly facts: KnownFacts;
  readonly sameContent: SameContent;
}

const nothing: readonly Aspect[] = [];

/** In which facts two inodes differ, in the order of {@link Aspect}; inodes of different kinds differ in that alone. */
export function compareInodes(a: Inode, b: Inode, comparison: InodeComparison): readonly Aspect[] {
  if (a === b || (a.table === b.table && a.row === b.row)) return nothing;
  const { kind } = a;
  if (kind !== b.kind) return ['kind'];
  if (a.isUnlisted || b.isUnlisted) return nothing;
  const aspects: Aspect[] = [];
  if (kind === 'file' && contentDiffers(a, b, comparison)) aspects.push('content');
  if (modeDiffers(a, b, comparison.facts)) aspects.push('mode');
  if (comparison.facts.owner && (a.uid !== b.uid || a.gid !== b.gid)) aspects.push('owner');
  if (mtimeDiffers(a, b, comparison.facts)) aspects.push('mtime');
  if (xattrsDiffer(a, b, comparison.facts)) aspects.push('xattr');
  if (kind === 'symlink' && a.linkText !== b.linkText) aspects.push('symlink');
  if (deviceDiffers(a, b, comparison.facts)) aspects.push('device');
  return aspects.length === 0 ? nothing : aspects;
}

function contentDiffers(a: Inode, b: Inode, { facts, sameContent }: InodeComparison): boolean {
  if (a.size !== b.size) return facts.size;
  return facts.content && a.size > 0 && !sameContent(a, b);
}

function modeDiffers(a: Inode, b: Inode, facts: KnownFacts): boolean {
  return (a.kind === 'symlink' ? facts.symlinkMode : facts.mode) && a.mode !== b.mode;
}

function mtimeDiffers(a: Inode, b: Inode, facts: KnownFacts): boolean {
  if (!facts.mtime) return false;
  const [one, other] = [a.table.columns, b.table.columns];
  if (one.seconds[a.row] !== other.seconds[b.row]) return true;
  return facts.nanoseconds && one.nanoseconds[a.row] !== other.nanoseconds[b.row];
}

function xattrsDiffer(a: Inode, b: Inode, { xattrs }: KnownFacts): boolean {
  if (xattrs === false) return false;
  if (xattrs === true) return !sameXattrs(a.xattrs, b.xattrs);
  return !sameXattrs(knownXattrs(a.xattrs, xattrs), knownXattrs(b.xattrs, xattrs));
}

function knownXattrs(xattrs: Xattrs | undefined, isKnown: (name: ByteString) => boolean): Xattrs | undefined {
  return xattrs && new Map([...xattrs].filter(([name]) => isKnown(name)));
}

function deviceDiffers(a: Inode, b: Inode, facts: KnownFacts): boolean {
  if (!facts.device || (a.kind !== 'char' && a.kind !== 'block')) return false;
  const [one, other] = [a.device, b.device];
  return one[0] !== other[0] || one[1] !== other[1];
}
