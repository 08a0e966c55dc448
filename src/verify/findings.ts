/** Thousands of faults as a few findings: one for each cause, and for faults that nobody is known to cause one for each kind. */
import type { Cause, Fault, FaultKind } from './fault.ts';

export interface Finding {
  readonly cause: Cause | null;
  /** What is wrong, the worst first. */
  readonly kinds: readonly FaultKind[];
  readonly faults: readonly Fault[];
  /** Layers of the image that the inodes are from, bottom first. */
  readonly layers: readonly number[];
}

/** The worst first. */
const kinds: readonly FaultKind[] = [
  ...(['links-missing', 'links-split', 'links-merged', 'content', 'missing', 'kind', 'extra'] as const),
  ...(['symlink', 'device', 'mode', 'owner', 'xattr', 'mtime'] as const),
];
/** Written to after the start: no fault of the image or of what unpacked it. */
const harmless = 'C26';

/** The worst first. */
export function findingsIn(faults: readonly Fault[]): Finding[] {
  const groups = Map.groupBy(faults, ({ kind, cause }) => {
    return cause === null ? kind : `${cause.hazard} ${cause.confidence} ${cause.text}`;
  });
  return [...groups.values()].map(findingOf).sort((a, b) => rank(a) - rank(b));
}

function findingOf(faults: readonly Fault[]): Finding {
  const met = new Set(faults.map(({ kind }) => kind));
  const layers = new Set(faults.map(({ layer }) => layer).filter((layer) => layer !== null));
  return {
    cause: faults[0]?.cause ?? null,
    kinds: kinds.filter((kind) => met.has(kind)),
    faults,
    layers: [...layers].sort((a, b) => a - b),
  };
}

function rank({ cause, kinds: [worst = 'mtime'] }: Finding): number {
  return kinds.indexOf(worst) + (cause?.hazard === harmless ? kinds.length : 0);
}
