/** Changes for a person, a line each. */
import { escapeText } from '../base/index.ts';
import type { ChangeReport, DiffResult, ReportedChange, ReportedFacts, ReportedProblem } from '../snapshot/index.ts';
import { describeFacts } from '../trees/index.ts';
import { count } from './text.ts';

/** Such as `C etc/passwd  content, mode 0644 -> 0600`. */
export function* changeLines({ changes, linked, unlinked }: ChangeReport): Generator<string> {
  for (const change of changes) yield changeLine(change);
  for (const paths of linked) yield `L ${paths.map(escapeText).join(' = ')}`;
  for (const paths of unlinked) yield `U ${paths.map(escapeText).join(' = ')}`;
}

/** Such as `2 added, 1 changed`. */
export function changeCounts({ changes, linked, unlinked }: ChangeReport): string {
  const of = (wanted: ReportedChange['change']): number => changes.filter(({ change }) => change === wanted).length;
  const parts = [
    [of('added'), 'added'],
    [of('changed'), 'changed'],
    [of('removed'), 'removed'],
    [linked.length, 'linked'],
    [unlinked.length, 'unlinked'],
  ] as const;
  const some = parts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`);
  return some.length === 0 ? 'nothing' : some.join(', ');
}

const shownPaths = 3;
const problemTexts = {
  socket: 'a socket cannot be in a layer',
  mount: 'something is mounted there; what it covers counts as unchanged',
  vanished: 'it went away meanwhile, and counts as unchanged',
  changed: 'it was written to meanwhile, and counts as unchanged',
  unreadable: 'it cannot be read',
} as const;

/** What was left as it is in the base, and why: one line for each kind, with the first few paths. */
export function* omissionLines({ problems, ignored }: ChangeReport): Generator<string> {
  for (const [kind, group] of Map.groupBy(problems, ({ kind }) => kind)) {
    yield `note: ${problemTexts[kind]}: ${some(group.map(shownProblem))}`;
  }
  const hidden = ignored.filter((path) => !problems.some((problem) => problem.path === path));
  if (hidden.length > 0)
    yield `note: ${count(hidden.length, 'path')} of the base counted as unchanged: ${some(hidden)}`;
}

/** What one of the trees cannot know. */
export function* notComparedLines({ notCompared }: Pick<DiffResult, 'notCompared'>): Generator<string> {
  if (notCompared.length > 0) yield `note: not known of both, and not compared: ${describeFacts(notCompared)}`;
}

function some(paths: readonly string[]): string {
  const shown = paths.slice(0, shownPaths).map(escapeText).join(', ');
  return paths.length > shownPaths ? `${shown} and ${paths.length - shownPaths} more` : shown;
}

function shownProblem({ path, what, errno }: ReportedProblem): string {
  return what === undefined ? path : `${path} (${what}, ${errno})`;
}

const letters = { added: 'A', removed: 'D', changed: 'C' } as const;

function changeLine({ path, change, kind, aspects = [], before = {}, after = {} }: ReportedChange): string {
  const name = `${letters[change]} ${escapeText(path)}${kind === 'directory' && path !== '.' ? '/' : ''}`;
  if (change !== 'changed') return name;
  return `${name}  ${aspects.map((aspect) => described(aspect, before, after)).join(', ')}`;
}

function described(aspect: string, before: ReportedFacts, after: ReportedFacts): string {
  switch (aspect) {
    case 'kind':
      return `${before.kind} -> ${after.kind}`;
    case 'mode':
      return `mode ${before.mode} -> ${after.mode}`;
    case 'owner':
      return `owner ${before.uid}:${before.gid} -> ${after.uid}:${after.gid}`;
    case 'mtime':
      return `mtime ${before.mtime} -> ${after.mtime}`;
    case 'symlink':
      return `link ${escapeText(before.linkTarget ?? '')} -> ${escapeText(after.linkTarget ?? '')}`;
    case 'device':
      return `device ${before.device} -> ${after.device}`;
    default:
      return aspect;
  }
}
