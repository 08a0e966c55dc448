/** What an audit found, for a person: image by image, the worst first. */
import {
  type AuditedImage,
  type AuditResult,
  type Finding,
  type HiddenHazard,
  type Rule,
  rules,
} from '../audit/index.ts';
import { escapeText } from '../base/index.ts';
import { severities, type Severity, targets } from '../hazards/index.ts';
import { count, facts, formatBytes } from './text.ts';

const shownPaths = 3;

export function* auditLines({ findings, images, skipped, counts, known }: AuditResult): Generator<string> {
  const byImage = Map.groupBy(findings, ({ image, digest }) => `${digest} ${image}`);
  for (const image of images) {
    yield `${escapeText(image.image)}  ${escapeText(image.platform)}  ${image.digest}`;
    for (const line of findingLines(byImage.get(`${image.digest} ${image.image}`) ?? [])) yield `  ${line}`;
    yield `  ${weightLine(image)}`;
  }
  for (const { image, digest, reason } of skipped) yield `${escapeText(image)}  ${digest}  left out: ${reason}`;
  const numbers = severities.map((severity) => count(counts[severity], severity)).join(', ');
  yield `${numbers} in ${count(images.length, 'image')}${known > 0 ? `; ${count(known, 'known place')} left out` : ''}`;
}

function* findingLines(findings: readonly Finding[]): Generator<string> {
  const [own, general] = [findings.filter((one) => !isGeneral(one)), findings.filter(isGeneral)];
  for (const { severity, rule, layer, message, remedy, bytes } of worstFirst(own)) {
    yield `${severity} ${rule}, layer ${layer}: ${message}${bytes === undefined ? '' : ` (${formatBytes(bytes)})`}`;
    if (severity !== 'note') yield `    remedy: ${remedy}`;
  }
  // Many consumers stumble over the same paths, above all over hard links.
  for (const same of Map.groupBy(general, ({ layer, paths }) => `${layer} ${JSON.stringify(paths)}`).values()) {
    yield generalLine(same);
  }
}

/** What may happen to somebody, while nobody said whom the image is for. */
function isGeneral({ rule, severity }: Finding): boolean {
  return rule.startsWith('C') && severity === 'note';
}

function worstFirst(findings: readonly Finding[]): Finding[] {
  const rank = ({ severity }: { readonly severity: Severity }): number => severities.indexOf(severity);
  return [...findings].sort((a, b) => rank(a) - rank(b));
}

function generalLine(same: readonly Finding[]): string {
  const [first] = same;
  if (first === undefined) return '';
  const { layer, message } = first;
  const ids = same.map(({ rule }) => rule).join(', ');
  if (same.length === 1) return `note ${ids}, layer ${layer}: ${message} (${consumers(same)})`;
  return `note ${ids}, layer ${layer}: ${such(first.paths)} may matter to ${consumers(same)}`;
}

function consumers(findings: readonly Finding[]): string {
  const ids = new Set(findings.map(({ rule }) => rule));
  const named = rules.filter(({ id }) => ids.has(id)).flatMap(({ targets = {} }) => Object.keys(targets));
  return [...new Set(named)].join(', ');
}

function such(paths: readonly string[]): string {
  if (paths.length === 1 && paths[0] === '.') return 'the image';
  const shown = paths.slice(0, shownPaths).map(escapeText).join(', ');
  return paths.length > shownPaths ? `${shown} and ${paths.length - shownPaths} more` : shown;
}

function weightLine({ layers, entries, bytes, bytesAsCopies }: AuditedImage): string {
  const grown = bytesAsCopies > bytes ? `, ${formatBytes(bytesAsCopies)} if every hard link were a copy` : '';
  const size = `${count(layers, 'layer')}, ${count(entries, 'entry', 'entries')}, ${formatBytes(bytes)} of files`;
  return size + grown;
}

/** What is known of a hazard. */
export function* hazardLines(hazard: Rule | HiddenHazard): Generator<string> {
  yield `${hazard.id}: ${hazard.title}`;
  yield '';
  yield hazard.explanation;
  if ('hidden' in hazard) yield `It is never found by an audit. ${hazard.hidden}`;
  yield '';
  const there = 'targets' in hazard ? Object.entries(hazard.targets ?? {}) : [];
  yield* facts([
    ['severity', 'severity' in hazard ? hazard.severity : undefined],
    ...there.map(
      ([name, severity]) => [`--target ${name}`, `${severity}: ${targets[name as keyof typeof targets]}`] as const,
    ),
    ...hazard.affected.map((program, at) => [at === 0 ? 'programs' : '', program] as const),
    ['remedy', hazard.remedy],
    ...hazard.sources.map((source, at) => [at === 0 ? 'sources' : '', source] as const),
  ]);
}
