/** Changes as plain data: what `diff` and `snapshot` tell, and print as JSON. */
import { jsonPath } from '../base/index.ts';
import type { ScanProblem } from '../scan/index.ts';
import {
  type Aspect,
  type Inode,
  type InodeKind,
  type LinkGroup,
  type PathChange,
  type ToldFacts,
  toldFact,
  type TreeDiff,
} from '../tree/index.ts';

/** Paths are relative to the root, which is "."; a byte that is not valid UTF-8 is the lone surrogate U+DC80 to U+DCFF. */
export interface ReportedChange {
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** What stands there now, or stood there where it was removed. */
  readonly kind: InodeKind;
  /** In what it differs; for a change only. */
  readonly aspects?: readonly Aspect[];
  /** Of a change, what these were, and what they are; content and xattrs are not told. */
  readonly before?: ReportedFacts;
  readonly after?: ReportedFacts;
}

/** The size is that of a file whose content differs. */
export type ReportedFacts = ToldFacts;

/** What a scan or a look into a file met. */
export interface ReportedProblem {
  readonly kind: ScanProblem['kind'];
  readonly path: string;
  /** What could not be read. */
  readonly what?: string;
  readonly errno?: string;
}

export interface ChangeReport {
  readonly changes: readonly ReportedChange[];
  /** Link groups that the base does not have with exactly these names. */
  readonly linked: readonly (readonly string[])[];
  /** Link groups of the base that are not there any more with exactly these names. */
  readonly unlinked: readonly (readonly string[])[];
  /** The topmost paths that were left as they are in the base, though the base has something there. */
  readonly ignored: readonly string[];
  readonly problems: readonly ReportedProblem[];
}

export function changeReport(diff: TreeDiff, problems: readonly ScanProblem[]): ChangeReport {
  return {
    changes: diff.changes.map(reportedChange),
    linked: diff.formed.map(groupPaths),
    unlinked: diff.dissolved.map(groupPaths),
    ignored: diff.ignored.map(jsonPath),
    problems: problems.map(reportedProblem),
  };
}

function groupPaths({ paths }: LinkGroup): string[] {
  return paths.map(jsonPath);
}

function reportedProblem(problem: ScanProblem): ReportedProblem {
  const { kind, path } = problem;
  const more = problem.kind === 'unreadable' ? { what: problem.what, errno: problem.errno } : {};
  return { kind, path: jsonPath(path), ...more };
}

function reportedChange(change: PathChange): ReportedChange {
  const path = jsonPath(change.path);
  if (change.change === 'added') return { path, change: 'added', kind: change.after.kind };
  if (change.change === 'removed') return { path, change: 'removed', kind: change.before.kind };
  const { aspects, before, after } = change;
  return {
    path,
    change: 'changed',
    kind: after.kind,
    aspects,
    before: factsIn(before, aspects),
    after: factsIn(after, aspects),
  };
}

function factsIn(inode: Inode, aspects: readonly Aspect[]): ReportedFacts {
  return Object.assign(
    {},
    ...aspects.map((aspect) => (aspect === 'xattr' ? {} : toldFact(inode, aspect))),
  ) as ReportedFacts;
}
