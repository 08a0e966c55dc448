/** From what is wrong to who probably did it: one row for each hazard, the first that fits is the cause. */
import type { CauseRow } from './cause-row.ts';
import type { Cause, FoundFault } from './fault.ts';
import type { Evidence } from './evidence.ts';
import { contentCauses } from './content-causes.ts';
import { layerCauses } from './layer-causes.ts';
import { linkCauses } from './link-causes.ts';
import { otherCauses } from './other-causes.ts';

export const causeTable: readonly CauseRow[] = [...layerCauses, ...linkCauses, ...contentCauses, ...otherCauses];

export function causeOf(fault: FoundFault, evidence: Evidence): Cause | null {
  for (const { hazard, text, kinds, explains } of causeTable) {
    if (!kinds.includes(fault.kind)) continue;
    const confidence = explains(fault, evidence);
    if (confidence !== undefined) return { hazard, text, confidence };
  }
  return null;
}
