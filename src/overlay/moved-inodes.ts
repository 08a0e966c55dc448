/** What stands below under another name than the one it is seen by. */
import { type ByteString, HoldfastError, limitFlags, type Limits } from '../base/index.ts';
import { isHostXattr } from '../host/index.ts';
import { type EntryTable, EntryTableBuilder, Inode, tableEntryOf, type Xattrs } from '../tree/index.ts';

export interface MovedOptions {
  /** Inodes with several names stay what they are: their other names may be elsewhere. */
  readonly linked: ReadonlySet<Inode>;
  readonly hostXattrs: boolean;
  readonly limits: Limits;
}

type NamedInode = readonly [ByteString, Inode];

/**
 * Makes new inodes of what was moved. The directory that it was moved from may be seen in its old place, too, where
 * somebody wrote the redirect by hand, and then these are two. What is moved is written anew, so it gets what a disk shows
 * of it: links have the mode 0777, and xattrs of the host are not there.
 */
export class MovedInodes {
  /** From new inodes to those they were made of, where they have content. */
  readonly contents = new Map<Inode, Inode>();
  readonly #options: MovedOptions;
  #count = 0;

  constructor(options: MovedOptions) {
    this.#options = options;
  }

  /** @throws LIMIT_EXCEEDED */
  copy(names: readonly NamedInode[]): Map<ByteString, Inode> {
    const found = this.#below(names);
    const { table, rows } = this.#otherRows(found);
    const made = new Map<Inode, Inode>();
    // What a directory holds is made before it.
    for (const inode of found.toReversed()) {
      const children = inode.children && renamed(inode.children, made);
      const row = rows.get(inode);
      const copy =
        row === undefined
          ? new Inode(inode.table, inode.row, inode.layer, children)
          : new Inode(table, row, inode.layer, children);
      made.set(inode, copy);
      if (inode.kind === 'file' && inode.size > 0) this.contents.set(copy, inode);
    }
    return renamed(names, made);
  }

  /** Directories before what they hold. */
  #below(names: readonly NamedInode[]): Inode[] {
    const found = names.map(([, inode]) => inode).filter((inode) => !this.#options.linked.has(inode));
    for (let at = 0; at < found.length; at++) {
      this.#check(1);
      for (const child of found[at]?.children?.values() ?? []) {
        if (this.#options.linked.has(child)) this.#check(1);
        else found.push(child);
      }
    }
    return found;
  }

  /** Redirects may show one directory many times. */
  #check(more: number): void {
    this.#count += more;
    const { maxEntries } = this.#options.limits;
    if (this.#count <= maxEntries) return;
    const value = String(maxEntries);
    throw new HoldfastError('LIMIT_EXCEEDED', { limit: 'names', flag: limitFlags.maxEntries, value });
  }

  #otherRows(found: readonly Inode[]): { readonly table: EntryTable; readonly rows: ReadonlyMap<Inode, number> } {
    const builder = new EntryTableBuilder();
    const rows = new Map<Inode, number>();
    for (const inode of found) {
      const mode = inode.kind === 'symlink' ? 0o777 : inode.mode;
      const xattrs = this.#shown(inode.xattrs);
      if (mode === inode.mode && xattrs === inode.xattrs && inode.sparse === undefined) continue;
      rows.set(inode, builder.add({ ...tableEntryOf(inode, '' as ByteString), mode, xattrs, sparse: undefined }));
    }
    return { table: builder.finish(), rows };
  }

  #shown(xattrs: Xattrs | undefined): Xattrs | undefined {
    if (this.#options.hostXattrs || xattrs?.keys().some(isHostXattr) !== true) return xattrs;
    const shown = [...xattrs].filter(([name]) => !isHostXattr(name));
    return shown.length === 0 ? undefined : new Map(shown);
  }
}

function renamed(names: Iterable<NamedInode>, made: ReadonlyMap<Inode, Inode>): Map<ByteString, Inode> {
  return new Map(Array.from(names, ([name, inode]) => [name, made.get(inode) ?? inode]));
}
