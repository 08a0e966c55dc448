/** Changes as plain data: what `diff` and `snapshot` tell, and print as JSON. */
import { formatTimestamp, toJsonText, type ByteString } from '../base/index.ts';
import type { ScanProblem } from '../scan/index.ts';
import type { Aspect, Inode, InodeKind, LinkGroup, PathChange, TreeDiff } from '../tree/index.ts';

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

export interface ReportedFacts {
  readonly kind?: InodeKind;
  /** Bytes of a file whose content differs. */
  readonly size?: number;
  /** Four octal digits. */
  readonly mode?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Seconds since 1970 with up to nine decimals. */
  readonly mtime?: string;
  readonly linkTarget?: string;
  /** `major:minor`. */
  readonly device?: string;
}

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
    ignored: diff.ignored.map(reportedPath),
    problems: problems.map(reportedProblem),
  };
}

function reportedPath(path: ByteString): string {
  return path === '' ? '.' : toJsonText(path);
}

function groupPaths({ paths }: LinkGroup): string[] {
  return paths.map(reportedPath);
}

function reportedProblem(problem: ScanProblem): ReportedProblem {
  const { kind, path } = problem;
  const more = problem.kind === 'unreadable' ? { what: problem.what, errno: problem.errno } : {};
  return { kind, path: reportedPath(path), ...more };
}

function reportedChange(change: PathChange): ReportedChange {
  const path = reportedPath(change.path);
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
  return Object.assign({}, ...aspects.map((aspect) => factIn(inode, aspect))) as ReportedFacts;
}

function factIn(inode: Inode, aspect: Aspect): ReportedFacts {
  switch (aspect) {
    case 'kind':
      return { kind: inode.kind };
    case 'content':
      return { size: inode.size };
    case 'mode':
      return { mode: inode.mode.toString(8).padStart(4, '0') };
    case 'owner':
      return { uid: inode.uid, gid: inode.gid };
    case 'mtime':
      return { mtime: formatTimestamp(inode.mtime) };
    case 'symlink':
      return { linkTarget: toJsonText(inode.linkText) };
    case 'device':
      return { device: inode.device.join(':') };
    case 'xattr':
      return {};
  }
}
