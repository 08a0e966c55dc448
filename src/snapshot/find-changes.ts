/** What changed between two open trees, with no more content read than it takes to know. */
import type { ByteString, OperationOptions } from '../base/index.ts';
import type { ScanProblem } from '../scan/index.ts';
import { diffTrees, ignoreList, type Inode, type Tree, type TreeDiff, walk } from '../tree/index.ts';
import { commonFacts, type FileDigests, type OpenTree } from '../trees/index.ts';

export interface FindOptions extends OperationOptions {
  readonly jobs?: number | undefined;
  /** Paths and globs that are taken to be as they are in the base. */
  readonly ignore?: readonly string[] | undefined;
}

export interface FoundChanges {
  readonly base: OpenTree;
  readonly target: OpenTree;
  readonly diff: TreeDiff;
  /** Of both trees; what is in the way of knowing all. */
  readonly problems: readonly ScanProblem[];
  /** How many files were read, in either tree. */
  readonly filesRead: number;
  /** Compares again, with more paths taken to be as they are in the base. */
  readonly without: (inodes: Iterable<Inode>) => TreeDiff;
}

type Pair = readonly [before: Inode, after: Inode];

/** @throws what the content of the trees throws, the reason of the signal */
export async function findChanges(base: OpenTree, target: OpenTree, options: FindOptions = {}): Promise<FoundChanges> {
  const comparison = new Comparison(base, target, options);
  const undecided: Pair[] = [];
  const first = comparison.run((before, after) => {
    undecided.push([before, after]);
    return true;
  });
  const problems = [...base.problems, ...target.problems];
  if (undecided.length === 0) return comparison.found(first, problems, 0);
  const files = undecided.flat();
  const before = await base.contentDigests(firsts(undecided), options);
  const after = await target.contentDigests(seconds(undecided), options);
  comparison.leaveOut(base.tree, unread(firsts(undecided), before));
  comparison.leaveOut(target.tree, unread(seconds(undecided), after));
  const diff = comparison.run((a, b) => before.get(a) === after.get(b));
  return comparison.found(diff, [...problems, ...before.problems, ...after.problems], new Set(files).size);
}

function firsts(pairs: readonly Pair[]): Inode[] {
  return pairs.map(([before]) => before);
}

function seconds(pairs: readonly Pair[]): Inode[] {
  return pairs.map(([, after]) => after);
}

function unread(inodes: readonly Inode[], digests: FileDigests): Inode[] {
  return digests.problems.length === 0 ? [] : inodes.filter((inode) => digests.get(inode) === undefined);
}

type SameContent = (before: Inode, after: Inode) => boolean;

class Comparison {
  readonly #base: OpenTree;
  readonly #target: OpenTree;
  readonly #isListed: (path: ByteString) => boolean;
  /** Paths of files of which it cannot be known what they hold. */
  readonly #unread = new Set<ByteString>();
  #sameContent: SameContent = () => true;

  constructor(base: OpenTree, target: OpenTree, { ignore = [] }: FindOptions) {
    this.#base = base;
    this.#target = target;
    this.#isListed = ignore.length === 0 ? () => false : ignoreList(ignore).ignores;
  }

  run(sameContent: SameContent): TreeDiff {
    this.#sameContent = sameContent;
    return diffTrees(this.#base.tree, this.#target.tree, {
      facts: commonFacts(this.#base.facts, this.#target.facts),
      sameContent: (before, after) => this.#isSurelySame(before, after) || sameContent(before, after),
      isIgnored: (path) => this.#isIgnored(path),
    });
  }

  found(diff: TreeDiff, problems: readonly ScanProblem[], filesRead: number): FoundChanges {
    const without = (inodes: Iterable<Inode>): TreeDiff => {
      this.leaveOut(this.#target.tree, inodes);
      return this.run(this.#sameContent);
    };
    return { base: this.#base, target: this.#target, diff, problems, filesRead, without };
  }

  /** All names of these files count as what they are in the base. */
  leaveOut(tree: Tree, inodes: Iterable<Inode>): void {
    const wanted = new Set(inodes);
    if (wanted.size === 0) return;
    for (const { path, inode } of walk(tree)) if (wanted.has(inode)) this.#unread.add(path);
  }

  #isSurelySame(before: Inode, after: Inode): boolean {
    const key = this.#base.contentKey(before);
    return key !== undefined && key === this.#target.contentKey(after);
  }

  #isIgnored(path: ByteString): boolean {
    if (this.#isListed(path) || this.#unread.has(path)) return true;
    return this.#base.isUnseen(path) || this.#target.isUnseen(path);
  }
}
