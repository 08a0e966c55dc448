/** Notes and losses for a person: one line for each kind, with the first few paths. */
import { escapeText } from '../base/index.ts';
import type { NoteFacts } from '../inspect/index.ts';
import type { LossFacts } from './unpack-report.ts';

const shownPaths = 3;

export function* noteLines(notes: readonly NoteFacts[]): Generator<string> {
  for (const [code, group] of Map.groupBy(notes, ({ code }) => code)) {
    const paths = group.map(({ path, detail }) => path ?? detail).filter((path) => path !== undefined);
    const unlisted = group.reduce((sum, { more = 0 }) => sum + more, 0);
    yield `note: ${group[0]?.message ?? ''}${such(paths, unlisted)} [${code}]`;
  }
}

export function* lossLines(losses: readonly LossFacts[]): Generator<string> {
  for (const [kind, group] of Map.groupBy(losses, ({ kind }) => kind)) {
    yield `lost: ${kind}${such(group.map(({ path, detail }) => `${path} (${detail})`))}`;
  }
}

function such(paths: readonly string[], unlisted = 0): string {
  if (paths.length === 0) return '';
  const shown = paths.slice(0, shownPaths).map(escapeText).join(', ');
  const more = paths.length + unlisted - Math.min(paths.length, shownPaths);
  return more > 0 ? `: ${shown} and ${more} more` : `: ${shown}`;
}
