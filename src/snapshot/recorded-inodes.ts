/** What the unpack record says of what stands in a directory now. */
import { type ByteString, formatTimestamp, type Timestamp } from '../base/index.ts';
import type { LiveTree } from '../scan/index.ts';
import { type Inode, lookup, type Tree } from '../tree/index.ts';
import { type OpenTree, type RecordedPath, readUnpackRecord, type UnpackRecordFile } from '../trees/index.ts';

/**
 * `absent`: there is none that can be believed; `foreign`: it is about another image, or cannot be compared; `none`: the base
 * is no image, or there is no directory.
 */
export type RecordUse = 'used' | 'absent' | 'foreign' | 'none';

/** An inode of the directory that was placed for one of the base, under the same name. */
export interface PlacedInode {
  readonly of: Inode;
  /** Nobody has touched it since. */
  readonly isUntouched: boolean;
  /** Not all attributes were on disk as the base has them. */
  readonly isLossy: boolean;
}

export interface Recorded {
  readonly head: UnpackRecordFile['head'];
  readonly uid: number;
  readonly gid: number;
  /** By inodes of the directory. */
  readonly placed: ReadonlyMap<Inode, PlacedInode>;
  /** What could not be placed at all, by the directory that lacks it: nobody could have removed it. */
  readonly absent: ReadonlyMap<Inode, ReadonlyMap<ByteString, Inode>>;
}

/**
 * Believes a record only about the very image that is the base, and takes an inode for untouched only where device, inode
 * number, size and both times are as they were, both times being older than the record: what was written to in the same tick
 * of the clock in which the record was completed looks untouched.
 */
export async function recordedInodes(
  base: OpenTree,
  { live, directory }: OpenTree,
): Promise<{ readonly use: RecordUse; readonly recorded?: Recorded }> {
  if (base.image === undefined || live === undefined || directory === undefined) return { use: 'none' };
  using record = readUnpackRecord(directory);
  if (record === undefined) return { use: 'absent' };
  // The clock of another file system may be another one.
  const isComparable = record.device === live.identity(live.tree.root).device;
  if (!isComparable || !isAbout(record, base)) return { use: 'foreign' };
  const reading = new RecordReading(base.tree, live, record.writtenAt);
  for await (const recorded of record.paths()) reading.take(recorded);
  const { head, uid, gid } = record;
  return { use: 'used', recorded: { head, uid, gid, placed: reading.placed, absent: reading.absent } };
}

function isAbout({ head }: UnpackRecordFile, { image, onConflict }: OpenTree): boolean {
  const { digest, layers } = head;
  return digest === image?.manifestDigest && layers === image.layers.length && head.onConflict === onConflict;
}

class RecordReading {
  readonly placed = new Map<Inode, PlacedInode>();
  readonly absent = new Map<Inode, Map<ByteString, Inode>>();
  readonly #base: Tree;
  readonly #live: LiveTree;
  readonly #writtenAt: bigint;
  /** Inodes of the base that stand in the directory: one stands there once. */
  readonly #used = new Set<Inode>();
  /** Lines of one directory mostly follow each other. */
  #last: { readonly path: ByteString; readonly now: Inode | undefined; readonly before: Inode | undefined } | undefined;

  constructor(base: Tree, live: LiveTree, writtenAt: bigint) {
    this.#base = base;
    this.#live = live;
    this.#writtenAt = writtenAt;
  }

  take({ path, identity, isLossy }: RecordedPath): void {
    const slash = path.lastIndexOf('/');
    const directory = this.#directory(path.slice(0, Math.max(slash, 0)) as ByteString);
    const name = path.slice(slash + 1) as ByteString;
    const before = path === '' ? this.#base.root : directory.before?.children?.get(name);
    const now = path === '' ? this.#live.tree.root : directory.now?.children?.get(name);
    if (before === undefined) return;
    if (identity === undefined) {
      if (now === undefined && directory.now?.children) this.#lack(directory.now, name, before);
    } else if (now !== undefined && now.kind === before.kind) this.#place(now, before, { identity, isLossy });
  }

  #directory(path: ByteString) {
    if (this.#last?.path !== path) {
      this.#last = { path, now: lookup(this.#live.tree, path), before: lookup(this.#base, path) };
    }
    return this.#last;
  }

  #lack(directory: Inode, name: ByteString, inode: Inode): void {
    const names = this.absent.get(directory);
    if (names) names.set(name, inode);
    else this.absent.set(directory, new Map([[name, inode]]));
  }

  #place(now: Inode, of: Inode, { identity, isLossy }: Required<Omit<RecordedPath, 'path'>>): void {
    const known = this.placed.get(now);
    if (known?.of === of) return;
    const { inode, device } = this.#live.identity(now);
    const isSame = identity.inode === String(inode) && identity.device === String(device);
    // Somebody else's record, or a damaged one, may say that two inodes are one.
    if (!isSame || known !== undefined || this.#used.has(of)) return;
    this.#used.add(of);
    this.placed.set(now, { of, isLossy, isUntouched: this.#isUntouched(now, identity) });
  }

  #isUntouched(now: Inode, identity: NonNullable<RecordedPath['identity']>): boolean {
    const { size, mtime, ctime } = this.#live.identity(now);
    if (identity.ctime !== formatTimestamp(ctime) || identity.mtime !== formatTimestamp(mtime)) return false;
    const isSameSize = now.kind !== 'file' || identity.size === size;
    return isSameSize && nanoseconds(ctime) < this.#writtenAt && nanoseconds(mtime) < this.#writtenAt;
  }
}

function nanoseconds({ seconds, nanoseconds: rest }: Timestamp): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(rest);
}
