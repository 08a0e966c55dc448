import type { ByteString } from '../base/index.ts';
import { type EntryTable, impliedDirectory } from './entry-table.ts';
import { type Children, Inode } from './inode.ts';
import type { Tree } from './tree.ts';

/** The children of a directory that this edit owns and may change. */
export type OwnedChildren = Map<ByteString, Inode>;

/**
 * A tree under change. Directories are copied the first time they are touched, so the tree it began with stays as it
 * was and untouched parts are shared. Over many layers each directory is copied at most once.
 */
export class TreeEdit {
  #root: Inode;
  readonly #owned = new Set<Children>();
  readonly #linked: Set<Inode>;
  #impliedDirectories = 0;
  #namesOfLinks = 0;

  constructor(base: Tree) {
    this.#linked = new Set(base.linked);
    this.#root = this.#ownedDirectory(base.root);
  }

  get rootChildren(): OwnedChildren {
    return this.#root.children as OwnedChildren;
  }

  get root(): Inode {
    return this.#root;
  }

  /** How many implied directories this edit has put, gone ones included. */
  get impliedDirectories(): number {
    return this.#impliedDirectories;
  }

  /** Adds to the number of names that were read in the texts of links, and returns it. */
  countNamesOfLinks(names: number): number {
    this.#namesOfLinks += names;
    return this.#namesOfLinks;
  }

  /** The child directory, made this edit's own. */
  enter(parent: OwnedChildren, name: ByteString, directory: Inode): OwnedChildren {
    const owned = this.#ownedDirectory(directory);
    if (owned !== directory) parent.set(name, owned);
    return owned.children as OwnedChildren;
  }

  /** Puts an empty directory with the implied attributes at a name, over whatever stood there. */
  putImpliedDirectory(parent: OwnedChildren, name: ByteString): OwnedChildren {
    this.#impliedDirectories++;
    return this.putDirectory(parent, name, { table: impliedDirectory, row: 0, layer: 0 });
  }

  /** Puts an empty directory at a name, over whatever stood there. */
  putDirectory(parent: OwnedChildren, name: ByteString, attributes: Attributes): OwnedChildren {
    const children: OwnedChildren = new Map();
    this.#owned.add(children);
    parent.set(name, new Inode(attributes.table, attributes.row, attributes.layer, children));
    return children;
  }

  /** Puts a new inode that is not a directory at a name, over whatever stood there. */
  putInode(parent: OwnedChildren, name: ByteString, attributes: Attributes): void {
    parent.set(name, new Inode(attributes.table, attributes.row, attributes.layer));
  }

  /** Gives a directory other attributes; its children stay. */
  setAttributes(parent: OwnedChildren, name: ByteString, attributes: Attributes): void {
    const children = parent.get(name)?.children;
    parent.set(name, new Inode(attributes.table, attributes.row, attributes.layer, children));
  }

  /** Removes everything in a directory; its attributes stay. */
  clearDirectory(parent: OwnedChildren, name: ByteString): void {
    const { table, row, layer } = parent.get(name) ?? { table: impliedDirectory, row: 0, layer: 0 };
    this.putDirectory(parent, name, { table, row, layer });
  }

  /** Another edit of the tree as it stands now, to be thrown away before this one goes on. */
  fork(): TreeEdit {
    return new TreeEdit({ root: this.#root, layers: 0, linked: new Set() });
  }

  setRootAttributes(attributes: Attributes): void {
    this.#root = new Inode(attributes.table, attributes.row, attributes.layer, this.#root.children);
  }

  /** Gives an inode one more name. */
  putLink(parent: OwnedChildren, name: ByteString, inode: Inode): void {
    this.#linked.add(inode);
    parent.set(name, inode);
  }

  /** The tree as it stands. The edit must not be used afterwards. */
  finish(layers: number): Tree {
    return { root: this.#root, layers, linked: this.#linked };
  }

  #ownedDirectory(directory: Inode): Inode {
    const children = directory.children ?? new Map<ByteString, Inode>();
    if (this.#owned.has(children)) return directory;
    const copy: OwnedChildren = new Map(children);
    this.#owned.add(copy);
    return new Inode(directory.table, directory.row, directory.layer, copy);
  }
}

/** Where attributes come from. */
export interface Attributes {
  readonly table: EntryTable;
  readonly row: number;
  readonly layer: number;
}
