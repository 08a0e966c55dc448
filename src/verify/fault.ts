/** A fault: one way in which a tree is not what its image says. */
import type { ByteString } from '../base/index.ts';
import type { Inode, InodeKind, ToldFacts } from '../tree/index.ts';

/**
 * `missing`: no name of the inode is there. `extra`: the image has no such name. `links-split`: names of one inode lead to
 * several. `links-merged`: names of several inodes lead to one. `links-missing`: some names of one inode are gone, others are
 * there. The rest is about an inode that stands where it should and differs in that fact.
 */
export type FaultKind =
  | 'missing'
  | 'extra'
  | 'kind'
  | 'content'
  | 'mode'
  | 'owner'
  | 'mtime'
  | 'xattr'
  | 'symlink'
  | 'device'
  | 'links-split'
  | 'links-merged'
  | 'links-missing';

export type Confidence = 'high' | 'medium' | 'low';

/** Who probably did it: a hazard of docs/verify.md. */
export interface Cause {
  readonly hazard: string;
  readonly text: string;
  readonly confidence: Confidence;
}

/** Paths are relative to the root, which is "."; a byte that is not valid UTF-8 is the lone surrogate U+DC80 to U+DCFF. */
export interface Fault {
  readonly kind: FaultKind;
  /** The names it is about, in walk order: for links-missing those that are gone. */
  readonly paths: readonly string[];
  /** What the image says; null for what it does not have. */
  readonly expected: FaultFacts | null;
  /** What stands there; null where nothing does. */
  readonly found: FaultFacts | null;
  /** The layer that made the inode, from 1; null where none did. */
  readonly layer: number | null;
  readonly cause: Cause | null;
}

/** Only what the fault is about. */
export interface FaultFacts extends Omit<ToldFacts, 'kind'> {
  readonly kind?: InodeKind | 'socket';
  /** Of the content, where it was read. */
  readonly digest?: string;
  /** Those that differ, base64; null where it is not there. */
  readonly xattrs?: Readonly<Record<string, string | null>>;
  /** Sets of names, those of each set being one inode. */
  readonly links?: readonly (readonly string[])[];
}

/** A fault as it is found, before anybody asks who did it. */
export interface FoundFault {
  readonly kind: FaultKind;
  /** In walk order. */
  readonly paths: readonly ByteString[];
  /** Undefined where the image has nothing there. */
  readonly image: Inode | undefined;
  /** Undefined where nothing stands, or a socket. */
  readonly tree: Inode | undefined;
  /** For links: the sets of names as they should be, and as they are. */
  readonly links?: { readonly expected: LinkSets; readonly found: LinkSets };
  readonly isSocket?: true;
}

export type LinkSets = readonly (readonly ByteString[])[];
