/** What `verify` found, for a person: the verdict first, then a few findings with the first examples of each. */
import { escapeText } from '../base/index.ts';
import { type Finding, findingsIn, type VerifyResult } from '../verify/index.ts';
import { faultText } from './fault-text.ts';
import { count } from './text.ts';

const shownExamples = 5;
const shownPaths = 6;

export function* verifyLines(result: VerifyResult): Generator<string> {
  const findings = findingsIn(result.faults);
  yield verdict(result, findings.length);
  for (const finding of findings) yield* findingLines(finding);
  if (result.faults.length > 0) yield '';
  yield* remarks(result);
}

function verdict({ ok, tree, image, faults, unseen, ...compared }: VerifyResult, findings: number): string {
  const [what, said] = [escapeText(tree), escapeText(image)];
  if (ok) return `${what} is what ${said} says: ${extent(compared)}`;
  if (faults.length > 0) {
    return `${what} is not what ${said} says: ${count(faults.length, 'fault')} in ${count(findings, 'finding')}`;
  }
  return `${what} may be what ${said} says, but ${count(unseen.length, 'path')} could not be seen`;
}

function extent({ names, filesRead, times }: Pick<VerifyResult, 'names' | 'filesRead' | 'times'>): string {
  const precision = times === 'none' ? 'no times' : `times to the ${times.slice(0, -1)}`;
  return `${count(names, 'path')} compared, ${count(filesRead, 'file')} read, ${precision}`;
}

function* findingLines({ cause, kinds, faults, layers }: Finding): Generator<string> {
  const from = layers.length === 0 ? '' : `, of ${layers.length === 1 ? 'layer' : 'layers'} ${layers.join(', ')}`;
  yield '';
  yield `${kinds.join(', ')}: ${count(faults.length, 'fault')}${from}`;
  const topmost = topmostOf(faults);
  for (const fault of topmost.slice(0, shownExamples)) yield `  ${faultText(fault)}`;
  const left = faults.length - Math.min(topmost.length, shownExamples);
  if (left > 0) yield `  and ${left} more`;
  if (cause) yield `  ${cause.hazard} (${cause.confidence} confidence): ${cause.text}`;
}

/** What is missing or too much with a directory above it says nothing more. */
function topmostOf(faults: Finding['faults']): Finding['faults'] {
  const paths = new Set(faults.filter(isAbsence).flatMap((fault) => fault.paths));
  return faults.filter((fault) => !isAbsence(fault) || !fault.paths.every((path) => paths.has(above(path))));
}

function isAbsence({ kind }: Finding['faults'][number]): boolean {
  return kind === 'missing' || kind === 'extra';
}

function above(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

const unseenTexts = {
  mount: 'something is mounted over it',
  unreadable: 'it may not be read',
  vanished: 'it went away meanwhile',
  changed: 'it was written to meanwhile',
  socket: 'it is a socket',
} as const;

const factNames: Readonly<Record<string, string>> = {
  device: 'device numbers',
  mode: 'modes',
  owner: 'owners',
  mtime: 'times',
  nanoseconds: 'fractions of seconds',
  size: 'sizes',
  someXattrs: 'xattrs that only the host or root can see',
};

function* remarks({ unseen, ignored, notCompared }: VerifyResult): Generator<string> {
  for (const [kind, those] of Map.groupBy(unseen, (one) => one.kind)) {
    yield `not seen, because ${unseenTexts[kind]}: ${some(those.map(({ path }) => path))}`;
  }
  for (const [why, those] of Map.groupBy(ignored, (one) => one.why)) {
    yield `not compared, because of ${why}: ${some(those.map(shownIgnored))}`;
  }
  // That Linux has no modes of symbolic links is no news.
  const facts = notCompared.filter((fact) => fact !== 'symlinkMode');
  if (facts.length > 0) yield `not compared: ${facts.map((fact) => factNames[fact] ?? fact).join(', ')}`;
}

function shownIgnored({ path, what }: VerifyResult['ignored'][number]): string {
  return what === 'everything' ? path : `${path} (${what})`;
}

function some(paths: readonly string[]): string {
  const shown = paths.slice(0, shownPaths).map(escapeText).join(', ');
  return paths.length > shownPaths ? `${shown} and ${paths.length - shownPaths} more` : shown;
}
