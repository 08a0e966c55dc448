/** A live tree with what the disk cannot show of it, as far as the unpack record knows. */
import type { ByteString } from '../base/index.ts';
import type { OpenBody } from '../layer/index.ts';
import { type EntryTable, EntryTableBuilder, Inode, type Tree } from '../tree/index.ts';
import type { ContentOptions, FileDigests, OpenTree } from '../trees/index.ts';
import type { Recorded } from './recorded-inodes.ts';
import { restoredEntry } from './restored-entry.ts';

/** What is written anew is of no layer of the base. */
const layer = 1;

/**
 * What nobody touched is the very inode of the base, so that nothing of it needs to be compared. What was touched keeps what
 * the disk could not hold of it, and owners are those of the image. What could not be placed at all is there.
 * @param isExact the content of every file counts as unknown
 */
export function restoredTree(target: OpenTree, recorded: Recorded, isExact: boolean): OpenTree {
  return new RestoredTree(target, new Restoration(target.tree, recorded, isExact));
}

/** Content comes from the directory, whatever an inode became. */
class RestoredTree implements OpenTree {
  readonly tree: Tree;
  readonly reference: string;
  readonly facts: OpenTree['facts'];
  readonly notes: OpenTree['notes'];
  readonly live?: NonNullable<OpenTree['live']>;
  readonly #target: OpenTree;
  readonly #origins: ReadonlyMap<Inode, Inode>;

  constructor(target: OpenTree, { tree, origins }: Restoration) {
    this.#target = target;
    this.#origins = origins;
    this.tree = tree;
    this.reference = target.reference;
    this.facts = target.facts;
    this.notes = target.notes;
    if (target.live) this.live = target.live;
  }

  get problems() {
    return this.#target.problems;
  }

  isUnseen(path: ByteString): boolean {
    return this.#target.isUnseen(path);
  }

  contentKey(): undefined {
    return undefined;
  }

  async contentDigests(inodes: Iterable<Inode>, options?: ContentOptions): Promise<FileDigests> {
    const digests = await this.#target.contentDigests(Array.from(inodes, this.#scanned), options);
    return { get: (inode) => digests.get(this.#scanned(inode)), problems: digests.problems };
  }

  async openBodies(inodes: Iterable<Inode>, options?: ContentOptions): Promise<OpenBody> {
    const open = await this.#target.openBodies(Array.from(inodes, this.#scanned), options);
    return (inode) => open(this.#scanned(inode));
  }

  unreadable(inode: Inode): ReturnType<OpenTree['unreadable']> {
    return this.#target.unreadable(this.#scanned(inode));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#target[Symbol.asyncDispose]();
  }

  readonly #scanned = (inode: Inode): Inode => this.#origins.get(inode) ?? inode;
}

class Restoration {
  readonly tree: Tree;
  /** From inodes of {@link tree} to those of the scan, where they are not the same. */
  readonly origins = new Map<Inode, Inode>();
  readonly #recorded: Recorded;
  readonly #isExact: boolean;
  readonly #made = new Map<Inode, Inode>();

  constructor({ root, layers, linked }: Tree, recorded: Recorded, isExact: boolean) {
    this.#recorded = recorded;
    this.#isExact = isExact;
    const inodes = topDown(root);
    const { table, rows } = this.#rewrite(inodes);
    for (const inode of inodes.toReversed()) if (!this.#made.has(inode)) this.#make(inode, table, rows.get(inode));
    const absent = [...recorded.absent.values()].flatMap((names) => [...names.values()]);
    this.tree = { root: this.#result(root), layers, linked: new Set([...[...linked].map(this.#result), ...absent]) };
  }

  readonly #result = (inode: Inode): Inode => this.#made.get(inode) ?? inode;

  /** Scanned inodes that get other attributes, and the rows that say them. */
  #rewrite(inodes: readonly Inode[]): { readonly table: EntryTable; readonly rows: ReadonlyMap<Inode, number> } {
    const builder = new EntryTableBuilder();
    const rows = new Map<Inode, number>();
    for (const inode of inodes) {
      if (rows.has(inode) || this.#isThatOfBase(inode)) continue;
      const entry = restoredEntry(inode, this.#recorded);
      if (entry !== undefined) rows.set(inode, builder.add(entry));
    }
    return { table: builder.finish(), rows };
  }

  #isThatOfBase(inode: Inode): boolean {
    const isUnknown = this.#isExact && inode.kind === 'file' && inode.size > 0;
    return !isUnknown && this.#recorded.placed.get(inode)?.isUntouched === true;
  }

  /** What a directory holds is made before it. */
  #make(inode: Inode, table: EntryTable, row: number | undefined): void {
    const placed = this.#recorded.placed.get(inode);
    const like = this.#isThatOfBase(inode) && placed ? placed.of : inode;
    const children = this.#childrenOf(inode, [placed?.of.children, inode.children]);
    const made = row === undefined ? sameInode(like, children) : new Inode(table, row, layer, children);
    this.#made.set(inode, made);
    if (made !== inode) this.origins.set(made, inode);
  }

  /** One of the maps that there are already, where it is the same: a comparison ends there. */
  #childrenOf(inode: Inode, known: readonly Inode['children'][]): Inode['children'] {
    if (inode.children === undefined) return undefined;
    const children = new Map([...inode.children].map(([name, child]) => [name, this.#result(child)]));
    for (const [name, child] of this.#recorded.absent.get(inode) ?? []) children.set(name, child);
    return known.find((one) => one !== undefined && isSame(one, children)) ?? children;
  }
}

function isSame(a: NonNullable<Inode['children']>, b: NonNullable<Inode['children']>): boolean {
  if (a.size !== b.size) return false;
  for (const [name, child] of a) if (b.get(name) !== child) return false;
  return true;
}

function sameInode(like: Inode, children: Inode['children']): Inode {
  return like.children === children ? like : new Inode(like.table, like.row, like.layer, children);
}

/** Every inode once for each of its names, directories before what they hold. */
function topDown(root: Inode): Inode[] {
  const found = [root];
  for (let at = 0; at < found.length; at++) for (const child of found[at]?.children?.values() ?? []) found.push(child);
  return found;
}
