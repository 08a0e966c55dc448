/** A whole tree in columns, and as a tree again whose directories become objects when somebody looks into them. */
import { type ByteString, fromBytes, toBytes } from '../base/index.ts';
import { type EntryTable, impliedDirectory } from './entry-table.ts';
import { type Children, Inode } from './inode.ts';
import { sortedChildren, type Tree } from './tree.ts';

/** One row for each name, level by level: what a directory holds is next to each other, in byte order. */
export interface TreeColumns {
  /** Where each row's name begins in `text`; the last element is the end of `text`. */
  readonly starts: Uint32Array;
  /** The layer and the row of its table that give the attributes; layer 0: an implied directory. */
  readonly layer: Uint16Array;
  readonly row: Uint32Array;
  /** What a directory holds: rows from `first` on. */
  readonly first: Uint32Array;
  readonly count: Uint32Array;
  /** Names with the same number, from 1 on, are one inode; 0 for an inode that never had a second name. */
  readonly link: Uint32Array;
  readonly text: Uint8Array;
}

/** Inodes must be of the tables that are given again to {@link treeOfColumns}. */
export function columnsOfTree(tree: Tree): TreeColumns {
  const { names, ...places } = levelOrder(tree);
  const numbers = new Map([...tree.linked].map((inode, index) => [inode, index + 1]));
  return {
    ...places,
    layer: Uint16Array.from(names, ({ layer }) => layer),
    row: Uint32Array.from(names, ({ row }) => row),
    link: Uint32Array.from(names, (inode) => numbers.get(inode) ?? 0),
  };
}

/** The names of a tree level by level, with the inode that stands at each. */
export function levelOrder({
  root,
}: Tree): Pick<TreeColumns, 'starts' | 'text' | 'first' | 'count'> & { readonly names: readonly Inode[] } {
  const names = [root];
  const texts = ['' as ByteString];
  for (let at = 0; at < names.length; at++) {
    const directory = names[at];
    if (directory?.children === undefined) continue;
    for (const [name, inode] of sortedChildren(directory)) {
      names.push(inode);
      texts.push(name);
    }
  }
  const starts = new Uint32Array(names.length + 1);
  for (const [at, { length }] of texts.entries()) starts[at + 1] = (starts[at] ?? 0) + length;
  const count = Uint32Array.from(names, ({ children }) => children?.size ?? 0);
  const first = new Uint32Array(names.length);
  let next = 1;
  for (const [at, size] of count.entries()) {
    first[at] = next;
    next += size;
  }
  return { names, starts, first, count, text: toBytes(texts.join('') as ByteString) };
}

/** @param tables of the layers, bottom first */
export function treeOfColumns(columns: TreeColumns, tables: readonly EntryTable[]): Tree {
  const stored = new StoredTree(columns, tables);
  return { root: stored.inode(0), layers: tables.length, linked: stored.linked() };
}

class StoredTree {
  readonly #columns: TreeColumns;
  readonly #tables: readonly EntryTable[];
  readonly #text: Buffer;
  /** By their numbers. */
  readonly #links = new Map<number, Inode>();

  constructor(columns: TreeColumns, tables: readonly EntryTable[]) {
    this.#columns = columns;
    this.#tables = tables;
    const { buffer, byteOffset, byteLength } = columns.text;
    this.#text = Buffer.from(buffer, byteOffset, byteLength);
  }

  linked(): Set<Inode> {
    const { link } = this.#columns;
    for (let at = 0; at < link.length; at++) if (link[at] !== 0) this.inode(at);
    return new Set(this.#links.values());
  }

  inode(at: number): Inode {
    const link = this.#columns.link[at] ?? 0;
    if (link === 0) return this.#newInode(at);
    const known = this.#links.get(link);
    if (known) return known;
    const inode = this.#newInode(at);
    this.#links.set(link, inode);
    return inode;
  }

  childrenOf(at: number): Map<ByteString, Inode> {
    const { starts, first, count } = this.#columns;
    const children = new Map<ByteString, Inode>();
    const begin = first[at] ?? 0;
    const end = begin + (count[at] ?? 0);
    for (let row = begin; row < end; row++) {
      children.set(fromBytes(this.#text, starts[row] ?? 0, starts[row + 1] ?? 0), this.inode(row));
    }
    return children;
  }

  #newInode(at: number): Inode {
    const layer = this.#columns.layer[at] ?? 0;
    const row = this.#columns.row[at] ?? 0;
    const table = this.#tables[layer - 1] ?? impliedDirectory;
    return new Inode(table, row, layer, table.kind(row) === 'directory' ? new StoredChildren(this, at) : undefined);
  }
}

/** What a stored directory holds, read from the columns when it is first asked for. */
class StoredChildren implements Children {
  readonly #stored: StoredTree;
  readonly #at: number;
  #children: Map<ByteString, Inode> | undefined;

  constructor(stored: StoredTree, at: number) {
    this.#stored = stored;
    this.#at = at;
  }

  get #read(): Map<ByteString, Inode> {
    this.#children ??= this.#stored.childrenOf(this.#at);
    return this.#children;
  }

  get size(): number {
    return this.#read.size;
  }

  get(name: ByteString): Inode | undefined {
    return this.#read.get(name);
  }

  has(name: ByteString): boolean {
    return this.#read.has(name);
  }

  keys(): MapIterator<ByteString> {
    return this.#read.keys();
  }

  values(): MapIterator<Inode> {
    return this.#read.values();
  }

  entries(): MapIterator<[ByteString, Inode]> {
    return this.#read.entries();
  }

  forEach(visit: (inode: Inode, name: ByteString, children: Children) => void): void {
    for (const [name, inode] of this.#read) visit(inode, name, this);
  }

  [Symbol.iterator](): MapIterator<[ByteString, Inode]> {
    return this.entries();
  }
}
