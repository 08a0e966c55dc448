/** A live directory name by name, in the order of a walk: nothing of what was given is kept. */
import { constants } from 'node:fs';
import { type ByteString, defaultLimits, HoldfastError, limitFlags, type Limits } from '../base/index.ts';
import { errnoOf, FileLook, host } from '../host/index.ts';
import { type InodeFacts, type InodeKind, joinPath, type Xattrs } from '../tree/index.ts';
import { kindOfMode } from './row-builder.ts';
import { meaningOf, type ScanProblem } from './scan-problem.ts';
import { XattrReader } from './xattr-reader.ts';

const { O_RDONLY, O_DIRECTORY } = constants;
const readableByAll = 0o444;

export interface WalkDirectoryOptions {
  /** Begin behind this path, which need not be there any more; what is below it still comes. */
  readonly after?: ByteString | undefined;
  readonly crossMounts?: boolean | undefined;
  readonly hostXattrs?: boolean | undefined;
  readonly limits?: Limits | undefined;
}

/** One name, once. */
export interface WalkedName {
  readonly path: ByteString;
  /** Undefined for what cannot be in a tree; a problem says why. */
  readonly inode: WalkedInode | undefined;
  readonly problems: readonly ScanProblem[];
}

export interface WalkedInode extends InodeFacts {
  /** Bytes of a file, 0 for everything else. */
  readonly size: number;
  /** Device and number of an inode that has other names too; names with the same text are names of one inode. */
  readonly identity: string | undefined;
}

/** A directory that is open. */
interface Frame {
  readonly handle: number;
  readonly path: ByteString;
  readonly names: readonly ByteString[];
  next: number;
  /** What of `after` lies in here: its first name is passed over and only entered. */
  readonly passed: readonly ByteString[];
  readonly deviceMajor: number;
  readonly deviceMinor: number;
}

/**
 * Walks what stands in an open directory, the root first, by the rules of `scanDirectory`: by handle, no link followed,
 * mounts not crossed unless asked. One directory's names are in memory for each step down, and no more. Whoever stops
 * early ends the generator.
 * @param root stays open, and is the caller's
 * @throws HOST_REFUSED, LIMIT_EXCEEDED for depth and xattrs
 */
export function* walkDirectory(
  root: number,
  options: WalkDirectoryOptions = {},
): Generator<WalkedName, void, undefined> {
  using walk = new DirectoryWalk(root, options);
  for (let name = walk.next(); name !== undefined; name = walk.next()) yield name;
}

class DirectoryWalk implements Disposable {
  readonly #root: number;
  readonly #crossMounts: boolean;
  readonly #limits: Limits;
  readonly #xattrs: XattrReader;
  readonly #found = new FileLook();
  readonly #frames: Frame[] = [];
  readonly #after: readonly ByteString[] | undefined;
  #isBegun = false;

  constructor(root: number, { after, crossMounts, hostXattrs, limits = defaultLimits }: WalkDirectoryOptions) {
    this.#root = root;
    this.#crossMounts = crossMounts ?? false;
    this.#limits = limits;
    this.#xattrs = new XattrReader(hostXattrs ?? false, limits);
    this.#after = after === undefined ? undefined : (after.split('/').filter((name) => name !== '') as ByteString[]);
  }

