import type { ByteString } from '../base/index.ts';
import { type EntryTable, EntryTableBuilder, type Inode, tableEntryOf, type Xattrs } from '../tree/index.ts';

/** The rows of inodes, with the xattrs that are shown of them. */
export class ShownRows {
  readonly #table: EntryTable;
  readonly #rows = new Map<Inode, number>();

  /** @param shown what is shown instead of the xattrs that an inode has */
  constructor(all: Iterable<Inode>, shown: (inode: Inode) => Xattrs | undefined) {
    const builder = new EntryTableBuilder();
    for (const inode of all) {
      if (inode.xattrs === undefined || this.#rows.has(inode)) continue;
      this.#rows.set(inode, builder.add({ ...tableEntryOf(inode, '' as ByteString), xattrs: shown(inode) }));
    }
    this.#table = builder.finish();
  }

  of(inode: Inode): { readonly table: EntryTable; readonly row: number } {
    const row = this.#rows.get(inode);
    return row === undefined ? inode : { table: this.#table, row };
  }
}
