/** Answers of a test registry as data, before anything goes wrong on their way. */
import { jsonBytes } from './image-of.ts';

export type AnswerHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Answer {
  readonly status: number;
  /** Names in lower case; undefined ones are not sent. Content-Length is added unless it is here. */
  readonly headers: AnswerHeaders;
  readonly body: Buffer;
}

export const noBody: Buffer = Buffer.alloc(0);

export function answer(status: number, headers: AnswerHeaders = {}, body: Buffer = noBody): Answer {
  return { status, headers, body };
}

export function jsonAnswer(status: number, document: unknown, headers: AnswerHeaders = {}): Answer {
  return answer(status, { 'content-type': 'application/json', ...headers }, jsonBytes(document));
}

/** An error with a code of the distribution specification. */
export function refusal(status: number, code: string, message: string, headers: AnswerHeaders = {}): Answer {
  return jsonAnswer(status, { errors: [{ code, message }] }, headers);
}

/** What a quirk refuses: the status it names. */
export function quirkRefusal(status: number): Answer {
  const codes: Readonly<Record<number, string>> = { 401: 'UNAUTHORIZED', 403: 'DENIED', 404: 'NOT_FOUND' };
  return refusal(status, codes[status] ?? 'UNSUPPORTED', 'the registry does not do this');
}
