/** Sends one request until it is answered or there is no point in going on. */
import type { Announcements, Emit } from './announcements.ts';
import { type Attempted, describeFailure, type Failure, failureWords } from './describe-failure.ts';
import { type Answer, exchange } from './exchange.ts';
import { failureCode, isNotTls } from './failure-code.ts';
import type { HostLanes, Slot } from './host-lanes.ts';
import type { LenientHosts } from './hosts.ts';
import type { HttpRequest } from './http-client.ts';
import { pause } from './pause.ts';
import { delayBefore, isLongWait, isPassingStatus, parseRetryAfter, repetitionsFor } from './repetition.ts';
import { openBody } from './request-body.ts';
import { headerOf } from './response.ts';
import type { Transports } from './transports.ts';

/** A request to one URL, on the way along redirects. */
export interface Hop {
  readonly method: HttpRequest['method'];
  readonly url: URL;
  /** The request for messages, without what may be a credential. */
  readonly what: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly authorization: string | undefined;
  readonly body: HttpRequest['body'];
  readonly isRepeatable: boolean;
  /** Whether a lenient host may be asked over http when https is not answered. */
  readonly mayUsePlain: boolean;
  readonly signal: AbortSignal;
  /** Repetitions so far, over all hops. */
  readonly spent: { repetitions: number };
}

/** What was answered, and by which URL: the scheme may be another one than asked for. */
export interface Answered {
  readonly answer: Answer;
  readonly url: URL;
}

interface Unanswered {
  readonly failure: Failure;
  readonly attempted: Attempted;
}

interface Parts {
  readonly transports: Transports;
  readonly lenient: LenientHosts;
  readonly lanes: HostLanes;
  readonly announcements: Announcements;
  readonly emit: Emit;
  readonly idleTimeout: number;
  readonly retries: number;
  readonly delayScale: number;
}

/** Registries hash and move what was uploaded before they answer; for that they get so many times the idle timeout. */
const uploadPatience = 10;

export class Sender {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @throws like HttpClient.request */
  async send(hop: Hop): Promise<Answered> {
    for (;;) {
      const outcome = await this.#attempt(hop);
      const delay = this.#planRepetition(outcome, hop);
      if (delay === undefined) return conclude(outcome);
      if ('answer' in outcome) await outcome.answer.body.discard();
      await pause(delay, hop.signal);
    }
  }

