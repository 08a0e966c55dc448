/** One layer as rules see it: its index, and the tree before and after it. */
import type { ByteString, Note } from '../base/index.ts';
import type { LayerIndex } from '../layer/index.ts';
import {
  type Children,
  type EntryKind,
  type EntryTable,
  type Inode,
  kindCode,
  lookup,
  parentPath,
  type RefusedRow,
  type Tree,
} from '../tree/index.ts';

export class LayerFacts {
  /** From 1, bottom first. */
  readonly number: number;
  readonly index: LayerIndex;
  readonly table: EntryTable;
  /** The tree under this layer. */
  readonly below: Tree;
  /** The tree with this layer, but for the rows that were refused. */
  readonly after: Tree;
  readonly refused: readonly RefusedRow[];
  /** What was noted when it was read and when it was laid. */
  readonly notes: readonly Note[];
  #existing: (Inode | undefined)[] | undefined;
  #rowsOfLinks: ReadonlyMap<ByteString, readonly number[]> | undefined;
  #ancestors: ReadonlySet<ByteString> | undefined;
  #linkGroups: ReadonlyMap<Inode, readonly ByteString[]> | undefined;
  #markers: ReadonlySet<ByteString> | undefined;

  constructor(
    index: LayerIndex,
    trees: { readonly below: Tree; readonly after: Tree },
    found: { readonly refused: readonly RefusedRow[]; readonly notes: readonly Note[] },
  ) {
    this.number = trees.after.layers;
    this.index = index;
    this.table = index.table;
    this.below = trees.below;
    this.after = trees.after;
    this.refused = found.refused;
    this.notes = found.notes;
  }

  /** The rows of some kinds, in the order of the archive. */
  *rows(...kinds: readonly EntryKind[]): Generator<number> {
    const { kind } = this.table.columns;
    const wanted = new Set<number>(kinds.map((one) => kindCode[one]));
    for (let row = 0; row < this.table.length; row++) if (wanted.has(kind[row] ?? -1)) yield row;
  }

  /** What the tree below has by the name of a row, no link followed. */
  existing(row: number): Inode | undefined {
    return (this.#existing ??= this.#findExisting())[row];
  }

  /** Whether a whiteout of this layer removes this very name. */
  removes(path: ByteString): boolean {
    return (this.#markers ??= this.#readMarkers()).has(path);
  }

  /** The rows of hard links, by their names. */
  get rowsOfLinks(): ReadonlyMap<ByteString, readonly number[]> {
    return (this.#rowsOfLinks ??= this.#findRowsOfLinks());
  }

  /** Every directory that the names of this layer go through; not the root. */
  get ancestors(): ReadonlySet<ByteString> {
    return (this.#ancestors ??= this.#findAncestors());
  }

  /** The names this layer gives to inodes of its own, where they are several. */
  get linkGroups(): ReadonlyMap<Inode, readonly ByteString[]> {
    return (this.#linkGroups ??= this.#findLinkGroups());
  }

  /** Whether an entry of this layer makes this directory, or gives it its attributes. */
  lists(directory: ByteString): boolean {
    const inode = lookup(this.after, directory);
    return inode !== undefined && inode.layer === this.number;
  }

  #findExisting(): (Inode | undefined)[] {
    const existing: (Inode | undefined)[] = [];
    if (this.below.layers === 0) return existing;
    let parent: { readonly path: ByteString; readonly children: Children | undefined } | undefined;
    for (let row = 0; row < this.table.length; row++) {
      const path = this.table.parentName(row);
      if (parent?.path !== path) parent = { path, children: lookup(this.below, path)?.children };
      const name = this.table.baseName(row);
      existing.push(name === '' ? this.below.root : parent.children?.get(name));
    }
    return existing;
  }

  #findRowsOfLinks(): Map<ByteString, number[]> {
    const found = new Map<ByteString, number[]>();
    for (const row of this.rows('hardlink')) {
      const name = this.table.name(row);
      const rows = found.get(name);
      if (rows) rows.push(row);
      else found.set(name, [row]);
    }
    return found;
  }

  #findAncestors(): Set<ByteString> {
    const found = new Set<ByteString>();
    let last: ByteString | undefined;
    for (let row = 0; row < this.table.length; row++) {
      const parent = this.table.parentName(row);
      if (parent === last) continue;
      last = parent;
      for (let path = parent; path !== '' && !found.has(path); path = parentPath(path)) found.add(path);
    }
    return found;
  }

  #findLinkGroups(): Map<Inode, readonly ByteString[]> {
    const found = new Map<Inode, Set<ByteString>>();
    for (const path of this.rowsOfLinks.keys()) {
      const inode = lookup(this.after, path);
      if (inode?.layer !== this.number || inode.children) continue;
      const names = found.get(inode) ?? new Set([this.table.name(inode.row)]);
      found.set(inode, names.add(path));
    }
    return new Map([...found].map(([inode, names]) => [inode, [...names]]));
  }

  #readMarkers(): Set<ByteString> {
    return new Set([...this.rows('whiteout')].map((row) => this.table.name(row)));
  }
}
