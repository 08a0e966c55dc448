/** Files and directories under private names beside a target, and how those of dead processes are found again. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import type { ByteString } from '../base/index.ts';
import { host } from './host.ts';
import { listNames } from './list-names.ts';
import { errnoOf, guarded } from './refused.ts';
import { removeContent } from './remove-tree.ts';

/** Something under a private name. Disposing of it closes it, and removes it unless it was released. */
export interface PrivateFile extends Disposable {
  readonly handle: number;
  readonly name: ByteString;
  /**
   * Removes it with everything in it. Only what the handle leads to is emptied, whatever the name leads to by now.
   * @throws HOST_REFUSED
   */
  remove(): void;
  /** It is not this one's to remove any more: it was published, or another process has it. */
  release(): void;
}

const { O_RDONLY, O_RDWR, O_DIRECTORY, O_CREAT, O_EXCL, O_NONBLOCK } = fs.constants;
const nameBytes = 255;
const digits = 12;
const mostAttempts = 100;

/**
 * Makes a directory, mode 0700, locked while this process lives, that has no default ACL from its parent.
 * @param target the name it is made for, by which {@link removeLeftovers} finds it
 * @throws HOST_REFUSED
 */
export function makePrivateDirectory(parent: number, target: ByteString): PrivateFile {
  return createLocked(parent, target, (name) => makePlainDirectory(parent, name));
}

/**
 * Makes such a directory under a name that is known to all.
 * @returns undefined when another process has taken it at the same moment
 * @throws HOST_REFUSED, with EEXIST when it is there already
 */
export function makeLockedDirectory(parent: number, name: ByteString): PrivateFile | undefined {
  return lockedFile(parent, name, makePlainDirectory(parent, name));
}

/**
 * Creates a file for reading and writing, locked while this process lives.
 * @throws HOST_REFUSED
 */
export function createPrivateFile(parent: number, target: ByteString, mode: number): PrivateFile {
  return createLocked(parent, target, (name) => host.open(parent, name, O_RDWR | O_CREAT | O_EXCL, mode));
}

/** Makes a directory and opens it: mode 0700 even below a set-group-ID parent, and no ACL that its parent hands down. */
function makePlainDirectory(parent: number, name: ByteString): number {
  host.makeDirectory(parent, name, 0o700);
  try {
    const handle = host.open(parent, name, O_RDONLY | O_DIRECTORY);
    for (const acl of ['system.posix_acl_default', 'system.posix_acl_access']) {
      host.removeXattrOf(handle, acl as ByteString);
    }
    host.changeModeOf(handle, 0o700);
    return handle;
  } catch (error) {
    quietly(() => host.removeDirectory(parent, name));
    throw error;
  }
}

/** Removes the private files and directories of a target that no living process holds a lock on. */
export function removeLeftovers(parent: number, target: ByteString): void {
  const prefix = prefixOf(target);
  for (const name of listNames(parent)) {
    const isPrivate = name.startsWith(prefix) && /^[0-9a-f]+$/.test(name.slice(prefix.length));
    if (isPrivate && name.length === prefix.length + digits) removeIfDead(parent, name);
  }
}

function removeIfDead(parent: number, name: ByteString): void {
  let handle: number;
  try {
    handle = host.open(parent, name, O_RDONLY | O_NONBLOCK);
  } catch (error) {
    if (['ENOENT', 'EACCES', 'ELOOP', 'ENXIO'].includes(errnoOf(error) ?? '')) return;
    throw error;
  }
  using file = privateFile(parent, name, handle);
  if (host.tryLock(handle) !== 'locked') file.release();
}

/** A sweep of another process may come between creation and lock; what it takes is made again under another name. */
function createLocked(parent: number, target: ByteString, create: (name: ByteString) => number): PrivateFile {
  for (let attempt = 1; ; attempt++) {
    const name = `${prefixOf(target)}${randomBytes(digits / 2).toString('hex')}` as ByteString;
    try {
      const file = lockedFile(parent, name, create(name));
      if (file !== undefined) return file;
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' || attempt === mostAttempts) throw error;
    }
  }
}

function lockedFile(parent: number, name: ByteString, handle: number): PrivateFile | undefined {
  const file = privateFile(parent, name, handle);
  try {
    if (host.tryLock(handle) !== 'held' && host.identify(parent, name).inode === host.identifyOpen(handle).inode)
      return file;
    file.release();
  } catch (error) {
    file[Symbol.dispose]();
    throw error;
  }
  file[Symbol.dispose]();
  return undefined;
}

/** What all private names of a target begin with; a target with a long name shares them with others. */
function prefixOf(target: ByteString): string {
  const frame = '..holdfast-'.length + digits;
  return `.${target.slice(0, nameBytes - frame)}.holdfast-`;
}

function privateFile(parent: number, name: ByteString, handle: number): PrivateFile {
  let isPrivate = true;
  const remove = (): void => {
    if (!isPrivate) return;
    if (guarded('stat', name, () => fs.fstatSync(handle)).isDirectory()) {
      removeContent(handle);
      host.removeDirectory(parent, name);
    } else host.unlink(parent, name);
    isPrivate = false;
  };
  return {
    handle,
    name,
    remove,
    release: () => {
      isPrivate = false;
    },
    [Symbol.dispose]: () => {
      quietly(remove);
      host.close(handle);
    },
  };
}

/** For what the next run does again where it fails now. */
function quietly(action: () => void): void {
  try {
    action();
  } catch {
    // A failure is under way already, or nothing depends on this.
  }
}
