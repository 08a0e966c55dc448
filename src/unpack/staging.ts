/** The private directories in which a root file system is put together before anybody sees it. */
import fs from 'node:fs';
import { type ByteString, HoldfastError } from '../base/index.ts';
import { errnoOf, host, privateName, removeContent, removeLeftovers, removeTree } from '../host/index.ts';
import { incompleteName, type Target } from './target.ts';

const { O_RDONLY, O_DIRECTORY, O_WRONLY, O_CREAT, O_EXCL } = fs.constants;
const rootSuffix = '-root';

export interface Staging extends Disposable {
  /** Bodies and link sources; gone before the result is published. */
  readonly work: number;
  /** The future root. */
  readonly root: number;
  /** Where the future root stands until it is published. */
  readonly rootParent: number;
  readonly rootName: ByteString;
  /** The owner a file has when this process creates it here. */
  readonly freshUid: number;
  readonly freshGid: number;
  /** Removes everything but the future root. */
  clearWork(): void;
  /** The future root has become the target and is not to be removed any more. */
  release(): void;
}

/**
 * Removes what dead runs left behind, then makes new staging directories, mode 0700, locked while this process lives.
 * @throws HOST_REFUSED, TARGET_INCOMPLETE when another run is at work inside the target
 */
export function createStaging(target: Target): Staging {
  if (target.directory !== undefined) clearIncomplete(target.directory, target.displayPath);
  return target.place === 'inside' && target.directory !== undefined
    ? stageInside(target.directory)
    : stageBeside(target.parent, target.name);
}

function stageBeside(parent: number, name: ByteString): Staging {
  removeLeftovers(parent, name);
  const workName = privateName(name);
  const work = makeLocked(parent, workName);
  try {
    const rootName = `${workName}${rootSuffix}` as ByteString;
    const root = makeLocked(parent, rootName);
    return staging({ parent, workName, work, rootParent: parent, rootName, root });
  } catch (error) {
    host.close(work);
    removeTree(parent, workName);
    throw error;
  }
}

function stageInside(directory: number): Staging {
  const work = makeLocked(directory, incompleteName);
  const rootName = 'root' as ByteString;
  const root = makeLocked(work, rootName);
  return staging({ parent: directory, workName: incompleteName, work, rootParent: work, rootName, root });
}

interface StagingParts {
  readonly parent: number;
  readonly workName: ByteString;
  readonly work: number;
  readonly rootParent: number;
  readonly rootName: ByteString;
  readonly root: number;
}

function staging(parts: StagingParts): Staging {
  const { parent, workName, work, rootParent, rootName, root } = parts;
  let keepsRoot = false;
  let hasWork = true;
  const clearWork = (): void => {
    if (!hasWork) return;
    removeTree(parent, workName);
    hasWork = false;
  };
  return {
    work,
    root,
    rootParent,
    rootName,
    ...freshOwner(work),
    clearWork,
    release: () => {
      keepsRoot = true;
    },
    [Symbol.dispose]: () => {
      try {
        if (!keepsRoot) removeTree(rootParent, rootName);
        clearWork();
      } finally {
        host.close(root);
        host.close(work);
      }
    },
  };
}

/** The mode is set again because of set-group-ID parents and default ACLs. */
function makeLocked(parent: number, name: ByteString): number {
  host.makeDirectory(parent, name, 0o700);
  const handle = host.open(parent, name, O_RDONLY | O_DIRECTORY);
  host.changeModeOf(handle, 0o700);
  host.tryLock(handle);
  return handle;
}

function freshOwner(work: number): { freshUid: number; freshGid: number } {
  const name = 'owner' as ByteString;
  const file = host.open(work, name, O_WRONLY | O_CREAT | O_EXCL, 0o600);
  const { uid, gid } = fs.fstatSync(file);
  host.close(file);
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
    if (host.isNative && !host.tryLock(marker)) throw new HoldfastError('TARGET_INCOMPLETE', { path: displayPath });
    removeContent(directory, incompleteName);
    removeTree(directory, incompleteName);
  } finally {
    host.close(marker);
  }
}
