/** Reads directories one after the other, down from one, with synchronous calls. */
import { constants } from 'node:fs';
import { type ByteString, HoldfastError, limitFlags, type Limits } from '../base/index.ts';
import { errnoOf, FileLook, host, type LookCalls } from '../host/index.ts';
import { type IgnoreList, ignoreList, type InodeKind, joinPath } from '../tree/index.ts';
import { openDirectoryAt } from './open-path.ts';
import { kindOfMode, RowBuilder, type ScannedRows } from './row-builder.ts';
import { meaningOf, type ScanProblem } from './scan-problem.ts';
import { type WorkItem, type WorkQueue } from './work-queue.ts';
import { XattrReader } from './xattr-reader.ts';

const { O_RDONLY, O_DIRECTORY } = constants;

/** What is to be scanned and how, the same for all lanes. Plain data. */
export interface ScanPlan {
  /** An open directory; it belongs to all threads. */
  readonly root: number;
  readonly ignore: readonly string[];
  readonly crossMounts: boolean;
  readonly hostXattrs: boolean;
  readonly limits: Limits;
}

/** Where the content of a directory stands: `count` rows from `first` on in this lane; a count of -1: it has vanished. */
export interface ListedDirectory {
  /** The row of the directory, and the lane of that row. */
  readonly lane: number;
  readonly row: number;
  readonly first: number;
  readonly count: number;
}

/** What one lane found. */
export interface ScannedLane extends ScannedRows {
  readonly lane: number;
  readonly directories: readonly ListedDirectory[];
  readonly problems: readonly ScanProblem[];
  readonly ignored: readonly ByteString[];
}

interface Subdirectory extends Pick<WorkItem, 'row' | 'inodeLow' | 'inodeHigh' | 'deviceMajor' | 'deviceMinor'> {
  readonly name: ByteString;
}

/** A directory that is open. Its own rows are complete before any below it are begun. */
interface Frame {
  readonly lane: number;
  readonly row: number;
  readonly handle: number;
  readonly path: ByteString;
  readonly depth: number;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  readonly isIgnored: ((name: ByteString) => boolean) | undefined;
  readonly names: readonly ByteString[];
  readonly firstRow: number;
  next: number;
  readonly subdirectories: Subdirectory[];
}

/** So many names at once: then the thread can do something else. */
const namesPerStep = 1024;
/** So many directories are given away at once. */
const mostGiven = 16;
export const vanishedCount = -1;
const readableByAll = 0o444;

export class DirectoryScanner implements Disposable {
  readonly #lane: number;
  readonly #plan: ScanPlan;
  readonly #queue: WorkQueue;
  readonly #ignore: IgnoreList;
  readonly #calls: Pick<LookCalls, 'look' | 'lookAt' | 'readNames' | 'readLink' | 'mayRead'>;
  readonly #xattrs: XattrReader;
  readonly #found = new FileLook();
  readonly #rows = new RowBuilder();
  readonly #directories: ListedDirectory[] = [];
  readonly #problems: ScanProblem[] = [];
  readonly #ignored: ByteString[] = [];
  readonly #frames: Frame[] = [];
  #pending = 0;
  #countedRows = 0;
  #countedMetadata = 0;

  constructor(plan: ScanPlan, lane: number, queue: WorkQueue) {
    this.#lane = lane;
    this.#plan = plan;
    this.#queue = queue;
    this.#ignore = ignoreList(plan.ignore);
    // Taken out once: what stands before them looks up the machine's calls each time.
    const { look, lookAt, readNames, readLink, mayRead } = host;
    this.#calls = { look, lookAt, readNames, readLink, mayRead };
    this.#xattrs = new XattrReader(plan.hostXattrs, plan.limits);
  }

  /** How many names it has looked at so far. */
  get length(): number {
    return this.#rows.length;
  }

  /** Adds the row of the root and gives it as work. @throws HOST_REFUSED */
  giveRoot(): void {
    const { root } = this.#plan;
    const path = '' as ByteString;
    this.#calls.lookAt(root, this.#found);
    const xattrs = this.#xattrs.readOf(root, path, this.#problems);
    const row = this.#rows.add(path, 'directory', this.#found, xattrs ? { xattrs } : {});
    const { inodeLow, inodeHigh, deviceMajor, deviceMinor } = this.#found;
    this.#queue.give({ lane: this.#lane, row, path, inodeLow, inodeHigh, deviceMajor, deviceMinor });
  }

