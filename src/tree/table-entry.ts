import type { ByteString } from '../base/index.ts';
import type { EntryTable, TableEntry } from './entry-table.ts';
import { EntryTableBuilder } from './entry-table-builder.ts';
import type { Inode } from './inode.ts';
import type { PlannedEntry } from './plan.ts';

const empty = '' as ByteString;
const markerFacts: Omit<TableEntry, 'name' | 'kind'> = {
  linkName: empty,
  mode: 0,
  uid: 0,
  gid: 0,
  mtime: { seconds: 0, nanoseconds: 0 },
  size: 0,
  dataOffset: 0,
  xattrs: undefined,
  deviceMajor: 0,
  deviceMinor: 0,
  sparse: undefined,
};

/** A marker as the row of a table: it has a name and nothing else. */
export function markerEntry(kind: 'whiteout' | 'opaque', name: ByteString): TableEntry {
  return { ...markerFacts, name, kind };
}

/** An inode as the row of a table, under a name. */
export function tableEntryOf(inode: Inode, name: ByteString): TableEntry {
  const [deviceMajor, deviceMinor] = inode.device;
  const { kind, mode, uid, gid, mtime, xattrs, sparse, linkText, table, row } = inode;
  const dataOffset = table.dataOffset(row);
  const size = table.size(row);
  const attributes = { mode, uid, gid, mtime, xattrs };
  return { name, kind, linkName: linkText, ...attributes, size, dataOffset, deviceMajor, deviceMinor, sparse };
}

/** A planned layer as a table, as if it had been written and read again. */
export interface PlannedTable {
  readonly table: EntryTable;
  /** The inodes of its rows, where their content is; undefined for whiteouts. */
  readonly inodes: readonly (Inode | undefined)[];
}

/** Makes a layer of a plan without writing it. */
export function tableOfPlan(plan: Iterable<PlannedEntry>): PlannedTable {
  const builder = new EntryTableBuilder();
  const inodes: (Inode | undefined)[] = [];
  for (const entry of plan) {
    builder.add(rowOf(entry));
    inodes.push(entry.kind === 'whiteout' ? undefined : entry.inode);
  }
  return { table: builder.finish(), inodes };
}

function rowOf(entry: PlannedEntry): TableEntry {
  if (entry.kind === 'whiteout') return markerEntry('whiteout', entry.path);
  const row = tableEntryOf(entry.inode, entry.path);
  return entry.kind === 'link' ? { ...row, kind: 'hardlink', linkName: entry.target, size: 0, sparse: undefined } : row;
}

/** A row as it was added. */
export function tableEntryAt(table: EntryTable, row: number): TableEntry {
  const [deviceMajor, deviceMinor] = table.device(row);
  return {
    name: table.name(row),
    kind: table.kind(row),
    linkName: table.linkName(row),
    mode: table.mode(row),
    uid: table.uid(row),
    gid: table.gid(row),
    mtime: table.mtime(row),
    size: table.size(row),
    dataOffset: table.dataOffset(row),
    xattrs: table.xattrs(row),
    deviceMajor,
    deviceMinor,
    sparse: table.sparse(row),
    spelling: table.columns.spelling[row] ?? 0,
  };
}