  async #attempt(hop: Hop): Promise<Answered | Unanswered> {
    const lane = hop.method === 'GET' || hop.method === 'HEAD' ? 'read' : 'write';
    const slot = await this.#parts.lanes.enter(hop.url.host, lane, hop.signal);
    let outcome: Answered | Unanswered | undefined;
    try {
      outcome = await this.#ask(hop, slot);
      return outcome;
    } finally {
      if (outcome === undefined || 'failure' in outcome) slot.release();
    }
  }

  /** Asks over https, or http where that is allowed and nothing else works. */
  async #ask(hop: Hop, slot: Slot): Promise<Answered | Unanswered> {
    const { lenient } = this.#parts;
    const first = await this.#exchange(hop.mayUsePlain ? lenient.resolve(hop.url) : hop.url, hop, slot);
    if ('answer' in first) lenient.remember(hop.url, first.url);
    else if (hop.mayUsePlain && mayBePlain(first.failure, hop.url)) {
      const plain = lenient.fallback(hop.url);
      const second = plain && (await this.#exchange(plain, hop, slot));
      if (second && 'answer' in second) {
        lenient.remember(hop.url, second.url);
        return second;
      }
      // Who was heard over http, and not over https, is not to be blamed for its TLS.
      if (second?.failure.phase === 'exchange' && !wasCutOff(first.failure)) return second;
    }
    return first;
  }

  async #exchange(url: URL, hop: Hop, slot: Slot): Promise<Answered | Unanswered> {
    const { dispatcher, proxy } = await this.#parts.transports.open(url);
    hop.signal.throwIfAborted();
    const body = openBody(hop.body);
    const patience = this.#patience(hop);
    const attempted = { host: url.host, what: hop.what, proxy: proxy?.host, patience };
    const bodyTimeout = this.#parts.idleTimeout;
    try {
      const answer = await exchange(dispatcher, {
        method: hop.method,
        url,
        headers: { ...hop.headers, ...this.#authorize(url, hop), ...lengthOf(body) },
        body,
        headersTimeout: patience,
        bodyTimeout,
        signal: hop.signal,
        slot,
        describe: (error) => describeFailure({ error, phase: 'exchange' }, { ...attempted, patience: bodyTimeout }),
      });
      this.#parts.announcements.announce(answer, { method: hop.method, url, authorization: hop.authorization });
      return { answer, url };
    } catch (error) {
      hop.signal.throwIfAborted();
      if (body?.failure !== undefined) throw body.failure;
      const phase = this.#parts.transports.isConnectFailure(error) ? 'connect' : 'exchange';
      return { failure: { error, phase }, attempted };
    }
  }

  #patience({ method }: Hop): number {
    const isUpload = method === 'POST' || method === 'PUT' || method === 'PATCH';
    return this.#parts.idleTimeout * (isUpload ? uploadPatience : 1);
  }

  /** Credentials do not go over plain http, except to hosts for which the user gave up security. */
  #authorize(url: URL, { authorization }: Hop): Readonly<Record<string, string>> {
    const isSafe = url.protocol === 'https:' || this.#parts.lenient.has(url);
    return authorization !== undefined && isSafe ? { authorization } : {};
  }

  /** The milliseconds to wait before another attempt, or undefined when this was the last. Tells the host's queue. */
  #planRepetition(outcome: Answered | Unanswered, hop: Hop): number | undefined {
    const { lanes, retries, delayScale, emit } = this.#parts;
    const { spent } = hop;
    const asked = 'answer' in outcome ? askedDelay(outcome.answer) : undefined;
    const allowed =
      'answer' in outcome ? repetitionsOf(outcome.answer, retries) : repetitionsFor(outcome.failure, retries);
    const isLast = !hop.isRepeatable || spent.repetitions >= allowed || isLongWait(asked);
    const delay = delayBefore(spent.repetitions + 1, asked) * delayScale;
    const isBusy = 'answer' in outcome && (outcome.answer.status === 429 || asked !== undefined);
    if (isBusy && !isLongWait(asked) && (!isLast || asked !== undefined)) lanes.holdBack(hop.url.host, delay);
    if (isLast) return undefined;
    spent.repetitions++;
    const reason = 'answer' in outcome ? `status ${outcome.answer.status}` : this.#words(outcome);
    emit({ kind: 'retry', host: hop.url.host, reason, delay, attempt: spent.repetitions });
    return delay;
  }

  #words({ failure, attempted }: Unanswered): string {
    return failureWords(failure, attempted.patience);
  }
}

function conclude(outcome: Answered | Unanswered): Answered {
  if ('answer' in outcome) return outcome;
  throw describeFailure(outcome.failure, outcome.attempted);
}

function repetitionsOf({ status }: Answer, retries: number): number {
  return isPassingStatus(status) ? retries : 0;
}

/** Retry-After says something only with an answer that is no answer yet. */
function askedDelay(answer: Answer): number | undefined {
  if (answer.status !== 429 && answer.status !== 503) return undefined;
  return parseRetryAfter(headerOf(answer, 'retry-after'), headerOf(answer, 'date'));
}

/** Nothing listens on the port for https, or what listens does not speak TLS. */
function mayBePlain({ error, phase }: Failure, url: URL): boolean {
  const code = failureCode(error);
  return phase === 'connect' && (isNotTls(code) || (code === 'ECONNREFUSED' && url.port === ''));
}

/** Somebody who speaks TLS may have closed the connection, too. */
function wasCutOff({ error }: Failure): boolean {
  return /^(?:ECONNRESET|EPIPE|ERR_SSL_UNEXPECTED_EOF_WHILE_READING)$/.test(failureCode(error));
}

function lengthOf(body: ReturnType<typeof openBody>): Readonly<Record<string, string>> {
  return body?.data === undefined ? {} : { 'content-length': String(body.length) };
}
