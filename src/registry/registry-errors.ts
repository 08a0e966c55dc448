/** From a registry's refusal to a Holdfast error. */
import * as v from 'valibot';
import { escapeText, HoldfastError } from '../base/index.ts';
import type { HttpResponse } from '../http/index.ts';
import type { Quirks } from './quirks.ts';

/** What was asked, for the text of errors. */
export interface Question {
  /** As in image names. */
  readonly registry: string;
  /** What was asked for, such as `docker.io/library/alpine:3` or `listing tags`. */
  readonly what: string;
  /** Whether the registry knew who asks. */
  readonly isAnonymous: boolean;
  readonly quirks: Quirks;
  /** Takes credentials out of a text that the registry gave. */
  readonly redact: (text: string) => string;
  /** Whether something is being written: a missing repository then means that it has to be made first. */
  readonly isWrite?: boolean;
}

/** One entry of the `errors` of an answer, all of it text of the registry. */
export interface RegistryComplaint {
  readonly code: string;
  readonly message: string;
}

/** An answer that is no success, with its body read as far as it can be understood. */
export interface Refusal {
  readonly status: number;
  readonly complaints: readonly RegistryComplaint[];
}

const maxErrorBytes = 64 * 1024;
const maxComplaints = 5;
const maxReason = 300;

/** Reads and ends an answer that is no success. Never fails. */
export async function readRefusal(response: HttpResponse): Promise<Refusal> {
  const { status } = response;
  const complaints = await readComplaints(response);
  return { status, complaints };
}

/** Whether one of the complaints has one of the codes. */
export function complainsOf({ complaints }: Refusal, ...codes: readonly string[]): boolean {
  return complaints.some(({ code }) => codes.includes(code));
}

/** The error for a refusal that nothing can be done about. */
export function refusalError(refusal: Refusal, question: Question): HoldfastError {
  const { status } = refusal;
  const { registry: host, what } = question;
  const reason = reasonOf(refusal, question);
  if (status === 429 || complainsOf(refusal, 'TOOMANYREQUESTS')) {
    const hint = question.isAnonymous ? undefined : 'wait, or spread the requests over more time';
    return new HoldfastError('RATE_LIMITED', { host, reason, ...(hint === undefined ? {} : { hint }) });
  }
  if (status === 403 || (status === 401 && complainsOf(refusal, 'DENIED'))) {
    return new HoldfastError('ACCESS_DENIED', { host, what, reason, ...hintOf(denialHint(question)) });
  }
  if (status === 401) {
    return new HoldfastError('AUTH_REQUIRED', { host, what, reason, ...hintOf(loginHint(question)) });
  }
  if (status === 404 && question.isWrite !== true) {
    const reason = missingReason(refusal, question);
    return new HoldfastError('IMAGE_NOT_FOUND', { reference: what, reason, hint: missingHint(refusal, what) });
  }
  return new HoldfastError('REGISTRY_REFUSED', {
    host,
    what,
    status,
    reason,
    ...hintOf(refusedHint(refusal, question)),
  });
}

/** What the registry says, without control characters and credentials, in one line. */
export function reasonOf({ complaints, status }: Refusal, { redact }: Pick<Question, 'redact'>): string {
  const said = complaints
    .map(({ code, message }) => [code, message].filter((part) => part !== '').join(': '))
    .join('; ');
  const text = escapeText(redact(said));
  if (text === '') return meanings[status] ?? 'it gives no reason';
  return text.length > maxReason ? `${text.slice(0, maxReason)}…` : text;
}

const meanings: Readonly<Record<number, string>> = {
  400: 'it does not understand the request',
  401: 'it wants credentials',
  403: 'access is forbidden',
  404: 'there is no such thing',
  405: 'it does not offer this',
  413: 'what was sent is too large for it',
  429: 'too many requests',
  500: 'it has an internal error',
  502: 'a proxy cannot reach it',
  503: 'it is not available now',
  504: 'a proxy waited for it in vain',
  507: 'it has no space left',
};