  /** Opens a directory and makes it the next to be read. @throws HOST_REFUSED */
  begin(item: WorkItem): void {
    this.#enter(item, item.path, () => openDirectoryAt(this.#plan.root, item.path));
  }

  /**
   * Does a little more; false when everything below what was begun has been read or given away.
   * @throws HOST_REFUSED, LIMIT_EXCEEDED, ScanStopped
   */
  advance(): boolean {
    const frame = this.#frames.at(-1);
    if (frame === undefined) return false;
    this.#queue.check();
    if (frame.next < frame.names.length) {
      this.#lookAtNames(frame);
    } else {
      if (this.#pending > 1 && this.#queue.isHungry) this.#giveAway();
      const below = frame.subdirectories.pop();
      if (below === undefined) this.#leave();
      else this.#enterBelow(frame, below);
    }
    return true;
  }

  finish(): ScannedLane {
    const [directories, problems, ignored] = [this.#directories, this.#problems, this.#ignored];
    return { lane: this.#lane, ...this.#rows.finish(), directories, problems, ignored };
  }

  [Symbol.dispose](): void {
    while (this.#frames.length > 0) this.#leave();
  }

  #leave(): void {
    const frame = this.#frames.pop();
    if (frame) host.close(frame.handle);
  }

  #enterBelow(frame: Frame, below: Subdirectory): void {
    this.#pending--;
    const open = (): number => host.open(frame.handle, below.name, O_RDONLY | O_DIRECTORY);
    this.#enter({ ...below, lane: this.#lane }, joinPath(frame.path, below.name), open);
  }

  /** What cannot be opened or is not what was seen before is reported. */
  #enter(item: Omit<WorkItem, 'path'>, path: ByteString, open: () => number): void {
    let handle: number | undefined;
    try {
      handle = open();
      this.#calls.lookAt(handle, this.#found);
      if (!isSame(item, this.#found)) this.#vanish(item, path);
      else {
        this.#push(item, path, handle, this.#calls.readNames(handle));
        handle = undefined;
      }
    } catch (error) {
      const errno = errnoOf(error);
      const meaning = meaningOf(errno);
      if (meaning === undefined || errno === undefined) throw error;
      if (meaning === 'vanished') this.#vanish(item, path);
      else this.#problems.push({ kind: 'unreadable', path, what: 'names', errno });
    } finally {
      if (handle !== undefined) host.close(handle);
    }
  }

  #vanish({ lane, row }: Pick<WorkItem, 'lane' | 'row'>, path: ByteString): void {
    this.#directories.push({ lane, row, first: 0, count: vanishedCount });
    this.#problems.push({ kind: 'vanished', path });
  }

  #push(item: Omit<WorkItem, 'path'>, path: ByteString, handle: number, names: ByteString[]): void {
    const { lane, row, deviceMajor, deviceMinor } = item;
    const above = this.#frames.at(-1);
    const depth = above === undefined ? depthOf(path) : above.depth + 1;
    if (names.length > 0) this.#checkDepth(depth + 1, path);
    const isIgnored = this.#ignore.namesIn(path);
    const own = { lane, row, handle, path, depth, deviceMajor, deviceMinor, isIgnored };
    this.#frames.push({ ...own, names: names.sort(), next: 0, firstRow: this.#rows.length, subdirectories: [] });
  }

  #checkDepth(depth: number, path: ByteString): void {
    const { maxDepth } = this.#plan.limits;
    if (depth <= maxDepth) return;
    const value = String(maxDepth);
    throw new HoldfastError('LIMIT_EXCEEDED', { limit: 'path components', flag: limitFlags.maxDepth, value, path });
  }

