/** One request and its answer over one connection. */
import type { Dispatcher } from 'undici';
import type { Slot } from './host-lanes.ts';
import type { OutgoingBody } from './request-body.ts';
import { ResponseBody } from './response-body.ts';

export interface ExchangeRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: OutgoingBody | undefined;
  /** Milliseconds of silence: before the answer begins, and within its body. */
  readonly headersTimeout: number;
  readonly bodyTimeout: number;
  readonly signal: AbortSignal;
  readonly slot: Slot;
  /** Makes what a reader of the body gets when the connection breaks. */
  readonly describe: (error: unknown) => unknown;
}

export interface Answer {
  readonly status: number;
  /** Name in lower case and value of each line. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: ResponseBody;
}

/** Resolves when the head of the answer has come. @throws whatever undici reports, and the reason of the signal */
export function exchange(dispatcher: Dispatcher, request: ExchangeRequest): Promise<Answer> {
  const handler = new AnswerHandler(request);
  dispatcher.dispatch(
    {
      origin: request.url.origin,
      path: `${request.url.pathname}${request.url.search}`,
      method: request.method,
      headers: request.headers,
      // An async iterable is taken like a stream; only the types do not say so.
      body: (request.body?.data ?? null) as Uint8Array | null,
      headersTimeout: request.headersTimeout,
      bodyTimeout: request.bodyTimeout,
      // Without this a connection is closed after each HEAD.
      ...(request.method === 'HEAD' ? { reset: false } : {}),
    },
    handler,
  );
  return handler.answer;
}

class AnswerHandler implements Dispatcher.DispatchHandler {
  readonly #request: ExchangeRequest;
  readonly #head = Promise.withResolvers<Answer>();
  readonly #onAbort: () => void;
  #controller: Dispatcher.DispatchController | undefined;
  #body: ResponseBody | undefined;

  constructor(request: ExchangeRequest) {
    this.#request = request;
    this.#onAbort = () => this.#abort();
    request.signal.addEventListener('abort', this.#onAbort, { once: true });
    if (request.signal.aborted) this.#abort();
  }

  get answer(): Promise<Answer> {
    return this.#head.promise;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#request.signal.aborted) controller.abort(new Error('aborted'));
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) return;
    const flow = {
      pause: () => controller.pause(),
      resume: () => controller.resume(),
      abort: (reason = new Error('aborted')) => controller.abort(reason),
    };
    const { slot, signal, bodyTimeout } = this.#request;
    this.#body = new ResponseBody(flow, slot, signal, bodyTimeout);
    this.#head.resolve({ status, headers: readHeaders(controller.rawHeaders), body: this.#body });
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#body?.push(chunk);
  }

  onResponseEnd(): void {
    this.#finish();
    afterRelease(() => this.#body?.end());
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#finish();
    const failure = this.#request.body?.failure ?? error;
    if (this.#body) this.#body.fail(this.#request.describe(failure));
    else this.#head.reject(failure);
  }

  #abort(): void {
    this.#finish();
    this.#head.reject(this.#request.signal.reason);
    if (this.#body) this.#body.abort();
    else this.#controller?.abort(new Error('aborted'));
  }

  #finish(): void {
    this.#request.signal.removeEventListener('abort', this.#onAbort);
  }
}

/**
 * undici takes a turn of the event loop to see whether a connection is fit for another request. Whoever asks again at once
 * would get a new connection, so the end of an answer is told after that.
 */
function afterRelease(tell: () => void): void {
  setImmediate(() => setImmediate(tell));
}

/** undici gives names and values in turn, as bytes or as text. */
function readHeaders(raw: Dispatcher.DispatchController['rawHeaders']): readonly (readonly [string, string])[] {
  if (!Array.isArray(raw)) return [];
  const texts = raw.map((part: Buffer | string) => (typeof part === 'string' ? part : part.toString('utf8')));
  return Array.from({ length: texts.length >> 1 }, (_, index) => [
    (texts[2 * index] ?? '').toLowerCase(),
    texts[2 * index + 1] ?? '',
  ]);
}
