import type { ByteString } from '../base/index.ts';
import { host } from '../host/index.ts';
import type { Inode, Tree } from '../tree/index.ts';
import type { LiveFacts } from './live-facts.ts';
import type { LiveIdentity, LiveRows } from './live-rows.ts';
import { isUnchanged, openScanned } from './open-scanned.ts';
import type { ScanProblem } from './scan-problem.ts';
import { UnseenPaths } from './unseen-paths.ts';

interface Scanned {
  readonly root: number;
  readonly tree: Tree;
  readonly rows: LiveRows;
  readonly facts: LiveFacts;
  readonly problems: readonly ScanProblem[];
  readonly ignored: readonly ByteString[];
}

/** A live directory as it was found, held open so that its content can be read. */
export class LiveTree implements Disposable {
  /** The same kind of tree that images have. Names in its table are last components only. */
  readonly tree: Tree;
  /** In walk order; an inode's row is that of its first name. */
  readonly rows: LiveRows;
  readonly facts: LiveFacts;
  /** In walk order of their paths. */
  readonly problems: readonly ScanProblem[];
  /** The topmost paths that were met and left out because they are to be ignored, in walk order. */
  readonly ignored: readonly ByteString[];
  readonly #unseen: UnseenPaths;
  #root: number | undefined;

  constructor({ root, tree, rows, facts, problems, ignored }: Scanned) {
    this.#root = root;
    this.tree = tree;
    this.rows = rows;
    this.facts = facts;
    this.problems = problems;
    this.ignored = ignored;
    this.#unseen = new UnseenPaths(problems, ignored);
  }

  /** The open directory. @throws TypeError after the tree was disposed of */
  get root(): number {
    if (this.#root === undefined) throw new TypeError('the live tree was disposed of');
    return this.#root;
  }

  /**
   * Whether nothing is known of what stands at a path, or of what it covers: it is ignored, unreadable, vanished, a
   * mount point, or below such a one. A comparison leaves these out.
   */
  isUnseen(path: ByteString): boolean {
    return this.#unseen.has(path);
  }

  /** What tells whether the file of an inode was changed. */
  identity(inode: Inode): LiveIdentity {
    return this.rows.identity(inode.row);
  }

  /**
   * Opens the content of a file, provided that it is what was scanned, unchanged.
   * @returns a file descriptor, to be closed by the caller
   * @throws HOST_REFUSED, with ESTALE when something else is there by now
   */
  open(inode: Inode): number {
    return openScanned(this.root, this.rows, inode.row);
  }

  /**
   * Whether an open file is still as it was scanned: after reading, whether what was read is what is in the tree.
   * @throws HOST_REFUSED
   */
  isUnchanged(file: number, inode: Inode): boolean {
    return isUnchanged(file, this.rows, inode.row);
  }

  [Symbol.dispose](): void {
    if (this.#root !== undefined) host.close(this.#root);
    this.#root = undefined;
  }
}