  next(): WalkedName | undefined {
    if (!this.#isBegun) {
      this.#isBegun = true;
      const name = this.#begin();
      if (this.#after === undefined) return name;
    }
    for (let frame = this.#frames.at(-1); frame !== undefined; frame = this.#frames.at(-1)) {
      const name = frame.names[frame.next];
      if (name === undefined) this.#leave();
      else {
        frame.next++;
        const walked = this.#visit(frame, name);
        if (frame.passed[0] !== name) return walked;
      }
    }
    return undefined;
  }

  [Symbol.dispose](): void {
    while (this.#frames.length > 0) this.#leave();
  }

  #leave(): void {
    const frame = this.#frames.pop();
    if (frame) host.close(frame.handle);
  }

  #begin(): WalkedName {
    const path = '' as ByteString;
    const problems: ScanProblem[] = [];
    host.lookAt(this.#root, this.#found);
    const xattrs = this.#xattrs.readOf(this.#root, path, problems);
    const inode = this.#inode('directory', path, xattrs);
    this.#enter(path, () => host.reopen(this.#root, O_RDONLY | O_DIRECTORY), problems, this.#after ?? []);
    return { path, inode, problems };
  }

  #visit(frame: Frame, name: ByteString): WalkedName {
    const path = joinPath(frame.path, name);
    const problems: ScanProblem[] = [];
    try {
      host.look(frame.handle, name, this.#found);
      const kind = kindOfMode(this.#found.mode);
      if (kind === undefined) return { path, inode: undefined, problems: [{ kind: 'socket', path }] };
      const inode = this.#inodeAt(frame, name, kind, problems);
      const isMount = this.#found.isMountPoint ?? (kind === 'directory' && this.#isElsewhere(frame));
      if (isMount) problems.push({ kind: 'mount', path, isCrossed: this.#crossMounts });
      if (kind === 'file' && !this.#mayRead(frame.handle, name))
        problems.push({ kind: 'unreadable', path, what: 'content', errno: 'EACCES' });
      if (kind !== 'directory' || (isMount && !this.#crossMounts)) return { path, inode, problems };
      const passed = frame.passed[0] === name ? frame.passed.slice(1) : [];
      const isThere = this.#enter(path, () => host.open(frame.handle, name, O_RDONLY | O_DIRECTORY), problems, passed);
      return { path, inode: isThere ? inode : undefined, problems };
    } catch (error) {
      const [errno, meaning] = judged(error);
      const problem: ScanProblem =
        meaning === 'vanished' ? { kind: 'vanished', path } : { kind: 'unreadable', path, what: 'inode', errno };
      return { path, inode: undefined, problems: [problem] };
    }
  }

  #mayRead(directory: number, name: ByteString): boolean {
    return (this.#found.mode & readableByAll) === readableByAll || host.mayRead(directory, name);
  }

  #inodeAt(frame: Frame, name: ByteString, kind: InodeKind, problems: ScanProblem[]): WalkedInode {
    const linkText = kind === 'symlink' ? host.readLink(frame.handle, name) : ('' as ByteString);
    return this.#inode(kind, linkText, this.#xattrs.read(frame.handle, name, frame.path, problems));
  }

  #inode(kind: InodeKind, linkText: ByteString, xattrs: Xattrs | undefined): WalkedInode {
    const found = this.#found;
    const isLinked = found.links > 1 && kind !== 'directory';
    const isDevice = kind === 'char' || kind === 'block';
    return {
      kind,
      mode: found.mode & 0o7777,
      uid: found.uid,
      gid: found.gid,
      mtime: { seconds: found.mtimeSeconds, nanoseconds: found.mtimeNanoseconds },
      size: kind === 'file' ? found.size : 0,
      linkText,
      xattrs,
      device: isDevice ? [found.nodeMajor, found.nodeMinor] : [0, 0],
      identity: isLinked
        ? `${found.deviceMajor}:${found.deviceMinor}:${found.inodeHigh}:${found.inodeLow}:${kind}`
        : undefined,
    };
  }

  /** Makes a directory the next to be read; false when it is not there any more. What is wrong with it is a problem. */
  #enter(path: ByteString, open: () => number, problems: ScanProblem[], passed: readonly ByteString[]): boolean {
    const { inodeLow, inodeHigh, deviceMajor, deviceMinor } = this.#found;
    let handle: number | undefined;
    try {
      handle = open();
      host.lookAt(handle, this.#found);
      const isSame = this.#found.inodeLow === inodeLow && this.#found.inodeHigh === inodeHigh;
      if (!isSame || this.#isElsewhere({ deviceMajor, deviceMinor })) {
        problems.push({ kind: 'vanished', path });
        return false;
      }
      const names = host.readNames(handle).sort();
      if (names.length > 0) this.#checkDepth(path);
      const next = firstBehind(names, passed[0]);
      this.#frames.push({ handle, path, names, next, passed, deviceMajor, deviceMinor });
      handle = undefined;
      return true;
    } catch (error) {
      const [errno, meaning] = judged(error);
      if (meaning === 'vanished') problems.push({ kind: 'vanished', path });
      else problems.push({ kind: 'unreadable', path, what: 'names', errno });
      return meaning !== 'vanished';
    } finally {
      if (handle !== undefined) host.close(handle);
    }
  }

  #isElsewhere({ deviceMajor, deviceMinor }: Pick<Frame, 'deviceMajor' | 'deviceMinor'>): boolean {
    return this.#found.deviceMajor !== deviceMajor || this.#found.deviceMinor !== deviceMinor;
  }

  #checkDepth(path: ByteString): void {
    const { maxDepth } = this.#limits;
    if (this.#frames.length + 1 <= maxDepth) return;
    const value = String(maxDepth);
    throw new HoldfastError('LIMIT_EXCEEDED', { limit: 'path components', flag: limitFlags.maxDepth, value, path });
  }
}

/** The place of a name, or of the first that comes after where it would be. */
function firstBehind(names: readonly ByteString[], name: ByteString | undefined): number {
  if (name === undefined) return 0;
  const at = names.findIndex((other) => other >= name);
  return at < 0 ? names.length : at;
}

/** @throws what says nothing of the name, but that this process cannot go on */
function judged(error: unknown): [errno: string, meaning: 'vanished' | 'unreadable'] {
  const errno = errnoOf(error);
  const meaning = meaningOf(errno);
  if (errno === undefined || meaning === undefined) throw error;
  return [errno, meaning];
}
