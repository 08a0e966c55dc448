/** What changed from one tree to another: inode records, and which names are one inode. */
import type { ByteString } from '../base/index.ts';
import { allFacts, type Aspect, compareInodes, type KnownFacts, type SameContent } from './compare-inodes.ts';
import type { Inode } from './inode.ts';
import { compareLinks, type LinkDiff } from './link-diff.ts';
import type { IsIgnored } from './link-names.ts';
import { joinPath, type LinkGroup, type Tree } from './tree.ts';

/** A name that the base lacks. Everything below a new directory has a change of its own. */
export interface AddedPath {
  readonly change: 'added';
  readonly path: ByteString;
  readonly after: Inode;
}

/** A name that the target lacks, with everything below it. */
export interface RemovedPath {
  readonly change: 'removed';
  readonly path: ByteString;
  readonly before: Inode;
}

/** A name of both whose inodes differ. What stood below a directory that became something else is gone with it. */
export interface ChangedPath {
  readonly change: 'changed';
  readonly path: ByteString;
  readonly before: Inode;
  readonly after: Inode;
  /** Never empty. */
  readonly aspects: readonly Aspect[];
}

export type PathChange = AddedPath | RemovedPath | ChangedPath;

/** All of it is in walk order: directories before their content, siblings in byte order. */
export interface TreeDiff {
  readonly changes: readonly PathChange[];
  /** Link groups of the target that the base does not have with exactly these names. */
  readonly formed: readonly LinkGroup[];
  /** Link groups of the base that the target does not have with exactly these names. */
  readonly dissolved: readonly LinkGroup[];
  /** The topmost ignored paths at which the base has something and the target may differ. */
  readonly ignored: readonly ByteString[];
}

export interface DiffOptions {
  readonly sameContent: SameContent;
  /** What both trees know; everything unless told otherwise. A path that changed is written with all the target says of it. */
  readonly facts?: Partial<KnownFacts>;
  /**
   * Paths that are taken to be as they are in the base, with everything below them; names there form no links. They go with
   * a directory above them that goes.
   */
  readonly isIgnored?: IsIgnored;
  /** A tree that both are edits of, as its layers count; the base unless given. What all share is not looked at. */
  readonly common?: Tree;
}

/**
 * Compares two trees. Shared parts are equal at once, so comparing a tree with its edited fork costs the size of the
 * edit; only where names of link groups of the base are touched is each tree walked once.
 */
export function diffTrees(base: Tree, target: Tree, options: DiffOptions): TreeDiff {
  return new DiffWalk(base, target, options).run();
}

/** Whether nothing changed at all. */
export function isEmptyDiff({ changes, formed, dissolved }: TreeDiff): boolean {
  return changes.length + formed.length + dissolved.length === 0;
}

/** A path with what stands there in both trees; never twice the same inode. */
interface Pair {
  readonly path: ByteString;
  readonly before: Inode | undefined;
  readonly after: Inode | undefined;
}

class DiffWalk {
  readonly #base: Tree;
  readonly #target: Tree;
  readonly #comparison: { readonly facts: KnownFacts; readonly sameContent: SameContent };
  readonly #isIgnored: IsIgnored | undefined;
  readonly #common: Tree;
  readonly #changes: PathChange[] = [];
  readonly #ignored: ByteString[] = [];
  /** Inodes of either tree that ever had two names and were met at a name whose inode is another one now. */
  readonly #linksMet = new Set<Inode>();
  /** What was found for inodes with several names, so that content is not compared for each of them. */
  readonly #compared = new Map<Inode, { readonly after: Inode; readonly aspects: readonly Aspect[] }>();

  constructor(base: Tree, target: Tree, options: DiffOptions) {
    this.#base = base;
    this.#target = target;
    this.#comparison = { facts: { ...allFacts, ...options.facts }, sameContent: options.sameContent };
    this.#isIgnored = options.isIgnored;
    this.#common = options.common ?? base;
  }

  run(): TreeDiff {
    const stack: Pair[] = [];
    if (this.#base.root !== this.#target.root) {
      stack.push({ path: '' as ByteString, before: this.#base.root, after: this.#target.root });
    }
    for (let pair = stack.pop(); pair !== undefined; pair = stack.pop()) this.#visit(pair, stack);
    return { changes: this.#changes, ignored: this.#ignored, ...this.#compareLinks() };
  }

  #visit({ path, before, after }: Pair, stack: Pair[]): void {
    if (this.#isIgnored?.(path) === true) {
      if (before) this.#ignored.push(path);
      return;
    }
    this.#meetLink(before);
    this.#meetLink(after);
    if (before && after) this.#compare(path, before, after);
    else if (after) this.#changes.push({ change: 'added', path, after });
    else if (before) this.#changes.push({ change: 'removed', path, before });
    if (after?.children) this.#pushChildren({ path, before, after }, stack);
    else this.#meetLinksBelow(before);
  }

  #compare(path: ByteString, before: Inode, after: Inode): void {
    const aspects = this.#aspectsOf(before, after);
    if (aspects.length > 0) this.#changes.push({ change: 'changed', path, before, after, aspects });
  }

  #aspectsOf(before: Inode, after: Inode): readonly Aspect[] {
    if (!this.#base.linked.has(before)) return compareInodes(before, after, this.#comparison);
    const known = this.#compared.get(before);
    if (known?.after === after) return known.aspects;
    const aspects = compareInodes(before, after, this.#comparison);
    this.#compared.set(before, { after, aspects });
    return aspects;
  }

  /** Pushes the children that are not the same inode in both, the first in byte order on top. */
  #pushChildren({ path, before, after }: Pair, stack: Pair[]): void {
    const [old, current] = [before?.children, after?.children];
    if (old === current) return;
    const names: ByteString[] = [];
    for (const [name, child] of current ?? []) if (old?.get(name) !== child) names.push(name);
    for (const name of old?.keys() ?? []) if (current?.has(name) !== true) names.push(name);
    names.sort();
    for (let at = names.length - 1; at >= 0; at--) {
      const name = names[at] as ByteString;
      stack.push({ path: joinPath(path, name), before: old?.get(name), after: current?.get(name) });
    }
  }

  #meetLink(inode: Inode | undefined): void {
    if (inode === undefined || inode.children) return;
    if (this.#base.linked.has(inode) || this.#target.linked.has(inode)) this.#linksMet.add(inode);
  }

  /** What is removed with a directory takes names from link groups. */
  #meetLinksBelow(removed: Inode | undefined): void {
    if (removed?.children === undefined || this.#base.linked.size === 0) return;
    const stack = [removed];
    for (let inode = stack.pop(); inode !== undefined; inode = stack.pop()) {
      this.#meetLink(inode);
      for (const child of inode.children?.values() ?? []) stack.push(child);
    }
  }

  #compareLinks(): LinkDiff {
    if (this.#linksMet.size === 0) return { formed: [], dissolved: [] };
    return compareLinks(this.#base, this.#target, {
      candidates: this.#linksMet,
      isIgnored: this.#isIgnored,
      common: this.#common,
    });
  }
}
