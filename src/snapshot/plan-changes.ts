/** The layer that changes make, once it is sure that what it is to hold can be read. */
import type { ScanProblem } from '../scan/index.ts';
import { type Inode, layerPlan, type PlannedEntry, type TreeDiff } from '../tree/index.ts';
import type { FoundChanges } from './find-changes.ts';

export interface PlannedChanges {
  readonly diff: TreeDiff;
  readonly plan: readonly PlannedEntry[];
  readonly problems: readonly ScanProblem[];
}

/**
 * Files that cannot be read are reported, and count as what they are in the base.
 * @throws NAME_IS_MARKER
 */
export function planChanges(changes: FoundChanges): PlannedChanges {
  const { base, target } = changes;
  const problems = [...changes.problems];
  let { diff } = changes;
  for (;;) {
    const plan = layerPlan(base.tree, target.tree, diff);
    const unreadable = unreadableIn(plan, changes);
    if (unreadable.length === 0) return { diff, plan, problems };
    problems.push(...unreadable.map(({ problem }) => problem));
    diff = changes.without(unreadable.map(({ inode }) => inode));
  }
}

/** The files of a plan whose content is to be written. */
export function writtenFiles(plan: readonly PlannedEntry[]): Inode[] {
  return plan.flatMap((entry) => {
    return entry.kind === 'inode' && entry.inode.kind === 'file' && entry.inode.size > 0 ? [entry.inode] : [];
  });
}

function unreadableIn(plan: readonly PlannedEntry[], { target }: FoundChanges) {
  return writtenFiles(plan).flatMap((inode) => {
    const problem = target.unreadable(inode);
    return problem === undefined ? [] : [{ inode, problem }];
  });
}
