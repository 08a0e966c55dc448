/** The private directories in which a root file system is put together before anybody sees it. */
import fs from 'node:fs';
import { type ByteString, HoldfastError } from '../base/index.ts';
import {
  errnoOf,
  host,
  makeLockedDirectory,
  makePrivateDirectory,
  type PrivateFile,
  removeContent,
  removeLeftovers,
} from '../host/index.ts';
import { incompleteName, type Target } from './target.ts';

const { O_RDONLY, O_DIRECTORY, O_WRONLY, O_CREAT, O_EXCL } = fs.constants;

/** Disposing removes what was not published; what cannot be removed then, the next run removes. */
export interface Staging extends Disposable {
  /** Bodies and link sources. Inside a target it is the marker, and holds the root, too. */
  readonly work: PrivateFile;
  /** The future root, or inside a target the directory whose entries move up. */
  readonly root: PrivateFile;
  /** The owner a file has when this process creates it here. */
  readonly freshUid: number;
  readonly freshGid: number;
}

/**
 * Removes what dead runs left behind, then makes new staging directories, mode 0700, locked while this process lives.
 * @throws HOST_REFUSED, TARGET_OCCUPIED when another run is at work inside the target
 */
export function createStaging(target: Target): Staging {
  if (target.directory !== undefined) clearIncomplete(target.directory, target.displayPath);
  if (target.name !== '') removeLeftovers(target.parent, target.name);
  using stack = new DisposableStack();
  const [work, root] =
    target.place === 'inside' && target.directory !== undefined
      ? stageInside(target.directory, target.displayPath, stack)
      : stageBeside(target.parent, target.name, stack);
  const fresh = freshOwner(work.handle);
  host.changeOwnerOf(root.handle, fresh.freshUid, fresh.freshGid);
  const cleanup = stack.move();
  return { work, root, ...fresh, [Symbol.dispose]: () => cleanup.dispose() };
}

type Directories = readonly [work: PrivateFile, root: PrivateFile];

function stageBeside(parent: number, name: ByteString, stack: DisposableStack): Directories {
  const work = stack.use(makePrivateDirectory(parent, name));
  return [work, stack.use(makePrivateDirectory(parent, name))];
}

function stageInside(directory: number, displayPath: string, stack: DisposableStack): Directories {
  const work = stack.use(makeMarker(directory) ?? fail(displayPath));
  return [work, stack.use(makeLockedDirectory(work.handle, 'root' as ByteString) ?? fail(displayPath))];
}

function makeMarker(directory: number): PrivateFile | undefined {
  try {
    return makeLockedDirectory(directory, incompleteName);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return undefined;
    throw error;
  }
}

function fail(displayPath: string): never {
  const reason = 'is being filled by another unpack';
  throw new HoldfastError('TARGET_OCCUPIED', { path: displayPath, reason });
}

/** Differs from the user's own group where a mount option or a set-group-ID directory says so. */
function freshOwner(work: number): { freshUid: number; freshGid: number } {
  const name = 'owner' as ByteString;
  const file = host.open(work, name, O_WRONLY | O_CREAT | O_EXCL, 0o600);
  host.close(file);
  const { uid, gid } = host.identify(work, name);
  host.unlink(work, name);
  return { freshUid: uid, freshGid: gid };
}

/** A target with the marker was empty before a run that was killed: everything in it is that run's. */
function clearIncomplete(directory: number, displayPath: string): void {
  let marker: number;
  try {
    marker = host.open(directory, incompleteName, O_RDONLY | O_DIRECTORY);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    throw error;
  }
  try {
    if (host.tryLock(marker) === 'held') fail(displayPath);
    removeContent(directory, incompleteName);
    removeContent(marker);
    host.removeDirectory(directory, incompleteName);
  } finally {
    host.close(marker);
  }
}
