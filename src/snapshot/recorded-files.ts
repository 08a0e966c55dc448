/** Files that nobody has touched since `unpack` placed them, so that what they hold is known without reading them. */
import { formatTimestamp, type Timestamp } from '../base/index.ts';
import type { LiveTree } from '../scan/index.ts';
import { type Inode, lookup } from '../tree/index.ts';
import { type OpenTree, type RecordedPath, readUnpackRecord, type UnpackRecordFile } from '../trees/index.ts';

/** `absent`: there is none that can be believed; `foreign`: it is about another image; `none`: the base is no image. */
export type RecordUse = 'used' | 'absent' | 'foreign' | 'none' | 'off';

export interface RecordedFiles {
  readonly record: RecordUse;
  /** Whether a live file still holds what a file of the base does. */
  readonly isUnchanged: (before: Inode, after: Inode) => boolean;
}

/**
 * Believes a record only about the very image that is the base, and of it only files of which device, inode number, size and
 * both times are as they were, both times being older than the record: a file that was written to in the same tick of the
 * clock in which the record was completed looks untouched.
 */
export async function recordedFiles(base: OpenTree, { live, directory }: OpenTree): Promise<RecordedFiles> {
  if (base.image === undefined || live === undefined || directory === undefined) return noneKnown('none');
  using record = readUnpackRecord(directory);
  if (record === undefined) return noneKnown('absent');
  if (!isAbout(record, base)) return noneKnown('foreign');
  const known = new Map<number, Inode>();
  const rootDevice = live.identity(live.tree.root).device;
  // The clock of another file system may be another one.
  if (record.device !== rootDevice) return noneKnown('foreign');
  for await (const recorded of record.paths()) {
    const now = lookup(live.tree, recorded.path);
    if (now?.kind !== 'file' || now.size === 0 || known.has(now.row)) continue;
    if (!isUntouched(recorded, now, live) || !isOlder(now, live, record.writtenAt)) continue;
    const placed = lookup(base.tree, recorded.path);
    if (placed?.kind === 'file') known.set(now.row, placed);
  }
  return { record: 'used', isUnchanged: (before, after) => known.get(after.row) === before };
}

function noneKnown(record: RecordUse): RecordedFiles {
  return { record, isUnchanged: () => false };
}

function isAbout({ head }: UnpackRecordFile, { image, onConflict }: OpenTree): boolean {
  return head.digest === image?.manifestDigest && head.layers === image.layers.length && head.onConflict === onConflict;
}

function isUntouched({ identity }: RecordedPath, now: Inode, live: LiveTree): boolean {
  if (identity === undefined) return false;
  const found = live.identity(now);
  return (
    identity.size === found.size &&
    identity.inode === String(found.inode) &&
    identity.device === String(found.device) &&
    identity.ctime === formatTimestamp(found.ctime) &&
    identity.mtime === formatTimestamp(found.mtime)
  );
}

/** As git judges: what is not older than the record may have changed without a trace. */
function isOlder(now: Inode, live: LiveTree, writtenAt: bigint): boolean {
  const { mtime, ctime } = live.identity(now);
  return nanoseconds(ctime) < writtenAt && nanoseconds(mtime) < writtenAt;
}

function nanoseconds({ seconds, nanoseconds: rest }: Timestamp): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(rest);
}
