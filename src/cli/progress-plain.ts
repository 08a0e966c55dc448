/** Progress as lines that stay: one for each change of state, for logs. */
import { type BlobOutcome, type EngineEvent, shortDigest } from '../base/index.ts';
import type { OutputStream } from './io.ts';
import { type Phase, phaseTexts, type Progress } from './progress-display.ts';
import { formatBytes } from './text.ts';

/** Over before anybody could wonder. */
const shortPhases: ReadonlySet<Phase> = new Set(['open', 'apply', 'publish']);

/** Downloads are shown as the layers they are. */
const shownOutcomes: Readonly<Partial<Record<BlobOutcome, string>>> = {
  uploaded: 'sent',
  written: 'written',
  existed: 'there already',
  mounted: 'mounted',
  cloned: 'cloned',
  linked: 'linked',
};

export function plainProgress(stream: OutputStream): Progress {
  const begun = new Set<number>();
  const say = (line: string): void => void stream.write(`${line}\n`);
  const onEvent = (event: EngineEvent): void => {
    switch (event.kind) {
      case 'phase':
        if (!shortPhases.has(event.phase)) say(phaseTexts[event.phase]);
        return;
      case 'layer-progress':
        if (begun.has(event.layer) || event.bytes === 0) return;
        begun.add(event.layer);
        return say(`layer ${event.layer} (${event.digest}): reading ${formatBytes(event.totalBytes)}`);
      case 'layer-done':
        begun.add(event.layer);
        return say(`layer ${event.layer} (${event.digest}): verified, ${formatBytes(event.bytes)}`);
      case 'blob-done':
        if (shownOutcomes[event.outcome] === undefined) return;
        return say(`blob ${shortDigest(event.digest)}: ${shownOutcomes[event.outcome]}, ${formatBytes(event.bytes)}`);
      default:
        return;
    }
  };
  return { onEvent, say, stop: () => {} };
}
