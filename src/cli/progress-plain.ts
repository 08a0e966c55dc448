/** Progress as lines that stay: one for each change of state, for logs. */
import type { EngineEvent } from '../base/index.ts';
import type { OutputStream } from './io.ts';
import { type Phase, phaseTexts, type Progress } from './progress-display.ts';
import { formatBytes } from './text.ts';

/** Over before anybody could wonder. */
const shortPhases: ReadonlySet<Phase> = new Set(['open', 'apply', 'publish']);

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
      case 'note':
        return;
    }
  };
  return { onEvent, stop: () => {} };
}
