/** What a tree stream says, line by line. */
import type { ByteString, Timestamp } from '../base/index.ts';
import type { InodeFacts } from '../tree/index.ts';
import type { StreamFacts } from './stream-facts.ts';

/** The first line of every answer. */
export interface StreamHead {
  /** Of the running program: what comes from another one does not belong to it. */
  readonly instance: string;
  readonly facts: StreamFacts;
}

/** One name. They come in the order of a walk, each after the directory that it stands in. */
export interface TreeRecord {
  readonly path: ByteString;
  /** Undefined for what is not in the tree; a problem says why. */
  readonly inode: RecordedInode | undefined;
  readonly problems: readonly RecordedProblem[];
}

export interface RecordedInode extends InodeFacts {
  /** Bytes of a file, 0 for everything else. */
  readonly size: number;
  /** Names with the same text are names of one inode; undefined where there is one name only. */
  readonly link: string | undefined;
}

/** What was met at a name and is not, or not wholly, in the tree: as scans say it, without the path. */
export type RecordedProblem =
  | { readonly kind: 'socket' | 'vanished' | 'changed' }
  | { readonly kind: 'mount'; readonly isCrossed: boolean }
  | { readonly kind: 'unreadable'; readonly what: 'inode' | 'names' | 'content' | 'xattrs'; readonly errno: string };

/** What was found out about the content of one file. */
export interface DigestRecord {
  readonly path: ByteString;
  readonly found:
    | { readonly sha256: string; readonly size: number; readonly mtime: Timestamp }
    | { readonly problem: RecordedProblem };
}

/** The last line. `more`: the answer ends here, the tree does not. */
export type StreamEnd = 'complete' | 'more';

export type StreamLine =
  | { readonly kind: 'head'; readonly head: StreamHead }
  | { readonly kind: 'record'; readonly record: TreeRecord }
  | { readonly kind: 'digest'; readonly digest: DigestRecord }
  | { readonly kind: 'end'; readonly end: StreamEnd }
  /** What kept the sender from going on. */
  | { readonly kind: 'error'; readonly code: string; readonly message: string };
