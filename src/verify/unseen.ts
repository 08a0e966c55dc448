/** What nobody could look at. */
import type { ByteString } from '../base/index.ts';
import type { ScanProblem } from '../scan/index.ts';
import { lookup } from '../tree/index.ts';
import type { OpenTree } from '../trees/index.ts';
import type { FoundFault } from './fault.ts';
import type { LeftOut } from './left-out.ts';

/** The problems of two trees, by what they mean for a comparison. */
export interface Obstacles {
  /** Of the tree: no image has any. */
  readonly sockets: ReadonlySet<ByteString>;
  readonly unreadXattrs: ReadonlySet<ByteString>;
  /** Names that the image does not have and at which something is mounted. */
  readonly faults: readonly FoundFault[];
  /** What may or may not be as it should. */
  readonly unseen: readonly ScanProblem[];
}

export function obstacles(image: OpenTree, tree: OpenTree, leftOut: LeftOut): Obstacles {
  const met = [...image.problems, ...tree.problems].filter(({ path }) => !leftOut.isIgnored(path));
  const sockets = met.filter(({ kind }) => kind === 'socket');
  const isExtra = (problem: ScanProblem): boolean =>
    problem.kind === 'mount' && !problem.isCrossed && lookup(image.tree, problem.path) === undefined;
  const [faults, unseen]: [FoundFault[], ScanProblem[]] = [[], []];
  for (const problem of met) {
    if (isExtra(problem)) faults.push(extra(problem.path, tree));
    else if (isInTheWay(problem)) unseen.push(problem);
  }
  const unreadXattrs = unseen.filter((problem) => problem.kind === 'unreadable' && problem.what === 'xattrs');
  return { sockets: pathsOf(sockets), unreadXattrs: pathsOf(unreadXattrs), faults, unseen };
}

function pathsOf(problems: readonly ScanProblem[]): ReadonlySet<ByteString> {
  return new Set(problems.map(({ path }) => path));
}

function extra(path: ByteString, { tree }: OpenTree): FoundFault {
  return { kind: 'extra', paths: [path], image: undefined, tree: lookup(tree, path) };
}

/** Whether content can be read is told by who reads it. */
function isInTheWay(problem: ScanProblem): boolean {
  if (problem.kind === 'socket') return false;
  if (problem.kind === 'mount') return !problem.isCrossed;
  return problem.kind !== 'unreadable' || problem.what !== 'content';
}
