/** Files in which uploads arrive: locked while their server lives, so that the next one can tell what a dead one left. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { HoldfastError } from '../base/index.ts';
import { asRefused, host } from '../host/index.ts';

/** Disposing closes the file, and removes it unless it was moved. */
export interface UploadFile extends Disposable {
  readonly fd: number;
  /** Gives it another name in the same file system, in place of what had it. @throws HOST_REFUSED */
  moveTo(path: string): void;
}

const { O_RDWR, O_CREAT, O_EXCL } = fs.constants;
const O_NOFOLLOW = fs.constants.O_NOFOLLOW ?? 0;
/** Milliseconds after which a file counts as left behind where there are no locks. */
const staleAfter = 2 * 60 * 60 * 1000;

/** Makes the directory of uploads of a layout, and removes what dead servers left in it. @throws STORE_INVALID, HOST_REFUSED */
export function openUploadDirectory(layout: string): string {
  const directory = makePlainDirectory(layout, '.holdfast', 'uploads');
  refusing('read', directory, () => {
    for (const name of fs.readdirSync(directory)) removeIfDead(join(directory, name));
  });
  return directory;
}

/** Makes what is absent, and goes through no symbolic link. @throws STORE_INVALID, HOST_REFUSED */
export function makePlainDirectory(parent: string, ...names: readonly string[]): string {
  return names.reduce((directory, name) => {
    const path = join(directory, name);
    const isPlain = refusing('mkdir', path, () => {
      fs.mkdirSync(path, { recursive: true });
      return fs.lstatSync(path).isDirectory();
    });
    if (isPlain) return path;
    throw new HoldfastError('STORE_INVALID', { directory: path, reason: 'it is a symbolic link' });
  }, parent);
}

/** @throws HOST_REFUSED */
export function createUploadFile(directory: string): UploadFile {
  for (;;) {
    const path = join(directory, randomBytes(16).toString('hex'));
    const fd = refusing('create', path, () => fs.openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o666));
    const file = uploadFile(path, fd);
    // Another server may have swept it away before it was locked.
    if (host.tryLock(fd) !== 'held' && fs.existsSync(path)) return file;
    file[Symbol.dispose]();
  }
}

function uploadFile(path: string, fd: number): UploadFile {
  let isHere = true;
  return {
    fd,
    moveTo(target) {
      refusing('rename', target, () => fs.renameSync(path, target));
      isHere = false;
    },
    [Symbol.dispose]() {
      if (isHere) fs.rmSync(path, { force: true });
      isHere = false;
      fs.closeSync(fd);
    },
  };
}

function removeIfDead(path: string): void {
  let fd: number;
  try {
    fd = fs.openSync(path, O_RDWR | O_NOFOLLOW);
  } catch {
    return;
  }
  const lock = host.tryLock(fd);
  const isStale = Date.now() - fs.fstatSync(fd).mtimeMs > staleAfter;
  if (lock === 'locked' || (lock === 'unknown' && isStale)) fs.rmSync(path, { force: true });
  fs.closeSync(fd);
}

export function refusing<Result>(operation: string, path: string, call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    throw asRefused(operation, path, error);
  }
}
