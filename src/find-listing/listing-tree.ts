/** One tree from the names of a listing, in whatever order they come. */
import { type ByteString, HoldfastError, limitFlags, type Limits } from '../base/index.ts';
import { type EntryTable, Inode, parentPath, type Tree, unlistedDirectory } from '../tree/index.ts';

/** Everything in a listing is one layer. */
const layer = 1;
const root = '' as ByteString;

/** A name twice, or something below what is no directory. */
export class ContradictoryListing extends Error {}

export interface ListedTree {
  readonly tree: Tree;
  /** The row of an inode is that of its first name in the listing. */
  readonly inodeAt: (row: number) => Inode | undefined;
}

/**
 * @param table its names are whole paths
 * @param firstRow for each row, that of the first name of its inode
 * @throws ContradictoryListing, LIMIT_EXCEEDED
 */
export function treeOfListing(table: EntryTable, firstRow: readonly number[], limits: Limits): ListedTree {
  return new Assembly(table, firstRow, limits).run();
}

class Assembly {
  readonly #table: EntryTable;
  readonly #firstRow: readonly number[];
  readonly #maxEntries: number;
  readonly #inodes: (Inode | undefined)[] = [];
  readonly #directories = new Map<ByteString, Map<ByteString, Inode>>();
  readonly #linked = new Set<Inode>();
  #unlisted = 0;

  constructor(table: EntryTable, firstRow: readonly number[], { maxEntries }: Limits) {
    this.#table = table;
    this.#firstRow = firstRow;
    this.#maxEntries = maxEntries;
  }

  run(): ListedTree {
    const { length } = this.#table;
    let top: Inode | undefined;
    for (let row = 0; row < length; row++) {
      if (this.#table.kind(row) !== 'directory') continue;
      const inode = this.#addDirectory(row);
      if (this.#table.name(row) === root) top = inode;
    }
    if (top === undefined) throw new ContradictoryListing('the directory itself is not listed');
    for (let row = 0; row < length; row++) this.#place(row);
    const tree = { root: top, layers: layer, linked: this.#linked };
    return { tree, inodeAt: (row) => this.#inodes[row] };
  }

  #addDirectory(row: number): Inode {
    const path = this.#table.name(row);
    if (this.#directories.has(path)) throw new ContradictoryListing('a directory is listed twice');
    const children = new Map<ByteString, Inode>();
    this.#directories.set(path, children);
    const inode = new Inode(this.#table, row, layer, children);
    this.#inodes[row] = inode;
    return inode;
  }

  #place(row: number): void {
    const path = this.#table.name(row);
    const inode = this.#inodeOf(row);
    if (path !== root) this.#put(path, inode, this.#childrenOf(parentPath(path)));
    else if (inode.kind !== 'directory') throw new ContradictoryListing('the directory itself is said to be none');
  }

  #inodeOf(row: number): Inode {
    const first = this.#firstRow[row] ?? row;
    const known = this.#inodes[first];
    if (known && first !== row) this.#linked.add(known);
    const inode = known ?? new Inode(this.#table, first, layer);
    this.#inodes[first] = inode;
    return inode;
  }

  #put(path: ByteString, inode: Inode, children: Map<ByteString, Inode>): void {
    const name = path.slice(path.lastIndexOf('/') + 1) as ByteString;
    if (children.has(name)) throw new ContradictoryListing('something is listed twice, or below what is no directory');
    children.set(name, inode);
  }

  /** Those of a directory, which is there without being listed where something stands in it. */
  #childrenOf(path: ByteString): Map<ByteString, Inode> {
    const missing: ByteString[] = [];
    let at = path;
    for (; !this.#directories.has(at); at = parentPath(at)) missing.push(at);
    let children = this.#directories.get(at) ?? new Map<ByteString, Inode>();
    for (const directory of missing.toReversed()) children = this.#addUnlisted(directory, children);
    return children;
  }

  #addUnlisted(path: ByteString, siblings: Map<ByteString, Inode>): Map<ByteString, Inode> {
    this.#unlisted++;
    if (this.#unlisted + this.#table.length > this.#maxEntries) {
      const value = String(this.#maxEntries);
      throw new HoldfastError('LIMIT_EXCEEDED', { limit: 'entries', flag: limitFlags.maxEntries, value });
    }
    const children = new Map<ByteString, Inode>();
    this.#directories.set(path, children);
    this.#put(path, new Inode(unlistedDirectory, 0, layer, children), siblings);
    return children;
  }
}