function missingReason(refusal: Refusal, question: Question): string {
  if (complainsOf(refusal, 'NAME_UNKNOWN')) return `there is no such repository (${reasonOf(refusal, question)})`;
  return `the registry does not have it (${reasonOf(refusal, question)})`;
}

/** @param what as it is formatted for messages: `HOST/NAME:TAG` or `HOST/NAME@DIGEST`, or something else */
function missingHint(refusal: Refusal, what: string): string {
  const repository = /^([^\s/]+\/[^\s:@]+)(?::[\w.-]+|@sha\S+)$/.exec(what)?.[1];
  if (repository === undefined || complainsOf(refusal, 'NAME_UNKNOWN')) return 'check the spelling of the name';
  return `see what there is: holdfast tags ${repository}`;
}

function loginHint({ isAnonymous, quirks, registry }: Question): string | undefined {
  const missing =
    quirks.hidesMissing === true ? `, or the name is wrong: ${quirks.name} answers the same for both` : '';
  const way = quirks.login === undefined ? '' : ` (${quirks.login})`;
  if (isAnonymous && missing === '' && way === '') return undefined;
  if (isAnonymous) return `log in first: holdfast login ${registry}${way}${missing}`;
  return `the stored credentials are not accepted; log in again: holdfast login ${registry}${way}${missing}`;
}

function denialHint(question: Question): string | undefined {
  if (question.isAnonymous) return loginHint(question);
  if (question.quirks.hidesMissing !== true) return undefined;
  return `the name is wrong, or this user may not do that: ${question.quirks.name} answers the same for both`;
}

function refusedHint(refusal: Refusal, { quirks, isWrite }: Question): string | undefined {
  const isMissing = refusal.status === 404 || complainsOf(refusal, 'NAME_UNKNOWN');
  if (isWrite !== true || !isMissing || quirks.needsRepository === undefined) return undefined;
  return `make the repository first: ${quirks.needsRepository}`;
}

function hintOf(hint: string | undefined): { readonly hint?: string } {
  return hint === undefined ? {} : { hint };
}

const lenientText = v.fallback(v.string(), '');
const complaint = v.object({ code: v.optional(lenientText, ''), message: v.optional(lenientText, '') });
/** `errors` as the distribution-spec has it; a single `message` or `error` as gateways give it. */
const errorBody = v.object({
  errors: v.optional(v.fallback(v.array(v.fallback(complaint, { code: '', message: '' })), []), []),
  message: v.optional(lenientText, ''),
  error: v.optional(lenientText, ''),
  error_description: v.optional(lenientText, ''),
  details: v.optional(lenientText, ''),
});

async function readComplaints(response: HttpResponse): Promise<readonly RegistryComplaint[]> {
  try {
    const body = await response.bytes(maxErrorBytes);
    const text = new TextDecoder().decode(body).trim();
    if (!text.startsWith('{')) return asPlainText(text, response);
    return asComplaints(v.parse(errorBody, JSON.parse(text)));
  } catch {
    await response.discard();
    return [];
  }
}

/** One line of plain text is a reason; a page of HTML is none. */
function asPlainText(text: string, response: HttpResponse): readonly RegistryComplaint[] {
  const isText = (response.header('content-type') ?? 'text/plain').startsWith('text/plain');
  const line = text.split('\n', 1)[0] ?? '';
  return isText && line !== '' && !line.startsWith('<') ? [{ code: '', message: line }] : [];
}

function asComplaints(body: v.InferOutput<typeof errorBody>): readonly RegistryComplaint[] {
  const listed = body.errors.filter(({ code, message }) => code !== '' || message !== '');
  if (listed.length > 0) return listed.slice(0, maxComplaints);
  const message = body.message || body.error_description || body.details;
  if (body.error === '' && message === '') return [];
  return [{ code: body.error, message }];
}
