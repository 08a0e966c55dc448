/** The last step: a complete root file system becomes visible at its target. */
import fs from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { type ByteString, HoldfastError } from '../base/index.ts';
import {
  type AttributePolicy,
  errnoOf,
  guarded,
  host,
  listNames,
  procPath,
  removeContent,
  setAttributes,
} from '../host/index.ts';
import type { Inode, Tree } from '../tree/index.ts';
import { checkPlaced } from './check-placed.ts';
import type { PlacedLoss } from './place-inode.ts';
import type { Staging } from './staging.ts';
import { checkEmpty, incompleteName, openExisting, type Target } from './target.ts';
import { removeRecord, type UnpackRecord } from './unpack-record.ts';

const { O_RDONLY, O_DIRECTORY } = fs.constants;
const lockAttempts = 50;
const lockPauseMs = 20;

export interface Publication {
  readonly target: Target;
  readonly staging: Staging;
  /** What was placed. */
  readonly tree: Tree;
  readonly policy: AttributePolicy;
  /** Undefined when none is wanted or can be written. */
  readonly record: UnpackRecord | undefined;
  /** Called with what a target that stays in place refuses of the root's attributes; throws to stop. */
  readonly onRootLosses: (losses: readonly PlacedLoss[]) => void;
}

/**
 * Makes two unpacks into one target end one after the other, so that the record beside it is the winner's. The lock ends
 * with the target's handles. Somebody who keeps the parent locked for long cannot stop an unpack.
 */
export async function waitForOthers(target: Target): Promise<void> {
  for (let attempt = 0; attempt < lockAttempts && host.tryLock(target.parent) === 'held'; attempt++) {
    await setTimeout(lockPauseMs);
  }
}

/**
 * Either the target is complete afterwards, with its record beside it, or it is as it was.
 * @throws TARGET_OCCUPIED when something appeared there meanwhile, HOST_REFUSED, and what `onRootLosses` throws
 */
export function publish(publication: Publication): void {
  const { place, directory } = publication.target;
  if (place === 'inside' && directory !== undefined) publishInside(directory, publication);
  else publishBeside(publication);
  publication.record?.keep();
}

/** One rename, over nothing or over an empty directory. */
function publishBeside(publication: Publication): void {
  const { target, staging } = publication;
  staging.work.remove();
  checkFree(target);
  publishRecord(publication);
  try {
    guarded('rename', target.name, () => {
      fs.renameSync(procPath(target.parent, staging.root.name), procPath(target.parent, target.name));
    });
  } catch (error) {
    throw occupied(error, target);
  }
  staging.root.release();
}

/** rename(2) refuses whatever is not empty, but by then another run's record would be replaced. */
function checkFree(target: Target): void {
  const directory = openExisting(target.parent, target.name, target.displayPath);
  if (directory === undefined) return;
  try {
    checkEmpty(directory, target.displayPath);
  } finally {
    host.close(directory);
  }
}

function occupied(error: unknown, { displayPath }: Target): unknown {
  if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return error;
  const reason = 'was filled by another process meanwhile';
  return new HoldfastError('TARGET_OCCUPIED', { path: displayPath, reason }, { cause: error });
}

/**
 * Every entry moves up into the target, which has its attributes before that, as far as the work allows; they are made
 * exact when the marker has gone, because its removal changes the time.
 */
function publishInside(directory: number, publication: Publication): void {
  const { staging, tree, policy, record } = publication;
  const { root } = tree;
  const losses = takeAttributes(directory, root, policy);
  publication.onRootLosses(losses);
  try {
    // Without privilege nothing can leave a directory that its owner may not write.
    host.changeModeOf(staging.root.handle, 0o700);
    for (const name of listNames(staging.root.handle)) moveUp(staging.root.handle, directory, name);
    record?.add(root, host.identifyOpen(directory), losses);
    publishRecord(publication);
    staging.root.remove();
    staging.work.remove();
    setAttributes({ file: directory }, root, policy);
  } catch (error) {
    clearAgain(directory, staging);
    throw error;
  }
}

/** The owner of a mount point may be somebody else, so this can be refused where the staged root was not. */
function takeAttributes(directory: number, root: Inode, policy: AttributePolicy): PlacedLoss[] {
  const { uid, gid, mtime, xattrs } = root;
  const mode = root.mode | 0o700;
  const refused = setAttributes({ file: directory }, { uid, gid, mtime, xattrs, mode }, policy);
  const identity = host.identifyOpen(directory);
  const isAsSet = identity.mode === mode;
  return [
    ...refused,
    ...checkPlaced({ ...identity, mode: isAsSet ? root.mode : identity.mode }, root, policy, refused),
  ];
}

function moveUp(from: number, to: number, name: ByteString): void {
  const facts = fs.lstatSync(procPath(from, name));
  if (!facts.isDirectory() || (facts.mode & 0o200) !== 0) return host.rename(from, name, to, name);
  // Without privilege a directory moves to another parent only while its owner may write it.
  const handle = host.open(from, name, O_RDONLY | O_DIRECTORY);
  try {
    host.changeModeOf(handle, 0o700);
    host.rename(from, name, to, name);
    host.changeModeOf(handle, facts.mode & 0o7777);
  } finally {
    host.close(handle);
  }
}

/** Where even that fails, the marker stays. */
function clearAgain(directory: number, staging: Staging): void {
  try {
    removeContent(directory, incompleteName);
  } catch {
    staging.root.release();
    staging.work.release();
  }
}

/** Without a new record there must not be an old one either. */
function publishRecord({ target, tree, record }: Publication): void {
  if (record) record.publish(tree);
  else removeRecord(target.parent, target.name);
}
