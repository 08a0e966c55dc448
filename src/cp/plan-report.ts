/** How a copy was executed, and what of the image that rests on: plain data. */
import { formatMode, formatTimestamp, jsonPath, toJsonText } from '../base/index.ts';
import type { CopyFact, CopyPlan, Inode, NamedInode } from '../tree/index.ts';

/**
 * With the same sources, options, facts and directories above, the layer that is written is the same on any other image;
 * for an execution as `copy` that does not hold, because what it removes depends on what was there.
 */
export interface CopyPlanReport {
  /**
   * `reuse`: the layers of the image that was copied from are layers of the result, and none was written. `merge`: the layer
   * that was written holds what was copied and the directories above it, and the copy and the merge of that layer were found
   * to give the same tree. `copy`: only the layer of what changed gives the result. `nothing`: nothing had to be written.
   */
  readonly execution: 'reuse' | 'merge' | 'copy' | 'nothing';
  /** Where DEST is, by a name without links; the root is ".". */
  readonly dest: string;
  readonly isDirectory: boolean;
  /** What the places rest on where things were put. */
  readonly facts: readonly PlanFact[];
  /** The directories above what was copied, which are in the layer as they are in the image. */
  readonly above: readonly PlanDirectory[];
}

export interface PlanFact {
  readonly path: string;
  readonly found: CopyFact['found'];
  readonly done: CopyFact['done'];
  /** Of a symbolic link whose target was looked for. */
  readonly linkTarget?: string;
}

export interface PlanDirectory {
  readonly path: string;
  /** Four octal digits. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970 with up to nine decimals. */
  readonly mtime: string;
  /** Values in base64. */
  readonly xattrs?: Readonly<Record<string, string>>;
}

export function planReport(plan: CopyPlan, isEmpty: boolean): CopyPlanReport {
  const { execution, dest, isDirectory, facts } = plan;
  return {
    execution: isEmpty ? 'nothing' : execution.kind,
    dest: jsonPath(dest),
    isDirectory,
    facts: facts.map(reportedFact),
    above: execution.kind === 'merge' ? execution.above.map(reportedDirectory) : [],
  };
}

function reportedFact({ path, found, done, linkText }: CopyFact): PlanFact {
  const target = linkText === undefined ? {} : { linkTarget: toJsonText(linkText) };
  return { path: jsonPath(path), found, done, ...target };
}

function reportedDirectory({ path, inode }: NamedInode): PlanDirectory {
  const { uid, gid, mode, mtime } = inode;
  return {
    path: jsonPath(path),
    mode: formatMode(mode),
    uid,
    gid,
    mtime: formatTimestamp(mtime),
    ...xattrsOf(inode),
  };
}

function xattrsOf({ xattrs }: Inode): Pick<PlanDirectory, 'xattrs'> {
  if (xattrs === undefined || xattrs.size === 0) return {};
  const values = Array.from(
    xattrs,
    ([name, value]) => [toJsonText(name), Buffer.from(value).toString('base64')] as const,
  );
  return { xattrs: Object.fromEntries(values) };
}
