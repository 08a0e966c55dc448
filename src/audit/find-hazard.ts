import { HoldfastError, quoteText } from '../base/index.ts';
import { type HiddenHazard, hiddenHazards } from './hidden-hazards.ts';
import type { Rule } from './rule.ts';
import { rules } from './rules/index.ts';

/** Every hazard of the catalogue, those that no audit can find included, in the order of their ids: P first. */
export const hazards: readonly (Rule | HiddenHazard)[] = [...rules, ...hiddenHazards].sort((a, b) => {
  return order(a.id) < order(b.id) ? -1 : 1;
});

/** @throws USAGE where there is none of that id */
export function findHazard(id: string): Rule | HiddenHazard {
  const found = hazards.find((hazard) => hazard.id === id.toUpperCase());
  if (found) return found;
  const hint = `there are ${hazards.map((hazard) => hazard.id).join(', ')}`;
  throw new HoldfastError('USAGE', { message: `there is no hazard ${quoteText(id)}`, hint });
}

function order(id: string): string {
  return id.replace(/^P/, '');
}
