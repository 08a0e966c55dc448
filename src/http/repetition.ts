/** When a request is worth another attempt, and when to make it. */
import { type Failure, tunnelStatus } from './describe-failure.ts';
import { failureCode } from './failure-code.ts';

const passingStatuses = new Set([408, 429, 499, 500, 502, 503, 504, 522]);

/** Whether the same request may be answered differently in a moment. */
export function isPassingStatus(status: number): boolean {
  return passingStatuses.has(status);
}

const broken = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'HPE_INVALID_EOF_STATE',
]);
const unanswered = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_PRX_CONN',
]);

/** Where nothing listens or nobody answers, this many repetitions settle it. */
const unansweredRepetitions = 2;

/** How often an attempt that failed like this is repeated, of `retries` that are allowed. */
export function repetitionsFor({ error, phase }: Failure, retries: number): number {
  const code = failureCode(error);
  if (phase === 'exchange' && broken.has(code)) return retries;
  const status = tunnelStatus(error) ?? 0;
  return unanswered.has(code) || isPassingStatus(status) ? Math.min(retries, unansweredRepetitions) : 0;
}

const firstDelay = 500;
const longestBackoff = 20_000;
/** Whoever asks for more than this is not waited for: somebody is looking on. */
const longestWait = 60_000;

/**
 * Milliseconds before the next attempt: doubling, with jitter so that many clients do not come back together, and never
 * less than the server asked for.
 * @param repetition 1 for the first
 * @param asked milliseconds, from Retry-After
 */
export function delayBefore(repetition: number, asked: number | undefined): number {
  const backoff = Math.min(longestBackoff, firstDelay * 2 ** (repetition - 1)) * (0.5 + Math.random() / 2);
  return Math.max(asked ?? 0, backoff);
}

/** Whether a server asks for a wait that is too long to be spent here. @param asked milliseconds */
export function isLongWait(asked: number | undefined): boolean {
  return asked !== undefined && asked > longestWait;
}

/**
 * Milliseconds from Retry-After, which holds seconds or a date (RFC 9110 §10.2.3).
 * @param date the server's own Date header, by whose clock the other was made
 */
export function parseRetryAfter(value: string | undefined, date: string | undefined): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d{1,9}(?:\.\d+)?$/.test(text)) return Number(text) * 1000;
  const until = Date.parse(text);
  if (Number.isNaN(until) || !/[a-z]/i.test(text)) return undefined;
  const now = Date.parse(date ?? '');
  return Math.max(0, until - (Number.isNaN(now) ? Date.now() : now));
}
