import type { Evidence } from './evidence.ts';
import type { Confidence, FaultKind, FoundFault } from './fault.ts';

/** A hazard, and by what it is known again. */
export interface CauseRow {
  readonly hazard: string;
  /** Who does this, and how it comes about. */
  readonly text: string;
  /** It explains no others. */
  readonly kinds: readonly FaultKind[];
  /** How sure it is that this is the cause of a fault of these kinds; undefined where it is not. */
  readonly explains: (fault: FoundFault, evidence: Evidence) => Confidence | undefined;
}
