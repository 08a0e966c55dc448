/** `snapshot`: what changed in a live directory since it was the base, as a layer. */
import type { Note } from '../base/index.ts';
import type { WriteLayerOptions, WrittenLayer } from '../layer/index.ts';
import { openTree, type OpenTree, type OpenTreeOptions, refuseUnknownFacts } from '../trees/index.ts';
import { type ChangeReport, changeReport } from './change-report.ts';
import { into } from './diff.ts';
import { findChanges } from './find-changes.ts';
import type { TakeLayer } from './layer-file.ts';
import { type OpenedTarget, openLiveTarget, refuseUnknownLosses, type UpperDirectory } from './open-target.ts';
import { type PlannedChanges, planChanges } from './plan-changes.ts';
import type { RecordUse } from './recorded-directory.ts';
import { writeChanges } from './write-changes.ts';

export interface SnapshotOptions
  extends Omit<OpenTreeOptions, 'ignore'>, Pick<WriteLayerOptions, 'compression' | 'level'> {
  /** Paths and globs that are taken to be as they are in the base, with everything below them. */
  readonly ignore?: readonly string[];
  /** Read the content of every file, whatever the unpack record says. */
  readonly exact?: boolean;
}

export interface SnapshotFacts extends ChangeReport {
  readonly base: string;
  readonly directory: string;
  /** Nothing changed; the layer has no entries. */
  readonly isEmpty: boolean;
  /** Files whose content was read to compare it, in the directory or in the base. */
  readonly filesRead: number;
  /** What the unpack record beside the directory was good for. */
  readonly record: RecordUse;
  readonly notes: readonly Note[];
}

export interface SnapshotResult extends SnapshotFacts {
  readonly layer: WrittenLayer;
}

/**
 * Writes the layer that makes of `base` what stands in a directory now. Where that was unpacked from the base, only files that
 * were touched since are read. What no layer can hold (sockets) or nobody may read is reported and left as it is in the base;
 * so is what mounts hide.
 *
 * @param directory where the tree stands; or the upper directory of an overlay file system over the base as it was unpacked,
 * which alone is read then
 * @param output a file, which appears complete or not at all, or what takes the layer
 *
 * @example
 * import { snapshot } from 'holdfast';
 *
 * const { isEmpty, layer } = await snapshot('oci:images:debian', 'rootfs', 'changes.tar');
 *
 * @throws NAME_IS_MARKER, CONTENT_CHANGED, HOST_REFUSED, RECORD_UNUSABLE, FACTS_UNKNOWN, and every code of references, images, layers and archives
 */
export async function snapshot(
  base: string,
  directory: string | UpperDirectory,
  output: string | TakeLayer,
  options: SnapshotOptions = {},
): Promise<SnapshotResult> {
  await using before = await openTree(base, options);
  await using after = await openLiveTarget(before, directory, options);
  const { planned, ...facts } = await takeSnapshot(before, after, options);
  const layer = await into(output, (take) => writeChanges(after.target, planned.plan, take, options));
  return { ...facts, layer };
}

/** What changed, and the layer that it makes, before anything is written. */
export async function takeSnapshot(
  before: OpenTree,
  opened: OpenedTarget,
  options: SnapshotOptions,
): Promise<SnapshotFacts & { readonly planned: PlannedChanges }> {
  const { target, record } = opened;
  refuseUnknownFacts(before);
  refuseUnknownLosses(opened);
  const found = await findChanges(before, target, options);
  const planned = planChanges(found);
  return {
    base: before.reference,
    directory: target.reference.replace(/^rootfs:/, ''),
    isEmpty: planned.plan.length === 0,
    filesRead: found.filesRead,
    record,
    notes: [...before.notes, ...target.notes],
    ...changeReport(planned.diff, planned.problems),
    planned,
  };
}