  #lookAtNames(frame: Frame): void {
    const { names } = frame;
    const end = Math.min(names.length, frame.next + namesPerStep);
    for (let at = frame.next; at < end; at++) this.#lookAt(frame, names[at] as ByteString);
    frame.next = end;
    this.#count();
    if (end < names.length) return;
    const { lane, row, firstRow } = frame;
    this.#directories.push({ lane, row, first: firstRow, count: this.#rows.length - firstRow });
  }

  #count(): void {
    const { length, metadataBytes } = this.#rows;
    this.#queue.count(length - this.#countedRows, metadataBytes - this.#countedMetadata, this.#plan.limits);
    this.#countedRows = length;
    this.#countedMetadata = metadataBytes;
  }

  #lookAt(frame: Frame, name: ByteString): void {
    if (frame.isIgnored?.(name) === true) {
      this.#ignored.push(joinPath(frame.path, name));
      return;
    }
    try {
      this.#calls.look(frame.handle, name, this.#found);
      const kind = kindOfMode(this.#found.mode);
      if (kind === undefined) this.#problems.push({ kind: 'socket', path: joinPath(frame.path, name) });
      else this.#addRow(frame, name, kind);
    } catch (error) {
      this.#report(error, joinPath(frame.path, name));
    }
  }

  #report(error: unknown, path: ByteString): void {
    const errno = errnoOf(error);
    const meaning = meaningOf(errno);
    if (meaning === undefined || errno === undefined) throw error;
    this.#problems.push(
      meaning === 'vanished' ? { kind: 'vanished', path } : { kind: 'unreadable', path, what: 'inode', errno },
    );
  }

  #addRow(frame: Frame, name: ByteString, kind: InodeKind): void {
    const found = this.#found;
    const linkText = kind === 'symlink' ? { linkText: this.#calls.readLink(frame.handle, name) } : {};
    const xattrs = this.#xattrs.read(frame.handle, name, frame.path, this.#problems);
    const row = this.#rows.add(name, kind, found, xattrs ? { ...linkText, xattrs } : linkText);
    const isMount = found.isMountPoint ?? (kind === 'directory' && isElsewhere(found, frame));
    if (isMount) {
      const path = joinPath(frame.path, name);
      this.#problems.push({ kind: 'mount', path, isCrossed: this.#plan.crossMounts });
    }
    if (kind === 'directory' && (!isMount || this.#plan.crossMounts)) {
      const { inodeLow, inodeHigh, deviceMajor, deviceMinor } = found;
      frame.subdirectories.push({ name, row, inodeLow, inodeHigh, deviceMajor, deviceMinor });
      this.#pending++;
    }
    if (kind === 'file' && (found.mode & readableByAll) !== readableByAll) this.#checkReadable(frame, name);
  }

  #checkReadable(frame: Frame, name: ByteString): void {
    if (this.#calls.mayRead(frame.handle, name)) return;
    this.#problems.push({ kind: 'unreadable', path: joinPath(frame.path, name), what: 'content', errno: 'EACCES' });
  }

  /** What is highest is likely to be most, so it goes first; half of it stays. */
  #giveAway(): void {
    const frame = this.#frames.find(({ subdirectories }) => subdirectories.length > 0);
    if (frame === undefined) return;
    const { subdirectories, path } = frame;
    const most = Math.min(mostGiven, Math.ceil(subdirectories.length / 2));
    for (let given = 0; given < most; given++) {
      const below = subdirectories.pop();
      if (below === undefined) return;
      if (!this.#queue.give({ ...below, lane: this.#lane, path: joinPath(path, below.name) })) {
        subdirectories.push(below);
        return;
      }
      this.#pending--;
    }
  }
}

function depthOf(path: ByteString): number {
  return path === '' ? 0 : path.split('/').length;
}

type Identity = Pick<FileLook, 'inodeLow' | 'inodeHigh' | 'deviceMajor' | 'deviceMinor'>;

function isSame(a: Identity, b: Identity): boolean {
  return a.inodeLow === b.inodeLow && a.inodeHigh === b.inodeHigh && !isElsewhere(a, b);
}

type OnDevice = Pick<FileLook, 'deviceMajor' | 'deviceMinor'>;

function isElsewhere(a: OnDevice, b: OnDevice): boolean {
  return a.deviceMajor !== b.deviceMajor || a.deviceMinor !== b.deviceMinor;
}
