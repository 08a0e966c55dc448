/** Digests of files of a live directory, named by their paths. */
import { createHash } from 'node:crypto';
import fs, { constants } from 'node:fs';
import { type ByteString, HoldfastError, type Timestamp } from '../base/index.ts';
import { asRefused, errnoOf, FileLook, fileTypes, host, pathOnly } from '../host/index.ts';
import { parentPath } from '../tree/index.ts';
import { isElsewhere } from './scan-identity.ts';
import { meaningOf } from './scan-problem.ts';

const { O_RDONLY, O_DIRECTORY, O_NONBLOCK, O_NOCTTY = 0 } = constants as typeof constants & { O_NOCTTY?: number };

export interface HashedFile {
  /** SHA-256 in hexadecimal digits. */
  readonly sha256: string;
  readonly size: number;
  readonly mtime: Timestamp;
}

/** Why a file has no digest. */
export type Unhashed =
  | { readonly kind: 'vanished' | 'changed' }
  | { readonly kind: 'unreadable'; readonly what: 'content'; readonly errno: string };

export interface HashPathOptions {
  readonly crossMounts?: boolean | undefined;
  /** Told of bytes that were read, before more are; it may take its time, or throw to stop. */
  readonly onBytes?: ((count: number) => Promise<void>) | undefined;
}

const block = Buffer.allocUnsafeSlow(256 * 1024);

/**
 * Hashes what stands at paths below an open directory, where that is a regular file. It is reached name by name, no link is
 * followed, no device is opened, and no mount is entered unless asked (EXDEV). Files of one directory are cheaper one behind
 * the other.
 */
export class PathHasher implements Disposable {
  readonly #root: number;
  readonly #options: HashPathOptions;
  #directory: { readonly path: ByteString; readonly handle: number } | undefined;

  /** @param root stays open, and is the caller's */
  constructor(root: number, options: HashPathOptions = {}) {
    this.#root = root;
    this.#options = options;
  }

  /**
   * @param path normalised: no component is empty, "." or ".."
   * @throws HOST_REFUSED when this process runs out of something, what `onBytes` throws
   */
  async hash(path: ByteString): Promise<HashedFile | Unhashed> {
    let file: number | undefined;
    try {
      file = this.#open(path);
      const before = look(file);
      const sha256 = await digestOf(file, before.size, this.#options.onBytes);
      if (sha256 === undefined || identity(before) !== identity(look(file))) return { kind: 'changed' };
      const { size, mtimeSeconds: seconds, mtimeNanoseconds: nanoseconds } = before;
      return { sha256, size, mtime: { seconds, nanoseconds } };
    } catch (error) {
      const errno = errnoOf(error);
      const meaning = meaningOf(errno);
      if (errno === undefined || meaning === undefined) throw error;
      return meaning === 'vanished' ? { kind: 'vanished' } : { kind: 'unreadable', what: 'content', errno };
    } finally {
      if (file !== undefined) host.close(file);
    }
  }

  [Symbol.dispose](): void {
    if (this.#directory) host.close(this.#directory.handle);
    this.#directory = undefined;
  }

  /** First a handle that opens nothing, then a look at it, then that very inode. */
  #open(path: ByteString): number {
    const name = path.slice(path.lastIndexOf('/') + 1) as ByteString;
    const handle = this.#step(this.#enter(parentPath(path)), name, pathOnly);
    try {
      if ((look(handle).mode & fileTypes.mask) !== fileTypes.file) throw refusal('ENOENT');
      return host.reopen(handle, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    } finally {
      host.close(handle);
    }
  }

  #enter(path: ByteString): number {
    if (this.#directory?.path === path) return this.#directory.handle;
    this[Symbol.dispose]();
    let handle = host.reopen(this.#root, pathOnly);
    try {
      for (const name of path === '' ? [] : (path.split('/') as ByteString[])) {
        const next = this.#step(handle, name, pathOnly | O_DIRECTORY);
        host.close(handle);
        handle = next;
      }
    } catch (error) {
      host.close(handle);
      throw error;
    }
    this.#directory = { path, handle };
    return handle;
  }

  #step(directory: number, name: ByteString, flags: number): number {
    const opened = host.open(directory, name, flags);
    if (this.#options.crossMounts !== true && isMounted(opened, directory)) {
      host.close(opened);
      throw refusal('EXDEV');
    }
    return opened;
  }
}

/**
 * Whether what was opened in a directory is the root of a mount. Without native calls the device of a directory tells; that
 * of a file tells nothing, for overlay file systems show those of their layers.
 */
function isMounted(opened: number, directory: number): boolean {
  const here = look(opened);
  const isDirectory = (here.mode & fileTypes.mask) === fileTypes.directory;
  return here.isMountPoint ?? (isDirectory && isElsewhere(here, look(directory)));
}

function look(file: number): FileLook {
  const found = new FileLook();
  host.lookAt(file, found);
  return found;
}

function identity(found: FileLook): string {
  const { inodeLow, inodeHigh, size, mtimeSeconds, mtimeNanoseconds, ctimeSeconds, ctimeNanoseconds } = found;
  return [inodeLow, inodeHigh, size, mtimeSeconds, mtimeNanoseconds, ctimeSeconds, ctimeNanoseconds].join(' ');
}

/** Undefined for a file that grows: it might never end. */
async function digestOf(file: number, size: number, onBytes: HashPathOptions['onBytes']): Promise<string | undefined> {
  const hasher = createHash('sha256');
  let read = 0;
  for (let count = readBlock(file); count > 0; count = readBlock(file)) {
    // Before anything else runs: the block is everybody's.
    hasher.update(block.subarray(0, count));
    read += count;
    if (read > size) return undefined;
    await onBytes?.(count);
  }
  return hasher.digest('hex');
}

function readBlock(file: number): number {
  try {
    return fs.readSync(file, block, 0, block.length, null);
  } catch (error) {
    throw asRefused('read', 'file', error);
  }
}

function refusal(errno: string): HoldfastError {
  return new HoldfastError('HOST_REFUSED', { operation: 'open', path: '', errno });
}
