/** The contract of an open tree: what it holds, what is known of it, and its content. */
import type { ByteString, Digest, Note, OperationOptions } from '../base/index.ts';
import type { Image } from '../image/index.ts';
import type { OpenBody } from '../layer/index.ts';
import type { LiveTree, ScanProblem } from '../scan/index.ts';
import type { EntryTable, Inode, KnownFacts, OnConflict, Tree } from '../tree/index.ts';

export interface ContentOptions extends OperationOptions {
  readonly jobs?: number | undefined;
}

/** Any tree, whatever a reference names it by. Disposing of it closes what it has open. */
export interface OpenTree extends AsyncDisposable {
  /** As the user gave it. */
  readonly reference: string;
  readonly tree: Tree;
  /** What can be known of a tree of this kind; what cannot is not to be compared. */
  readonly facts: KnownFacts;
  readonly notes: readonly Note[];
  /** The image, where it is one; as it is after so many layers where that was asked for. */
  readonly image?: Image;
  /** What its layers list, bottom first, where it has some. */
  readonly layers?: readonly EntryTable[];
  /** How conflicts between its layers were decided, where it has some. */
  readonly onConflict?: OnConflict;
  /** The scanned directory, where it is one. */
  readonly live?: LiveTree;
  /** What runs it, where it is a container. */
  readonly container?: ContainerFacts;
  /** What was met and is not, or not wholly, in the tree, in walk order of the paths. */
  readonly problems: readonly ScanProblem[];
  /** The absolute path of that directory, links resolved. */
  readonly directory?: string;
  /** Whether nothing is known of what stands at a path. A comparison leaves these out. */
  isUnseen(path: ByteString): boolean;
  /** Files with the same key hold the same bytes, in whatever tree. Undefined where only the content itself tells. */
  contentKey(inode: Inode): string | undefined;
  /**
   * Hashes the content of files, holes read as zeros.
   * @throws the codes of layers, HOST_REFUSED, the reason of the signal
   */
  contentDigests(inodes: Iterable<Inode>, options?: ContentOptions): Promise<FileDigests>;
  /**
   * Makes the content of these files ready to be read, for one reader at a time, until the tree is disposed of.
   * @throws the codes of layers, HOST_REFUSED, the reason of the signal; so does reading, with ESTALE where a live file is
   * not any more what was scanned
   */
  openBodies(inodes: Iterable<Inode>, options?: ContentOptions): Promise<OpenBody>;
  /** Whether a live file can be opened for reading; undefined where it can. @throws HOST_REFUSED for any other refusal */
  unreadable(inode: Inode): ScanProblem | undefined;
}

export interface ContainerFacts {
  /** Who put files of its own into the tree, or listed it. */
  readonly engine: 'docker' | 'podman' | 'probe';
  /** Where something is mounted, or was told to be, in walk order; the root is none of them. */
  readonly mounts: readonly ByteString[];
}

export interface FileDigests {
  /** Undefined for what could not be read, which is among the problems. */
  get(inode: Inode): Digest | undefined;
  readonly problems: readonly ScanProblem[];
}
