import type { ByteString, SparseExtent, Timestamp } from '../base/index.ts';
import { type EntryTable, impliedDirectory, unlistedDirectory, type Xattrs } from './entry-table.ts';
import type { InodeKind } from './kinds.ts';

export type Children = ReadonlyMap<ByteString, Inode>;

/** What an inode is, whatever its names and its content. */
export type InodeFacts = Pick<Inode, 'kind' | 'mode' | 'uid' | 'gid' | 'mtime' | 'linkText' | 'xattrs' | 'device'>;

/**
 * A file system object, whatever its names. Identity is identity: two names are hard links of each other exactly when
 * they lead to the same `Inode` object. Its attributes stand in a row of a table, so an inode itself is small.
 */
export class Inode {
  readonly table: EntryTable;
  readonly row: number;
  /** The layer that gave the attributes (1 is the bottom); 0 for a directory no layer lists. */
  readonly layer: number;
  /** Name to inode, for a directory; undefined for every other kind. */
  readonly children: Children | undefined;

  constructor(table: EntryTable, row: number, layer: number, children?: Children) {
    this.table = table;
    this.row = row;
    this.layer = layer;
    this.children = children;
  }

  get kind(): InodeKind {
    // Only rows of inode kinds ever become inodes; markers and hard link entries do not.
    return this.table.kind(this.row) as InodeKind;
  }

  get mode(): number {
    return this.table.mode(this.row);
  }

  get uid(): number {
    return this.table.uid(this.row);
  }

  get gid(): number {
    return this.table.gid(this.row);
  }

  get mtime(): Timestamp {
    return this.table.mtime(this.row);
  }

  /** Logical bytes of a file, length of the text of a symbolic link, 0 otherwise. */
  get size(): number {
    return this.kind === 'symlink' ? this.linkText.length : this.table.size(this.row);
  }

  get linkText(): ByteString {
    return this.table.linkName(this.row);
  }

  get xattrs(): Xattrs | undefined {
    return this.table.xattrs(this.row);
  }

  get device(): readonly [major: number, minor: number] {
    return this.table.device(this.row);
  }

  get sparse(): readonly SparseExtent[] | undefined {
    return this.table.sparse(this.row);
  }

  /** Whether no layer listed this directory, so that it has the implied attributes. */
  get isImplied(): boolean {
    return this.table === impliedDirectory;
  }

  /** Whether nothing but the name of this directory is known, so that its attributes are not to be compared. */
  get isUnlisted(): boolean {
    return this.table === unlistedDirectory;
  }
}
