/** A case through the engine without any file: tar reader, entry table, apply. */
import { type ByteString, defaultLimits, type Note, NoteList, type SparseExtent } from '../../src/base/index.ts';
import { addEntry } from '../../src/layer/layer-entry.ts';
import { TarReader } from '../../src/tar/index.ts';
import {
  applyLayers,
  type EntryTable,
  EntryTableBuilder,
  type Inode,
  type OnConflict,
  type Tree,
  walk,
} from '../../src/tree/index.ts';
import {
  type Facts,
  listedContent,
  listedTime,
  listedXattrs,
  rootPath,
  type TreeListing,
  withGroups,
} from './tree-listing.ts';

interface Applied {
  readonly listing: TreeListing;
  readonly notes: readonly Note[];
}

export interface Run {
  readonly position: number;
  readonly bytes: Buffer;
}

/** One layer, understood by itself. */
export interface IndexedLayer {
  readonly table: EntryTable;
  /** The data of each row that has some. */
  readonly data: ReadonlyMap<number, readonly Run[]>;
}

/** @throws whatever the reader, the names or apply refuse. */
export function applyInMemory(layers: readonly Buffer[], onConflict: OnConflict = 'replace'): Applied {
  const notes = new NoteList();
  const indexed = layers.map((tar) => indexLayer(tar, { notes }));
  const tables = indexed.map(({ table }) => table);
  const tree = applyLayers(tables, { onConflict, onNote: (note) => notes.add(note) });
  return { listing: listingOfTree(tree, indexed), notes: notes.notes };
}

interface IndexOptions {
  readonly notes?: NoteList;
  /** Bytes that the reader gets at once; 64 KiB unless told otherwise. */
  readonly chunkBytes?: number;
}

/** @throws whatever the reader or the names refuse. */
export function indexLayer(tar: Buffer, options: IndexOptions = {}): IndexedLayer {
  const { notes = new NoteList(), chunkBytes = 65_536 } = options;
  const limits = defaultLimits;
  const builder = new EntryTableBuilder();
  const data = new Map<number, Run[]>();
  const reader = new TarReader(limits);
  let runs: Run[] = [];
  const drain = (): void => {
    for (let event = reader.next(); event !== undefined && event.kind !== 'end'; event = reader.next()) {
      if (event.kind === 'data') runs.push({ position: event.position, bytes: Buffer.from(event.bytes) });
      else {
        addEntry(event.entry, builder, limits, {
          note: (note) => notes.add(note),
          entry: (row) => data.set(row, (runs = [])),
        });
      }
    }
  };
  for (let at = 0; at < tar.length; at += chunkBytes) {
    reader.push(tar.subarray(at, at + chunkBytes));
    drain();
  }
  reader.finish();
  drain();
  notes.addAll(reader.notes);
  return { table: builder.finish(), data };
}

/** A tree whose layers 1, 2… are these. */
export function listingOfTree(tree: Tree, layers: readonly IndexedLayer[]): TreeListing {
  return listingWith(tree, (inode) => layers[inode.layer - 1]?.data.get(inode.row) ?? []);
}

/** A tree whose data is anywhere. */
export function listingWith(tree: Tree, dataOf: (inode: Inode) => readonly Run[]): TreeListing {
  const facts = new Map<ByteString, Facts>();
  const inodes = new Map<ByteString, string>();
  const numbers = new Map<Inode, string>();
  for (const { path, inode } of walk(tree)) {
    const name = path === '' ? rootPath : path;
    facts.set(name, factsOf(inode, dataOf(inode)));
    const number = numbers.get(inode) ?? String(numbers.size);
    numbers.set(inode, number);
    inodes.set(name, number);
  }
  return withGroups(facts, (path) => inodes.get(path));
}

function factsOf(inode: Inode, data: readonly Run[]): Facts {
  const { kind } = inode;
  const sparse: SparseExtent[] = data.map(({ position, bytes }) => ({ offset: position, size: bytes.length }));
  const stored = Buffer.concat(data.map(({ bytes }) => bytes));
  return {
    kind,
    mode: inode.mode,
    uid: inode.uid,
    gid: inode.gid,
    mtime: listedTime(inode.mtime),
    ...(kind === 'file' ? { content: listedContent(inode.size, stored, sparse) } : {}),
    ...(kind === 'symlink' ? { linkText: inode.linkText } : {}),
    ...(kind === 'char' || kind === 'block' ? { device: inode.device.join(':') } : {}),
    xattrs: listedXattrs(inode.xattrs ?? []),
  };
}
