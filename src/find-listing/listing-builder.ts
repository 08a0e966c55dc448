/** Collects what a listing says. */
import {
  type ByteString,
  type Digest,
  HoldfastError,
  limitFlags,
  type Limits,
  maxMetadataBytes,
  type Note,
  parseDigest,
} from '../base/index.ts';
import type { ScanProblem } from '../scan/index.ts';
import {
  EntryTableBuilder,
  type Inode,
  type InodeKind,
  type KnownFacts,
  lookup,
  sortByKey,
  type Tree,
  walkOrderKey,
} from '../tree/index.ts';
import { type ListedInode, MalformedRecord } from './listed-inode.ts';
import type { ListingSink } from './listing-parser.ts';
import { ContradictoryListing, treeOfListing } from './listing-tree.ts';
import { mountPointsBelow } from './mount-points.ts';

export interface FindListing {
  readonly tree: Tree;
  /** Content only where there are digests at all. */
  readonly facts: KnownFacts;
  /** In walk order. */
  readonly problems: readonly ScanProblem[];
  readonly notes: readonly Note[];
  /** Where something is mounted, in walk order; nothing below is in the tree. */
  readonly mounts: readonly ByteString[];
  /** Undefined for a file of which there is none, or more than one. */
  readonly digestOf: (inode: Inode) => Digest | undefined;
}

