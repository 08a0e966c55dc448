/** A base and an upper directory over it as one open tree. */
import type { ByteString } from '../base/index.ts';
import type { OpenBody } from '../layer/index.ts';
import type { Inode, KnownFacts, Tree } from '../tree/index.ts';
import type { ContentOptions, FileDigests, OpenTree } from '../trees/index.ts';
import { denseBody } from './dense-body.ts';
import type { LaidUpper } from './lay-upper.ts';

export interface OverlaidTrees {
  readonly reference: string;
  readonly base: OpenTree;
  readonly upper: OpenTree;
  readonly laid: LaidUpper;
  /** What can be known of what the upper directory has. */
  readonly facts: KnownFacts;
}

/**
 * Content comes from where it is: what nobody touched, and what has only other attributes, from the base. Disposing of it
 * closes the upper directory and leaves the base open.
 */
export class OverlayTree implements OpenTree {
  readonly reference: string;
  readonly tree: Tree;
  readonly facts: KnownFacts;
  readonly notes: OpenTree['notes'] = [];
  readonly problems: OpenTree['problems'];
  readonly #trees: OverlaidTrees;

  constructor(trees: OverlaidTrees) {
    const { reference, upper, laid, facts } = trees;
    this.#trees = trees;
    this.reference = reference;
    this.tree = laid.tree;
    this.facts = facts;
    this.problems = upper.problems;
  }

  isUnseen(path: ByteString): boolean {
    return this.#trees.upper.isUnseen(path) || this.#trees.base.isUnseen(path);
  }

  contentKey(inode: Inode): string | undefined {
    const below = this.#below(inode);
    return below && this.#trees.base.contentKey(below);
  }

  async contentDigests(inodes: Iterable<Inode>, options?: ContentOptions): Promise<FileDigests> {
    const { base, upper } = this.#trees;
    const files = [...inodes];
    const below = await base.contentDigests(
      files.flatMap((inode) => this.#below(inode) ?? []),
      options,
    );
    const above = await upper.contentDigests(
      files.flatMap((inode) => this.#above(inode) ?? []),
      options,
    );
    return {
      get: (inode) => {
        const [lower, own] = [this.#below(inode), this.#above(inode)];
        return own ? above.get(own) : lower && below.get(lower);
      },
      problems: [...below.problems, ...above.problems],
    };
  }

  async openBodies(inodes: Iterable<Inode>, options?: ContentOptions): Promise<OpenBody> {
    const { base, upper } = this.#trees;
    const files = [...inodes];
    const [lower, own] = [
      files.flatMap((inode) => this.#below(inode) ?? []),
      files.flatMap((inode) => this.#above(inode) ?? []),
    ];
    const below = await base.openBodies(lower, options);
    const above = await upper.openBodies(own, options);
    return (inode) => {
      const content = this.#below(inode);
      if (content === undefined) return above(this.#above(inode) ?? inode);
      return content.sparse && !inode.sparse ? denseBody(content, below) : below(content);
    };
  }

  unreadable(inode: Inode): ReturnType<OpenTree['unreadable']> {
    const { base, upper } = this.#trees;
    const content = this.#below(inode);
    return content ? base.unreadable(content) : upper.unreadable(this.#above(inode) ?? inode);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#trees.upper[Symbol.asyncDispose]();
  }

  /** The inode of the base whose content it is. */
  #below(inode: Inode): Inode | undefined {
    const { uppers, contents } = this.#trees.laid;
    return contents.get(inode) ?? (uppers.has(inode) ? undefined : inode);
  }

  /** The inode of the upper directory whose content it is. */
  #above(inode: Inode): Inode | undefined {
    const { uppers, contents } = this.#trees.laid;
    return contents.has(inode) ? undefined : uppers.get(inode);
  }
}
