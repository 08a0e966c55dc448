/** Every rule of `fix`, once. */
import { HoldfastError } from '../base/index.ts';
import type { Rule } from './rule.ts';
import { absoluteTargets } from './rules/absolute-targets.ts';
import { chainedTargets } from './rules/chained-targets.ts';
import { duplicateNames } from './rules/duplicates.ts';
import { lateTargets, selfTargets } from './rules/decided-links.ts';
import { linkHeaders } from './rules/link-headers.ts';
import { linkedParents } from './rules/linked-parents.ts';
import { lowerTargets } from './rules/lower-targets.ts';
import { markers } from './rules/markers.ts';
import { acrossLayers, withinLayer } from './rules/lost-links.ts';
import { strayMarkers } from './rules/stray-markers.ts';
import { lostAttributes, unlistedParents } from './rules/unlisted-parents.ts';

/** Those that say links better come before those that insert entries. */
export const fixRules: readonly Rule[] = [
  absoluteTargets,
  chainedTargets,
  linkHeaders,
  lateTargets,
  selfTargets,
  lowerTargets,
  linkedParents,
  duplicateNames,
  markers,
  strayMarkers,
  withinLayer,
  acrossLayers,
  unlistedParents,
  lostAttributes,
];

/**
 * The rules of these ids; without any, all but those that look for links where the image has none.
 * @throws USAGE
 */
export function chooseRules(ids: readonly string[]): readonly Rule[] {
  if (ids.length === 0) return fixRules.filter(({ isAskedFor }) => isAskedFor !== true);
  const known = new Map(fixRules.map((rule) => [rule.id.toLowerCase(), rule]));
  const chosen = ids.map((id) => {
    const rule = known.get(id.toLowerCase());
    if (rule) return rule;
    const hint = `there are: ${fixRules
      .map((one) => one.id)
      .toSorted()
      .join(', ')}`;
    throw new HoldfastError('USAGE', { message: `there is no rule ${JSON.stringify(id)} to fix an image by`, hint });
  });
  return fixRules.filter((rule) => chosen.includes(rule));
}
