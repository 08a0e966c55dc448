/** Directories of a layout by handle: what is in them is reached by one name at a time, and no link is ever followed. */
import fs from 'node:fs';
import path from 'node:path';
import { type ByteString, fromBytes, fromText, HoldfastError, toDisplayText } from '../base/index.ts';
import { asRefused, errnoOf } from '../host/index.ts';

// Windows lacks the last three, which then count as 0.
const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
const readOrSearch = O_RDONLY | (O_DIRECTORY ?? 0);
const careful = (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0);

/** Where a handle is a path: a directory that is moved or replaced while it is open leads nobody astray. */
const handles = '/proc/self/fd';
const hasHandles = process.platform === 'linux' && fs.existsSync(handles);

/** A regular file that is open. Disposing closes it. */
export interface OpenFile extends Disposable {
  readonly fd: number;
  readonly size: number;
}

/** Something that is there and no regular file. */
export interface NotAFile {
  /** Continues "it …", such as "is a symbolic link". */
  readonly problem: string;
}

/** Names are single components that come from constants, digests, or the directory itself. */
export class Directory implements Disposable {
  /** For messages, and the way in where there are no handles. */
  readonly path: string;
  readonly #fd: number;
  readonly #close: () => void;

  private constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
    this.#close = closeOnce(fd);
  }

  /** Opens what the user named, through symbolic links. @throws HOST_REFUSED */
  static open(directory: string): Directory {
    const resolved = path.resolve(directory);
    return new Directory(
      resolved,
      guard('open', directory, () => fs.openSync(resolved, readOrSearch)),
    );
  }

  /** Opens a directory inside; undefined when nothing is there. @throws STORE_INVALID when it is none, HOST_REFUSED */
  enter(name: string): Directory | undefined {
    const display = path.join(this.path, name);
    const target = this.#at(name);
    try {
      if (!hasHandles && fs.lstatSync(target).isSymbolicLink()) throw notADirectory(display);
      return new Directory(display, fs.openSync(target, readOrSearch | careful));
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENOENT') return undefined;
      if (code === 'ENOTDIR' || code === 'ELOOP') throw notADirectory(display);
      throw asRefused('open', display, error);
    }
  }

  /** Opens a directory inside, which is made where it is absent. @throws as {@link Directory.enter} */
  make(name: string, mode = 0o777): Directory {
    for (;;) {
      const found = this.enter(name);
      if (found !== undefined) return found;
      try {
        this.#guarded('mkdir', name, (target) => fs.mkdirSync(target, { mode }));
        this.sync();
      } catch (error) {
        if (errnoOf(error) !== 'EEXIST') throw error;
      }
    }
  }

  /** Opens a regular file, and neither follows a link nor waits for a FIFO. @throws HOST_REFUSED */
  find(name: string, flags = O_RDONLY): OpenFile | NotAFile | undefined {
    let fd: number;
    try {
      fd = fs.openSync(this.#at(name), flags | careful);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENOENT') return undefined;
      const problem = problems[code ?? ''];
      if (problem !== undefined) return { problem };
      throw asRefused('open', path.join(this.path, name), error);
    }
    return this.#asFile(name, fd);
  }

  /** Opens a file for reading and writing, which is made where it is absent. @throws STORE_INVALID, HOST_REFUSED */
  openToWrite(name: string, mode = 0o666): OpenFile {
    const flags = fs.constants.O_RDWR | fs.constants.O_CREAT | careful;
    return this.#required(name, flags, mode);
  }

  /** Makes a file that is not there yet. @throws HOST_REFUSED, with EEXIST when it is */
  create(name: string, mode = 0o666): OpenFile {
    const { O_RDWR, O_CREAT, O_EXCL } = fs.constants;
    return this.#required(name, O_RDWR | O_CREAT | O_EXCL | careful, mode);
  }

  /** What stands there itself; undefined when nothing does. @throws HOST_REFUSED */
  look(name: string | ByteString): fs.BigIntStats | undefined {
    return this.#guarded('stat', name, (target) => fs.lstatSync(target, { bigint: true, throwIfNoEntry: false }));
  }

  /** Whether a name leads to what is open. */
  leadsTo(name: string, fd: number): boolean {
    const found = this.look(name);
    const open = guard('stat', path.join(this.path, name), () => fs.fstatSync(fd, { bigint: true }));
    return found !== undefined && found.ino === open.ino && found.dev === open.dev;
  }

  /** The names inside, in byte order. @throws HOST_REFUSED */
  names(): ByteString[] {
    const where = hasHandles ? `${handles}/${this.#fd}` : this.path;
    const names = guard('read', this.path, () => fs.readdirSync(where, { encoding: 'buffer' }));
    return names.map((name) => fromBytes(name)).sort();
  }

  /** Moves a name here; what had it is replaced. @throws HOST_REFUSED */
  rename(from: Directory, fromName: string, name: string): void {
    this.#guarded('rename', name, (target) => fs.renameSync(from.#at(fromName), target));
  }

  /** Removes a name; false when nothing was there. @throws HOST_REFUSED */
  unlink(name: string | ByteString): boolean {
    try {
      this.#guarded('unlink', name, (target) => fs.unlinkSync(target));
      return true;
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return false;
      throw error;
    }
  }

  setTimes(name: string, time: Date): void {
    this.#guarded('utimes', name, (target) => fs.lutimesSync(target, time, time));
  }

  /** Makes what was done to names durable. @throws HOST_REFUSED */
  sync(): void {
    try {
      fs.fsyncSync(this.#fd);
    } catch (error) {
      // Some network file systems and Windows do not know it for directories; there is nothing to be done about it.
      if (!['EINVAL', 'EBADF', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP'].includes(codeOf(error) ?? '')) {
        throw asRefused('fsync', this.path, error);
      }
    }
  }

  /** The handle itself, for what is in `src/host`. */
  get fd(): number {
    return this.#fd;
  }

  [Symbol.dispose](): void {
    this.#close();
  }

  #required(name: string, flags: number, mode: number): OpenFile {
    const fd = this.#guarded('open', name, (target) => fs.openSync(target, flags, mode));
    const file = this.#asFile(name, fd);
    if (!isNotAFile(file)) return file;
    throw new HoldfastError('STORE_INVALID', { directory: this.path, reason: `${name} ${file.problem}` });
  }

  #asFile(name: string, fd: number): OpenFile | NotAFile {
    const close = closeOnce(fd);
    try {
      const facts = fs.fstatSync(fd);
      if (facts.isFile()) return { fd, size: facts.size, [Symbol.dispose]: close };
      close();
      return { problem: describeKind(facts) };
    } catch (error) {
      close();
      throw asRefused('stat', path.join(this.path, name), error);
    }
  }

  #guarded<Result>(operation: string, name: string, call: (target: Buffer) => Result): Result {
    return guard(operation, `${this.path}/${toDisplayText(name as ByteString)}`, () => call(this.#at(name)));
  }

  /** A name that came from the directory is bytes; those of constants and digests are the same either way. */
  #at(name: string): Buffer {
    const base = hasHandles ? `${handles}/${this.#fd}` : fromText(this.path);
    return Buffer.from(`${base}/${name}`, 'latin1');
  }
}

/** Closed twice, a number may be another file's by then. */
function closeOnce(fd: number): () => void {
  let isOpen = true;
  return () => {
    if (isOpen) fs.closeSync(fd);
    isOpen = false;
  };
}

export function isNotAFile(found: OpenFile | NotAFile | undefined): found is NotAFile {
  return found !== undefined && 'problem' in found;
}

/** What kind of thing a name leads to; continues "it …". */
export function describeKind(facts: fs.Stats | fs.BigIntStats): string {
  if (facts.isSymbolicLink()) return 'is a symbolic link';
  if (facts.isDirectory()) return 'is a directory';
  return facts.isFIFO() ? 'is a FIFO' : 'is not a regular file';
}

const problems: Readonly<Record<string, string>> = {
  ELOOP: 'is a symbolic link',
  EMLINK: 'is a symbolic link',
  ENXIO: 'is a socket or a device',
  EISDIR: 'is a directory',
  ENOTDIR: 'is not a regular file',
};

function notADirectory(directory: string): HoldfastError {
  return new HoldfastError('STORE_INVALID', { directory, reason: 'it is no directory, or reached by a symbolic link' });
}

function guard<Result>(operation: string, display: string, call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    throw asRefused(operation, display, error);
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
