/** `diff`: what changed from one tree to another, and the layer that changes the one into the other. */
import type { Note } from '../base/index.ts';
import type { WriteLayerOptions, WrittenLayer } from '../layer/index.ts';
import { isEmptyDiff } from '../tree/index.ts';
import {
  commonFacts,
  openTree,
  type OpenTreeOptions,
  parseTreeReference,
  refuseUnknownFacts,
  requireOneStdin,
  type UnknownFact,
  unknownFacts,
} from '../trees/index.ts';
import { type ChangeReport, changeReport } from './change-report.ts';
import { findChanges } from './find-changes.ts';
import { intoFile, type TakeLayer } from './layer-file.ts';
import { openTarget, refuseUnknownLosses, type UpperDirectory } from './open-target.ts';
import { planChanges } from './plan-changes.ts';
import { writeChanges } from './write-changes.ts';

/** `atLayer` is for the first tree, or for the second where the first is no image. */
export interface DiffOptions extends Omit<OpenTreeOptions, 'ignore'>, Pick<WriteLayerOptions, 'compression' | 'level'> {
  /** Paths and globs that are taken to be as they are in the first tree. */
  readonly ignore?: readonly string[];
  /** Read the content of every file of which it is not sure from its layer that it is the same. */
  readonly exact?: boolean;
  /** Where to write the layer that makes the second tree of the first: a file, or what takes it. */
  readonly output?: string | TakeLayer | undefined;
}

export interface DiffResult extends ChangeReport {
  readonly base: string;
  readonly target: string;
  readonly isEmpty: boolean;
  /** Files of either tree whose content was read to compare it. */
  readonly filesRead: number;
  /** Kinds of facts that one of the two cannot know. */
  readonly notCompared: readonly UnknownFact[];
  /** The layer that was written. */
  readonly layer?: WrittenLayer;
  readonly notes: readonly Note[];
}

/**
 * Compares two trees, whatever they are: images, directories, archives, listings, containers. Attributes that one of them cannot know are not
 * compared. Content is read only where it is not known to be the same: from the layer it comes from, or because a directory
 * was unpacked and not touched since.
 *
 * @example
 * import { diffReferences } from 'holdfast';
 *
 * const { changes } = await diffReferences('debian:12', 'rootfs:build/root');
 *
 * @throws USAGE, NAME_IS_MARKER, CONTENT_CHANGED, FACTS_UNKNOWN for a layer of trees that do not tell all that it holds, HOST_REFUSED, and every code of references, images, layers and archives
 */
export async function diffReferences(
  base: string,
  target: string | UpperDirectory,
  options: DiffOptions = {},
): Promise<DiffResult> {
  const { atLayer, ...both } = options;
  requireOneStdin([base, ...(typeof target === 'string' ? [target] : [])]);
  const isOfBase = ['image', 'file'].includes(parseTreeReference(base).kind);
  await using before = await openTree(base, { ...both, ...(isOfBase ? { atLayer } : {}) });
  await using after = await openTarget(before, target, { ...both, ...(isOfBase ? {} : { atLayer }) });
  const { target: compared } = after;
  if (options.output !== undefined) for (const tree of [before, compared]) refuseUnknownFacts(tree);
  if (options.output !== undefined) refuseUnknownLosses(after);
  const found = await findChanges(before, compared, options);
  const facts = {
    base,
    target: compared.reference,
    filesRead: found.filesRead,
    notCompared: unknownFacts(commonFacts(before.facts, compared.facts)),
    notes: [...before.notes, ...compared.notes],
  };
  if (options.output === undefined) {
    return { ...facts, ...changeReport(found.diff, found.problems), isEmpty: isEmptyDiff(found.diff) };
  }
  const planned = planChanges(found);
  const layer = await into(options.output, (take) => writeChanges(compared, planned.plan, take, options));
  return { ...facts, ...changeReport(planned.diff, planned.problems), isEmpty: isEmptyDiff(planned.diff), layer };
}

export async function into<Result>(
  output: string | TakeLayer,
  write: (take: TakeLayer) => Promise<Result>,
): Promise<Result> {
  return typeof output === 'string' ? await intoFile(output, write) : await write(output);
}
