/** What a repair did, for a person. */
import { escapeText, shortDigest } from '../base/index.ts';
import type { FixedImage, FixResult, LayerRepair, ReportedDecision } from '../fix/index.ts';
import { count, formatBytes } from './text.ts';

const shownDecisions = 20;

/** The lines that come between what a repair is called and where it went. */
export function* fixLines({ images, digests }: FixResult): Generator<string> {
  if (digests.length === 0) yield 'nothing to repair: the image stays as it is';
  for (const image of images) {
    if (image.repairs.length === 0) continue;
    if (images.length > 1) yield `${escapeText(image.platform)}:`;
    yield* image.repairs.map(repairLine);
    yield* decisionLines(image.decisions);
    yield* delinkLines(image);
  }
  for (const { what, from, to } of digests) yield `${what.padEnd(9)} ${from} -> ${to}`;
}

function repairLine({ layer, kind, rules, sizeBefore, sizeAfter, from }: LayerRepair): string {
  const told = rules.map(({ rule, count: places, paths: [first = ''] }) => {
    const more = places > 1 ? ` and ${places - 1} more` : '';
    return places === 0 ? rule : `${rule} ${escapeText(first)}${more}`;
  });
  const sizes = `${formatBytes(sizeBefore)} -> ${formatBytes(sizeAfter)}`;
  return `layer ${layer} (${shortDigest(from)}) ${kind}, ${sizes}: ${told.join('; ')}`;
}

function* decisionLines(decisions: readonly ReportedDecision[]): Generator<string> {
  for (const decision of decisions.slice(0, shownDecisions)) yield decisionLine(decision);
  const more = decisions.length - shownDecisions;
  if (more > 0) yield `  and ${count(more, 'more decision')}; --format json has them all`;
}

function decisionLine({ layer, what, path, target }: ReportedDecision): string {
  const [name, other] = [escapeText(path), escapeText(target)];
  const told = {
    bound: `${name} is taken to be a link to what ${other} is at the end of the layer`,
    dropped: `the link ${name} to ${other} is taken to mean nothing`,
    linked: `${name} is taken to be a link to ${other}`,
  };
  return `decided in layer ${layer}: ${told[what]}`;
}

function* delinkLines({ delinked }: FixedImage): Generator<string> {
  if (delinked === undefined) return;
  const { groups, bytesBefore, bytesAfter } = delinked;
  yield `${count(groups.length, 'link group')} undone; the files: ${formatBytes(bytesBefore)} -> ${formatBytes(bytesAfter)}`;
}
