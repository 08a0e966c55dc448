/** What `verify` found, for a person: the verdict first. */
import { escapeText } from '../base/index.ts';
import type { VerifyResult } from '../verify/index.ts';
import { count } from './text.ts';

export function* verifyLines(result: VerifyResult): Generator<string> {
  const [tree, image] = [escapeText(result.tree), escapeText(result.image)];
  if (result.ok) yield `${tree} is what ${image} says: ${count(result.names, 'path')} compared`;
  else yield `${tree} is not what ${image} says: ${count(result.faults.length, 'fault')}`;
  for (const { kind, paths } of result.faults) yield `  ${kind}  ${paths.map(escapeText).join(' = ')}`;
}
