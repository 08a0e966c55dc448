/** What a registry says or asks for, as lines for a person. */
import { type EngineEvent, escapeText } from '../base/index.ts';

/** From here on a person should know that the registry is about to refuse. */
const fewPulls = 10;

/** The line for an event; undefined when it needs none. */
export function networkLine(event: EngineEvent, isDebug: boolean): string | undefined {
  switch (event.kind) {
    case 'retry':
      return `${event.host}: ${escapeText(event.reason)}; trying again in ${seconds(event.delay)}`;
    case 'host-warning':
      return `${event.host}: ${escapeText(event.text)}`;
    case 'rate-limit':
      return isDebug || event.remaining <= fewPulls ? rateLimit(event) : undefined;
    case 'request':
      return isDebug ? `debug: ${event.method} ${escapeText(event.url)} ${event.status}` : undefined;
    default:
      return undefined;
  }
}

function rateLimit({ host, remaining, limit, window }: Extract<EngineEvent, { kind: 'rate-limit' }>): string {
  const of = limit === undefined ? '' : ` of ${limit}`;
  const within = window === undefined ? '' : ` within ${Math.round(window / 3600)} h`;
  return `${host}: ${remaining}${of} pulls left${within}`;
}

function seconds(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.ceil(milliseconds)} ms` : `${Math.ceil(milliseconds / 1000)} s`;
}
