import type { EngineEvent } from '../base/index.ts';
import { noteFacts } from '../inspect/index.ts';

/** An event as one line of NDJSON. */
export function eventJson(event: EngineEvent): object {
  return event.kind === 'note' ? { kind: event.kind, note: noteFacts(event.note) } : event;
}
