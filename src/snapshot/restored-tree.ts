/** A live tree with what the disk cannot show of it, as far as the unpack record knows. */
import { type ByteString, HoldfastError } from '../base/index.ts';
import type { OpenBody } from '../layer/index.ts';
import type { UnpackRecordFile } from '../record/index.ts';
import type { KnownRows, LiveTree } from '../scan/index.ts';
import { type Children, type EntryTable, EntryTableBuilder, Inode, linkGroups, type Tree } from '../tree/index.ts';
import type { ContentOptions, FileDigests, OpenTree } from '../trees/index.ts';
import { RecordedRows } from './recorded-directory.ts';
import { type PlacedInode, restoredEntry } from './restored-entry.ts';

/** What is written anew is of no layer of the base. */
const layer = 1;

export interface Knowledge {
  readonly base: Tree;
  readonly record: UnpackRecordFile;
  /** What the scan was told, and says of it. */
  readonly known: KnownRows;
}

/**
 * What nobody touched is the very inode of the base, so that nothing of it needs to be compared; a directory below which
 * nothing was touched is not even looked into. What was touched keeps what the disk could not hold of it, and owners are those
 * of the image. What could not be placed at all is there.
 * @param target scanned with this knowledge
 */
export function restoredTree(target: OpenTree, live: LiveTree, knowledge: Knowledge): OpenTree {
  return new RestoredTree(target, live, new Restoration(live, knowledge));
}

/** Content comes from the directory, whatever an inode became. */
class RestoredTree implements OpenTree {
  readonly tree: Tree;
  readonly reference: string;
  readonly facts: OpenTree['facts'];
  readonly notes: OpenTree['notes'];
  readonly problems: OpenTree['problems'];
  readonly live: LiveTree;
  readonly directory?: string;
  readonly #target: OpenTree;
  readonly #origins: ReadonlyMap<Inode, Inode>;

  constructor(target: OpenTree, live: LiveTree, { tree, origins }: Restoration) {
    this.#target = target;
    this.#origins = origins;
    this.tree = tree;
    this.reference = target.reference;
    this.facts = target.facts;
    this.notes = target.notes;
    this.problems = target.problems;
    this.live = live;
    if (target.directory !== undefined) this.directory = target.directory;
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

  readonly #scanned = (inode: Inode): Inode => {
    if (inode.table === this.live.rows.table) return inode;
    const origin = this.#origins.get(inode);
    if (origin === undefined) throw new HoldfastError('BUG', { message: 'content of an untouched file was asked for' });
    return origin;
  };
}

class Restoration {
  readonly tree: Tree;
  /** From inodes of {@link tree} to those of the scan, where they are not the same. */
  readonly origins = new Map<Inode, Inode>();
  readonly #live: LiveTree;
  readonly #recorded: RecordedRows;
  readonly #knowledge: Knowledge;
  /** By row of the scan, whether everything at and below it is as it is in the base. */
  readonly #whole: Uint8Array;
  readonly #placed = new Map<Inode, PlacedInode>();
  readonly #made = new Map<Inode, Inode>();
  readonly #absent = new Set<Inode>();