export class ListingBuilder implements ListingSink {
  readonly #limits: Limits;
  readonly #table = new EntryTableBuilder();
  readonly #firstRow: number[] = [];
  /** The first row of each inode, by device and kind, and then by number. */
  readonly #inodes = new Map<string, Map<number | string, number>>();
  /** The device of each directory, by row. */
  readonly #devices = new Map<number, string>();
  readonly #digests = new Map<ByteString, string>();
  readonly #problems: ScanProblem[] = [];
  readonly #tools = new Set<'find' | 'stat'>();
  #mounts: ByteString[] | undefined;
  #rootDevice: string | undefined;
  #status = 0;
  #hasDigests = false;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  addInode(inode: ListedInode): void {
    const { path, kind } = inode;
    this.#checkLimits(path);
    if (kind === 'socket') this.#problems.push({ kind, path });
    else if (kind === 'unknown') this.#problems.push({ kind: 'unreadable', what: 'inode', errno: 'ENOTSUP', path });
    else this.#addRow(inode, kind);
  }

  addDigest(path: ByteString, digest: string): void {
    if (this.#digests.size >= this.#limits.maxEntries) throw tooMany('maxEntries', 'entries', this.#limits.maxEntries);
    this.#digests.set(path, digest);
    this.#hasDigests = true;
  }

  addUnread(path: ByteString): void {
    this.#checkLimits(path);
    this.#problems.push({ kind: 'unreadable', what: 'names', errno: 'EACCES', path });
  }

  addVanished(path: ByteString): void {
    this.#checkLimits(path);
    this.#problems.push({ kind: 'vanished', path });
  }

  endListing(root: ByteString, mountInfo: ByteString, status: number): void {
    if (this.#mounts !== undefined) throw new MalformedRecord('there is a second listing');
    this.#mounts = mountPointsBelow(root, mountInfo);
    this.#status = status;
    if (this.#table.length === 0) throw new MalformedRecord(nothingListed);
  }

  endDigests(): void {
    this.#hasDigests = true;
  }

  /** @throws LIMIT_EXCEEDED, MalformedRecord */
  finish(): FindListing {
    if (this.#mounts === undefined) throw new MalformedRecord('there are digests only, and no listing');
    const table = this.#table.finish();
    const { tree, inodeAt } = this.#assemble(table);
    const mounts = this.#mountsIn(tree, (row) => table.name(row));
    const problems = [...this.#problems, ...mounts.map((path) => ({ kind: 'mount', path, isCrossed: false }) as const)];
    const digests = this.#digestsByInode((row) => table.name(row), inodeAt);
    return {
      tree,
      facts: this.#facts(),
      problems: sortByKey(problems, ({ path }) => walkOrderKey(path)),
      notes: this.#status === 0 ? [] : [{ code: 'LISTING_INCOMPLETE', detail: `its exit status was ${this.#status}` }],
      mounts,
      digestOf: (inode) => digests.get(inode),
    };
  }

  #addRow(inode: ListedInode, kind: InodeKind): void {
    const { path, device, numbers, linkText, mode, uid, gid, mtime } = inode;
    const row = this.#table.add({
      name: path,
      kind,
      linkName: linkText,
      mode,
      uid,
      gid,
      mtime,
      size: kind === 'file' ? inode.size : 0,
      dataOffset: 0,
      xattrs: undefined,
      deviceMajor: numbers?.[0] ?? 0,
      deviceMinor: numbers?.[1] ?? 0,
      sparse: undefined,
    });
    this.#firstRow.push(kind === 'directory' ? row : this.#firstRowOf(inode, row));
    if (kind === 'directory') this.#devices.set(row, device);
    if (path === '') this.#rootDevice = device;
    this.#tools.add(numbers === undefined ? 'find' : 'stat');
  }

  /** How many names an inode has is not asked: it would say nothing of names that are elsewhere. */
  #firstRowOf({ device, inode, kind }: ListedInode, row: number): number {
    const key = `${kind} ${device}`;
    const rows = this.#inodes.get(key) ?? new Map<number | string, number>();
    this.#inodes.set(key, rows);
    const number = Number(inode);
    const exact = Number.isSafeInteger(number) ? number : inode;
    const first = rows.get(exact);
    if (first === undefined) rows.set(exact, row);
    return first ?? row;
  }

  #checkLimits(path: ByteString): void {
    const { maxEntries, maxDepth } = this.#limits;
    if (this.#table.length + this.#problems.length >= maxEntries) throw tooMany('maxEntries', 'entries', maxEntries);
    if (this.#table.metadataBytes > maxMetadataBytes) throw tooMany(undefined, 'bytes of names', maxMetadataBytes);
    if (path.split('/', maxDepth + 1).length > maxDepth) throw tooMany('maxDepth', 'path components', maxDepth);
  }

  #assemble(table: ReturnType<EntryTableBuilder['finish']>): ReturnType<typeof treeOfListing> {
    try {
      return treeOfListing(table, this.#firstRow, this.#limits);
    } catch (error) {
      throw error instanceof ContradictoryListing ? new MalformedRecord(error.message, { cause: error }) : error;
    }
  }

  /** The topmost only: what is mounted below another mount was not to be seen anyhow. */
  #mountsIn(tree: Tree, nameOf: (row: number) => ByteString): ByteString[] {
    const found = new Set<ByteString>();
    for (const path of this.#mounts ?? []) if (lookup(tree, path)) found.add(path);
    for (const [row, device] of this.#devices) if (device !== this.#rootDevice) found.add(nameOf(row));
    const sorted = sortByKey(found, walkOrderKey);
    let last: string | undefined;
    return sorted.filter((path) => {
      if (last !== undefined && path.startsWith(`${last}/`)) return false;
      last = path;
      return true;
    });
  }

  #facts(): KnownFacts {
    return {
      content: this.#hasDigests,
      size: true,
      mode: true,
      symlinkMode: false,
      owner: true,
      mtime: true,
      nanoseconds: !this.#tools.has('stat'),
      xattrs: false,
      device: !this.#tools.has('find'),
    };
  }

  /** A file whose names have different digests was changed meanwhile, and has none. */
  #digestsByInode(
    nameOf: (row: number) => ByteString,
    inodeAt: (row: number) => Inode | undefined,
  ): ReadonlyMap<Inode, Digest | undefined> {
    const found = new Map<Inode, Digest | undefined>();
    if (this.#digests.size === 0) return found;
    for (const [row, first] of this.#firstRow.entries()) {
      const inode = inodeAt(first);
      const hex = this.#digests.get(nameOf(row));
      if (inode?.kind !== 'file' || hex === undefined) continue;
      const digest = parseDigest(`sha256:${hex}`);
      found.set(inode, found.has(inode) && found.get(inode) !== digest ? undefined : digest);
    }
    return found;
  }
}

const nothingListed = 'it is empty; where find has no -printf, the reduced line is needed';

function tooMany(flag: keyof Limits | undefined, limit: string, value: number): HoldfastError {
  const data = { limit: `${limit} in a listing`, flag: flag === undefined ? '' : limitFlags[flag] };
  return new HoldfastError('LIMIT_EXCEEDED', { ...data, value: String(value) });
}
