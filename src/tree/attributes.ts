/** Comparing the attribute sets of entries and inodes. */
import type { EntryTable, Xattrs } from './entry-table.ts';
import type { Inode } from './inode.ts';

/** Whether a row's mode, owner, time or xattrs differ from those of an inode. */
export function attributesDiffer(table: EntryTable, row: number, inode: Inode): boolean {
  const columns = table.columns;
  const mtime = inode.mtime;
  return (
    columns.mode[row] !== inode.mode ||
    columns.uid[row] !== inode.uid ||
    columns.gid[row] !== inode.gid ||
    columns.seconds[row] !== mtime.seconds ||
    columns.nanoseconds[row] !== mtime.nanoseconds ||
    !sameXattrs(table.xattrs(row), inode.xattrs)
  );
}

/** Whether two xattr sets have the same names and values. */
export function sameXattrs(a: Xattrs | undefined, b: Xattrs | undefined): boolean {
  if ((a?.size ?? 0) !== (b?.size ?? 0)) return false;
  for (const [name, value] of a ?? []) {
    const other = b?.get(name);
    if (other === undefined || Buffer.compare(value, other) !== 0) return false;
  }
  return true;
}