  constructor(live: LiveTree, knowledge: Knowledge) {
    const { base, record, known } = knowledge;
    this.#live = live;
    this.#knowledge = knowledge;
    this.#recorded = new RecordedRows(record, known, base);
    this.#whole = this.#wholeRows();
    const { root, layers, linked } = live.tree;
    const rewritten = this.#rewritten(root);
    const made = this.#isWhole(root) ? base.root : this.#directory(root, { base: base.root, row: 0 }, rewritten);
    const links = [...linked].map((inode) => this.#made.get(inode) ?? inode);
    this.tree = { root: made, layers, linked: new Set([...base.linked, ...links, ...this.#absent]) };
  }

  /** Rows are in walk order: what a directory holds comes after it. */
  #wholeRows(): Uint8Array {
    const { rows } = this.#live;
    const whole = new Uint8Array(rows.length).fill(1);
    for (let row = rows.length - 1; row >= 0; row--) {
      if (!this.#isAsPlaced(row)) whole[row] = 0;
      if (whole[row] === 0) whole[rows.parent(row)] = 0;
    }
    this.#breakAboveLinks(whole);
    return whole;
  }

  /** A row knows only the directory of its first name. */
  #breakAboveLinks(whole: Uint8Array): void {
    const { root, linked } = this.#live.tree;
    if (linked.values().every((inode) => whole[inode.row] === 1)) return;
    for (const { inode, paths } of linkGroups(this.#live.tree)) {
      if (whole[inode.row] === 1) continue;
      for (const path of paths) {
        let above: Inode | undefined = root;
        for (const name of path.split('/') as ByteString[]) {
          if (above === undefined) break;
          whole[above.row] = 0;
          above = above.children?.get(name);
        }
      }
    }
  }

  #isAsPlaced(row: number): boolean {
    const { table } = this.#live.rows;
    const known = this.#live.rows.known(row);
    if (known === undefined || !this.#recorded.isUntouched(known)) return false;
    const kind = table.kind(row);
    if (kind === 'directory') return this.#recorded.hasAllNames(known);
    return !(kind === 'file' && this.#isUnknownFile(row));
  }

  #isUnknownFile(row: number): boolean {
    return this.#knowledge.known.listsFiles && this.#live.rows.table.size(row) > 0;
  }

  #isWhole(inode: Inode): boolean {
    return this.#whole[inode.row] === 1;
  }

  /** Scanned inodes that get other attributes, and the rows that say them. */
  #rewritten(root: Inode): Rewritten {
    const builder = new EntryTableBuilder();
    const rows = new Map<Inode, number>();
    const seen = new Set<Inode>();
    const stack = this.#isWhole(root) ? [] : [root];
    for (let inode = stack.pop(); inode !== undefined; inode = stack.pop()) {
      if (seen.has(inode)) continue;
      seen.add(inode);
      const placed = this.#placedFor(inode);
      if (placed) this.#placed.set(inode, placed);
      const isThatOfBase = placed?.isUntouched === true && !(inode.kind === 'file' && this.#isUnknownFile(inode.row));
      const entry = isThatOfBase ? undefined : restoredEntry(inode, placed, this.#knowledge.record);
      if (entry !== undefined) rows.set(inode, builder.add(entry));
      for (const child of inode.children?.values() ?? [])
        if (!child.children || !this.#isWhole(child)) stack.push(child);
    }
    return { table: builder.finish(), rows };
  }

  #placedFor(inode: Inode): PlacedInode | undefined {
    const known = this.#live.rows.known(inode.row);
    const of = known === undefined ? undefined : this.#recorded.inodeOf(known);
    if (known === undefined || of?.kind !== inode.kind) return undefined;
    return { of, isUntouched: this.#recorded.isUntouched(known), isLossy: this.#recorded.isLossy(known) };
  }

  #directory(inode: Inode, stood: Stood | undefined, rewritten: Rewritten): Inode {
    const children = new Map<ByteString, Inode>();
    const known = stood?.base.children ? stood : undefined;
    const rows = new Map(known ? this.#recorded.namesIn(known.row) : []);
    for (const [name, row] of rows) {
      const base = known?.base.children?.get(name);
      if (base === undefined || inode.children?.has(name) === true) continue;
      if (this.#recorded.isAbsent(row)) this.#absent.add(base);
      else if (!this.#recorded.isUntouched(row)) continue;
      children.set(name, base);
    }
    for (const [name, child] of inode.children ?? []) {
      const base = known?.base.children?.get(name);
      const row = rows.get(name);
      children.set(name, this.#child(child, base && row !== undefined ? { base, row } : undefined, rewritten));
    }
    return this.#make(inode, rewritten, this.#knownChildren(inode, children));
  }

  #child(inode: Inode, stood: Stood | undefined, rewritten: Rewritten): Inode {
    if (inode.children === undefined) return this.#made.get(inode) ?? this.#make(inode, rewritten, undefined);
    return this.#isWhole(inode) && stood ? stood.base : this.#directory(inode, stood, rewritten);
  }

  /** One of the maps that there are already, where it is the same: a comparison ends there. */
  #knownChildren(inode: Inode, children: Children): Children {
    const known = [this.#placed.get(inode)?.of.children, inode.children];
    return known.find((one) => one !== undefined && isSame(one, children)) ?? children;
  }

  #make(inode: Inode, { table, rows }: Rewritten, children: Inode['children']): Inode {
    const row = rows.get(inode);
    const placed = this.#placed.get(inode);
    const isThatOfBase = row === undefined && placed?.isUntouched === true;
    const like = isThatOfBase ? placed.of : inode;
    const made = row === undefined ? sameInode(like, children) : new Inode(table, row, layer, children);
    this.#made.set(inode, made);
    if (made !== inode) this.origins.set(made, inode);
    return made;
  }
}

interface Rewritten {
  readonly table: EntryTable;
  readonly rows: ReadonlyMap<Inode, number>;
}

/** What stood at a name: in the base, and in the record. */
interface Stood {
  readonly base: Inode;
  readonly row: number;
}

function isSame(a: Children, b: Children): boolean {
  if (a.size !== b.size) return false;
  for (const [name, child] of a) if (b.get(name) !== child) return false;
  return true;
}

function sameInode(like: Inode, children: Inode['children']): Inode {
  return like.children === children ? like : new Inode(like.table, like.row, like.layer, children);
}
