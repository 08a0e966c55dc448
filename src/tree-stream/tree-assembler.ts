/** Records put together to a tree, as they come. */
import { type ByteString, HoldfastError, limitFlags, type Limits, maxMetadataBytes } from '../base/index.ts';
import {
  type EntryTable,
  EntryTableBuilder,
  Inode,
  joinPath,
  parentPath,
  type Tree,
  walkOrderKey,
} from '../tree/index.ts';
import type { RecordedInode, RecordedProblem, TreeRecord } from './record.ts';

export interface AssembledTree {
  readonly tree: Tree;
  /** What was met, with its path, in walk order. */
  readonly problems: readonly (RecordedProblem & { readonly path: ByteString })[];
  /** The first name of an inode of the tree, in walk order. */
  pathOf(inode: Inode): ByteString;
}

/** Everything that is listed is one layer. */
const layer = 1;
/** What one costs in memory beside its path, roughly. */
const problemBytes = 150;

/** A name that is not the first of its inode. */
interface FurtherName {
  readonly parent: number;
  readonly name: ByteString;
  readonly row: number;
}

/** Takes records in the order of a walk, and nothing else: no name twice, none before its directory. */
export class TreeAssembler {
  readonly #limits: Limits;
  readonly #builder = new EntryTableBuilder();
  readonly #problems: (RecordedProblem & { readonly path: ByteString })[] = [];
  readonly #further: FurtherName[] = [];
  readonly #linked = new Map<string, number>();
  /** By row; that of the root is 0. */
  readonly #parents: number[] = [];
  /** The directories that lead to the last record. */
  readonly #trail: { readonly path: ByteString; readonly row: number }[] = [];
  #last: ByteString | undefined;
  #count = 0;
  #bytes = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** The path of the last record: where to go on. */
  get last(): ByteString | undefined {
    return this.#last;
  }

  get count(): number {
    return this.#count;
  }

  /** @throws TREE_STREAM_INVALID, LIMIT_EXCEEDED */
  add({ path, inode, problems }: TreeRecord): void {
    const parent = this.#place(path);
    this.#last = path;
    for (const problem of problems) this.#problems.push({ ...problem, path });
    this.#bytes += problems.length * (path.length + problemBytes);
    this.#bound(inode);
    if (inode !== undefined) this.#addInode(path, parent, inode);
  }

  /** @throws TREE_STREAM_INVALID when there is no root */
  finish(): AssembledTree {
    if (this.#parents.length === 0) throw invalid('there is no root');
    const table = this.#builder.finish();
    const inodes = inodesOf(table);
    const linked = new Set<Inode>();
    for (let row = 1; row < table.length; row++) {
      place(inodes, this.#parents[row] ?? 0, table.name(row), row);
    }
    for (const { parent, name, row } of this.#further) {
      const inode = place(inodes, parent, name, row);
      if (inode) linked.add(inode);
    }
    const root = inodes[0] as Inode;
    const parents = Uint32Array.from(this.#parents);
    const pathOf = ({ row }: Inode): ByteString => pathOfRow(table, parents, row);
    return { tree: { root, layers: layer, linked }, problems: this.#problems, pathOf };
  }

  /** The row of the directory that a path stands in. */
  #place(path: ByteString): number {
    const last = this.#last;
    if (last === undefined) {
      if (path !== '') throw invalid('it does not begin with the root');
      return 0;
    }
    if (walkOrderKey(path) <= walkOrderKey(last)) throw invalid('its paths are not in order', path);
    const above = parentPath(path);
    while (this.#trail.length > 1 && this.#trail.at(-1)?.path !== above) this.#trail.pop();
    const directory = this.#trail.at(-1);
    if (directory?.path !== above) throw invalid('a path stands in no directory that was listed', path);
    return directory.row;
  }

  #addInode(path: ByteString, parent: number, inode: RecordedInode): void {
    const name = path.slice(path.lastIndexOf('/') + 1) as ByteString;
    const { kind, link } = inode;
    if (path === '' && kind !== 'directory') throw invalid('its root is no directory');
    // A number may be used again while a tree is listed, for something else.
    const key = link === undefined ? undefined : `${kind} ${link}`;
    const known = key === undefined ? undefined : this.#linked.get(key);
    if (known !== undefined) {
      this.#further.push({ parent, name, row: known });
      this.#bytes += name.length;
      return;
    }
    const row = this.#addRow(name, inode);
    this.#parents.push(parent);
    if (key !== undefined) this.#linked.set(key, row);
    if (kind === 'directory') this.#trail.push({ path, row });
  }

  #addRow(name: ByteString, inode: RecordedInode): number {
    const { kind, mode, uid, gid, mtime, size, xattrs, linkText: linkName } = inode;
    const [deviceMajor, deviceMinor] = inode.device;
    const facts = { kind, mode, uid, gid, mtime, size, xattrs, deviceMajor, deviceMinor };
    return this.#builder.add({ ...facts, name, linkName, dataOffset: 0, sparse: undefined });
  }

  #bound(inode: RecordedInode | undefined): void {
    const { maxEntries, maxDepth, maxXattrBytes } = this.#limits;
    if (++this.#count > maxEntries) throw exceeded('entries', limitFlags.maxEntries, maxEntries);
    // The directories that lead to it are at hand; those of what was not in the tree are too.
    if (this.#trail.length > maxDepth) throw exceeded('path components', limitFlags.maxDepth, maxDepth);
    let xattrBytes = 0;
    for (const [name, value] of inode?.xattrs ?? []) xattrBytes += name.length + value.length;
    if (xattrBytes > maxXattrBytes) throw exceeded('bytes of xattrs', limitFlags.maxXattrBytes, maxXattrBytes);
    if (this.#bytes + this.#builder.metadataBytes > maxMetadataBytes)
      throw exceeded('bytes of names, link texts and xattrs', '', maxMetadataBytes);
  }
}

function inodesOf(table: EntryTable): Inode[] {
  return Array.from({ length: table.length }, (_, row) =>
    table.kind(row) === 'directory'
      ? new Inode(table, row, layer, new Map<ByteString, Inode>())
      : new Inode(table, row, layer),
  );
}

function place(inodes: readonly Inode[], parent: number, name: ByteString, row: number): Inode | undefined {
  const inode = inodes[row];
  if (inode) (inodes[parent]?.children as Map<ByteString, Inode> | undefined)?.set(name, inode);
  return inode;
}

function pathOfRow(table: EntryTable, parents: Uint32Array, row: number): ByteString {
  const names: ByteString[] = [];
  for (let at = row; at !== 0; at = parents[at] ?? 0) names.push(table.name(at));
  return names.reverse().reduce(joinPath, '' as ByteString);
}

function invalid(reason: string, path?: ByteString): HoldfastError {
  return new HoldfastError('TREE_STREAM_INVALID', path === undefined ? { reason } : { reason, path });
}

function exceeded(limit: string, flag: string, value: number): HoldfastError {
  return new HoldfastError('LIMIT_EXCEEDED', { limit, flag, value: String(value) });
}
