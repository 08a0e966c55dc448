/** Reads directories one after the other, down from one, with synchronous calls. */
import { constants } from 'node:fs';
import { type ByteString, HoldfastError, limitFlags } from '../base/index.ts';
import { errnoOf, FileLook, host, type LookCalls } from '../host/index.ts';
import { type IgnoreList, ignoreList, type InodeKind, joinPath } from '../tree/index.ts';
import { type KnownLook, type KnownNames, KnownTree } from './known-rows.ts';
import { openDirectoryAt } from './open-path.ts';
import { kindOfMode, RowBuilder } from './row-builder.ts';
import { type ListedDirectory, type ScannedLane, type ScanPlan, vanishedCount } from './scan-plan.ts';
import { isElsewhere, isSame } from './scan-identity.ts';
import { meaningOf, type ScanProblem } from './scan-problem.ts';
import { type WorkItem, type WorkQueue } from './work-queue.ts';
import { XattrReader } from './xattr-reader.ts';

const { O_RDONLY, O_DIRECTORY } = constants;

interface Subdirectory extends Pick<
  WorkItem,
  'row' | 'known' | 'inodeLow' | 'inodeHigh' | 'deviceMajor' | 'deviceMinor'
> {
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
  /** For each name the row that is known of it, counted from 1; 0 for none. */
  readonly known: Uint32Array | undefined;
  readonly firstRow: number;
  next: number;
  readonly subdirectories: Subdirectory[];
}

/** What a look was compared with. */
interface Known {
  readonly look: KnownLook;
  /** The row of the same inode, counted from 1; 0 for none. */
  readonly known: number;
}

/** So many names at once: then the thread can do something else. */
const namesPerStep = 1024;
/** So many directories are given away at once. */
const mostGiven = 16;
const readableByAll = 0o444;

export class DirectoryScanner implements Disposable {
  readonly #lane: number;
  readonly #plan: ScanPlan;
  readonly #queue: WorkQueue;
  readonly #ignore: IgnoreList;
  readonly #calls: Pick<LookCalls, 'look' | 'lookAt' | 'readNames' | 'readLink' | 'mayRead'>;
  readonly #xattrs: XattrReader;
  readonly #known: KnownTree | undefined;
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
    this.#known = plan.known && new KnownTree(plan.known);
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
    const known = this.#known === undefined ? 0 : 1;
    const isSameInode = known !== 0 && this.#known?.compare(0, this.#found, false) !== 'other';
    const row = this.#rows.add(path, 'directory', this.#found, {
      known: isSameInode ? known : 0,
      xattrs,
    });
    const { inodeLow, inodeHigh, deviceMajor, deviceMinor } = this.#found;
    this.#queue.give({ lane: this.#lane, row, known, path, inodeLow, inodeHigh, deviceMajor, deviceMinor });
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
        this.#push(item, path, handle);
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

  #push(item: Omit<WorkItem, 'path'>, path: ByteString, handle: number): void {
    const { lane, row, deviceMajor, deviceMinor } = item;
    const { names, rows: known } = this.#namesIn(handle, item.known);
    const above = this.#frames.at(-1);
    const depth = above === undefined ? depthOf(path) : above.depth + 1;
    if (names.length > 0) this.#checkDepth(depth + 1, path);
    const isIgnored = this.#ignore.namesIn(path);
    const own = { lane, row, handle, path, depth, deviceMajor, deviceMinor, isIgnored };
    this.#frames.push({ ...own, names, known, next: 0, firstRow: this.#rows.length, subdirectories: [] });
  }

  /** Names come and go with the times of their directory: those of one that nobody has touched are known. */
  #namesIn(handle: number, known: number): Pick<KnownNames, 'names'> & Partial<KnownNames> {
    if (this.#known && known !== 0 && this.#plan.known?.untouched[known - 1] === 1)
      return this.#known.namesIn(known - 1);
    const names = this.#calls.readNames(handle).sort();
    return this.#known && known !== 0 ? { names, rows: this.#known.match(known - 1, names) } : { names };
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
    for (let at = frame.next; at < end; at++) this.#lookAt(frame, names[at] as ByteString, frame.known?.[at] ?? 0);
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

  #lookAt(frame: Frame, name: ByteString, known: number): void {
    if (frame.isIgnored?.(name) === true) {
      this.#ignored.push(joinPath(frame.path, name));
      return;
    }
    try {
      this.#calls.look(frame.handle, name, this.#found);
      const kind = kindOfMode(this.#found.mode);
      if (kind === undefined) this.#problems.push({ kind: 'socket', path: joinPath(frame.path, name) });
      else this.#take(frame, name, kind, known);
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

  #take(frame: Frame, name: ByteString, kind: InodeKind, known: number): void {
    const found = this.#found;
    const isMount = found.isMountPoint ?? (kind === 'directory' && isElsewhere(found, frame));
    const look =
      known === 0 || isMount ? 'other' : (this.#known?.compare(known - 1, found, kind === 'file') ?? 'other');
    if (look === 'untouched' && !this.#isListed(kind)) return;
    const row = this.#addRow(frame, name, kind, look === 'other' ? { look, known: 0 } : { look, known });
    if (isMount) {
      const path = joinPath(frame.path, name);
      this.#problems.push({ kind: 'mount', path, isCrossed: this.#plan.crossMounts });
    }
    if (kind === 'directory' && (!isMount || this.#plan.crossMounts)) {
      const { inodeLow, inodeHigh, deviceMajor, deviceMinor } = found;
      const below = isMount ? 0 : known;
      frame.subdirectories.push({ name, row, known: below, inodeLow, inodeHigh, deviceMajor, deviceMinor });
      this.#pending++;
    }
    const isReadable = look === 'untouched' || (found.mode & readableByAll) === readableByAll;
    if (kind === 'file' && !isReadable) this.#checkReadable(frame, name);
  }

  /** Though untouched: directories hold what may have been touched, and names of one inode have to find each other. */
  #isListed(kind: InodeKind): boolean {
    return (
      kind === 'directory' || this.#found.links !== 1 || (kind === 'file' && this.#plan.known?.listsFiles === true)
    );
  }

  /** What is untouched is known: nobody asks for its xattrs and texts. */
  #addRow(frame: Frame, name: ByteString, kind: InodeKind, { look, known }: Known): number {
    if (look === 'untouched') return this.#rows.add(name, kind, this.#found, { known });
    const linkText = kind === 'symlink' ? this.#calls.readLink(frame.handle, name) : undefined;
    const xattrs = this.#xattrs.read(frame.handle, name, frame.path, this.#problems);
    return this.#rows.add(name, kind, this.#found, { known, linkText, xattrs });
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
