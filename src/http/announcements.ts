/** What hosts say beside their answers, as events. */
import { escapeText, type NetworkEvent } from '../base/index.ts';
import type { Answer } from './exchange.ts';
import { headerLines, headerOf } from './response.ts';
import { redactUrl } from './redact-url.ts';

export type Emit = (event: NetworkEvent) => void;

interface Answered {
  readonly method: string;
  readonly url: URL;
  /** What must not come back in a text. */
  readonly authorization: string | undefined;
}

const longestWarning = 1000;
/** Warnings remembered; a host that invents new ones forever is not heard out. */
const mostWarnings = 1000;

/** Tells each warning once, and a rate limit when it has changed. */
export class Announcements {
  readonly #emit: Emit;
  readonly #warnings = new Set<string>();
  readonly #limits = new Map<string, string>();

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  announce(answer: Answer, { method, url, authorization }: Answered): void {
    this.#emit({ kind: 'request', method, url: redactUrl(url), status: answer.status });
    for (const text of warningTexts(headerLines(answer, 'warning'))) {
      this.#warn(url.host, escapeText(withoutSecret(text, authorization)).slice(0, longestWarning));
    }
    this.#showLimit(url.host, headerOf(answer, 'ratelimit-remaining'), headerOf(answer, 'ratelimit-limit'));
  }

  #warn(host: string, text: string): void {
    const key = `${host} ${text}`;
    if (this.#warnings.has(key) || this.#warnings.size >= mostWarnings) return;
    this.#warnings.add(key);
    this.#emit({ kind: 'host-warning', host, text });
  }

  #showLimit(host: string, remainingText: string | undefined, limitText: string | undefined): void {
    const remaining = readLimit(remainingText);
    if (remaining === undefined) return;
    const limit = readLimit(limitText);
    const window = limit?.window ?? remaining.window;
    const state = [remaining.count, limit?.count, window].join();
    if (this.#limits.get(host) === state) return;
    this.#limits.set(host, state);
    this.#emit({ kind: 'rate-limit', host, remaining: remaining.count, limit: limit?.count, window });
  }
}

/** The texts of `299 - "text"`, the only warnings that registries may send (distribution-spec, "Warnings"). */
export function warningTexts(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) =>
    [...line.matchAll(/(?:^|,)\s*299\s+-\s+"((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) =>
      text.replaceAll(/\\(.)/g, '$1'),
    ),
  );
}

/** `100;w=21600`: so many in a window of so many seconds. */
function readLimit(
  text: string | undefined,
): { readonly count: number; readonly window: number | undefined } | undefined {
  const parts = /^\s*(\d{1,15})(?:\s*;\s*w=(\d{1,15}))?/.exec(text ?? '');
  if (!parts) return undefined;
  return { count: Number(parts[1]), window: parts[2] === undefined ? undefined : Number(parts[2]) };
}

function withoutSecret(text: string, authorization: string | undefined): string {
  const secret = authorization?.slice(authorization.indexOf(' ') + 1) ?? '';
  return secret.length < 4 ? text : text.replaceAll(secret, '…');
}
