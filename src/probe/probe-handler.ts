/** The probe as a handler of requests, for any server of Node. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isHoldfastError } from '../base/index.ts';
import { encodeDigest, encodeEnd, encodeHead, encodeRecord, encodeError } from '../tree-stream/index.ts';
import { checkedToken, tokenCheck } from './access.ts';
import { chooseEncoding, LineSender, ReaderGone } from './line-sender.ts';
import { Probe } from './probe.ts';
import type { ProbeOptions } from './probe-options.ts';
import { BadRequest, readPaths, readTreeQuery } from './read-query.ts';
import { Turns } from './turns.ts';

/**
 * Answers requests below its path, and says whether it was one: `false` leaves request and response as they were.
 * With `next`, as Express has it, that is called instead. Disposing ends what is under way and closes the directory.
 */
export interface ProbeHandler extends Disposable {
  (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void): Promise<boolean>;
}

/** Requests that may wait for the one that is answered. */
const mostWaiting = 4;
const waitingPatience = 20_000;
const usualMountPath = '/.holdfast';

/**
 * A probe for a service that has a server of its own: it tells of the tree that the service runs in, to whoever brings the
 * token, and does nothing else. One request is answered at a time.
 *
 * @example
 * import http from 'node:http';
 * import { probeHandler } from 'holdfast/probe';
 *
 * const probe = probeHandler({ token: process.env['HOLDFAST_PROBE_TOKEN'] });
 * http.createServer(async (request, response) => {
 *   if (await probe(request, response)) return;
 *   response.end('the service itself');
 * });
 *
 * @throws USAGE for a token that is missing or short, IMAGE_NOT_FOUND, HOST_REFUSED
 */
export function probeHandler(options: ProbeOptions): ProbeHandler {
  const handler = new RequestHandler(options);
  const handle = async (
    request: IncomingMessage,
    response: ServerResponse,
    next?: (error?: unknown) => void,
  ): Promise<boolean> => {
    const isOurs = await handler.handle(request, response);
    if (!isOurs) next?.();
    return isOurs;
  };
  return Object.assign(handle, { [Symbol.dispose]: () => handler[Symbol.dispose]() });
}

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly query: string;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** What is told of an answer. */
interface Told {
  lines: number;
  error?: string;
}

class RequestHandler implements Disposable {
  readonly #options: ProbeOptions;
  readonly #mountPath: string;
  readonly #isAllowed: ReturnType<typeof tokenCheck>;
  readonly #probe: Probe;
  readonly #turns = new Turns(mostWaiting);
  readonly #stop = new AbortController();
  #active = 0;
  #isClosed = false;

  constructor(options: ProbeOptions) {
    this.#isAllowed = tokenCheck(checkedToken(options.token));
    this.#options = options;
    this.#mountPath = `/${(options.mountPath ?? usualMountPath).split('/').filter(Boolean).join('/')}/`.replace(
      '//',
      '/',
    );
    this.#probe = new Probe(options);
  }

  [Symbol.dispose](): void {
    this.#stop.abort(new ReaderGone());
    this.#closeWhenIdle();
  }

  /** While somebody reads below the directory it has to stay open. Closed twice, it might be a file of the service. */
  #closeWhenIdle(): void {
    if (!this.#stop.signal.aborted || this.#active > 0 || this.#isClosed) return;
    this.#isClosed = true;
    this.#probe[Symbol.dispose]();
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const [path = '', query = ''] = targetOf(request).split('?', 2);
    if (!path.startsWith(this.#mountPath)) return false;
    const started = performance.now();
    const gone = new AbortController();
    response.once('close', () => gone.abort(new ReaderGone()));
    response.on('error', () => undefined);
    const signal = AbortSignal.any([gone.signal, this.#stop.signal]);
    const told: Told = { lines: 0 };
    this.#active++;
    try {
      await this.#answer({ request, response, path: path.slice(this.#mountPath.length), query, signal }, told);
    } catch (error) {
      told.error = codeOf(error);
      refuse(response, error);
    } finally {
      this.#active--;
      this.#closeWhenIdle();
    }
    this.#options.onRequest?.({
      method: request.method ?? '',
      path,
      status: response.statusCode,
      milliseconds: performance.now() - started,
      client: request.socket.remoteAddress ?? '',
      ...told,
    });
    return true;
  }

  async #answer(asked: Asked, told: Told): Promise<void> {
    const { request, response, path } = asked;
    if (!this.#isAllowed(request.headers)) {
      response.setHeader('WWW-Authenticate', 'Bearer realm="holdfast probe"');
      throw new BadRequest('the token is missing or wrong', 401);
    }
    if (this.#stop.signal.aborted) throw new BadRequest('the probe has ended', 503);
    if (path === 'v1/tree')
      return await this.#tell(asked, 'GET', told, (sender) => this.#tellTree(asked, sender, told));
    if (path === 'v1/digests') return await this.#tellDigests(asked, told);
    if (path !== 'v1/write-test') throw new BadRequest('there is nothing here', 404);
    requireMethod(asked, 'GET');
    const { writeTest } = this.#options;
    if (writeTest === undefined) throw new BadRequest('the probe was not told to try to write', 404);
    sendJson(response, 200, writeTest);
  }

  async #tellTree(asked: Asked, sender: LineSender, told: Told): Promise<void> {
    const { after, limit } = readTreeQuery(asked.query);
    for await (const record of this.#probe.records(after, asked.signal)) {
      if (told.lines === limit) return await sender.send(encodeEnd('more'));
      told.lines++;
      await sender.send(encodeRecord(record));
    }
    await sender.send(encodeEnd('complete'));
  }

  async #tellDigests(asked: Asked, told: Told): Promise<void> {
    requireMethod(asked, 'POST');
    const paths = await readPaths(asked.request);
    await this.#tell(asked, 'POST', told, async (sender) => {
      for await (const digest of this.#probe.digests(paths, asked.signal, () => sender.keepAlive())) {
        told.lines++;
        await sender.send(encodeDigest(digest));
      }
      await sender.send(encodeEnd('complete'));
    });
  }

  /** Sends what `tell` says between head and end, when it is its turn. What goes wrong on the way is the last line. */
  async #tell(asked: Asked, method: string, told: Told, tell: (sender: LineSender) => Promise<void>): Promise<void> {
    const { request, response, query, signal } = asked;
    requireMethod(asked, method);
    if (method === 'GET') readTreeQuery(query);
    using _turn = await this.#turn(signal);
    const encoding = chooseEncoding(request.headers['accept-encoding']);
    response.writeHead(200, {
      ...usualHeaders,
      'Content-Type': 'application/x-ndjson',
      ...(encoding === 'identity' ? {} : { 'Content-Encoding': encoding }),
    });
    const sender = new LineSender(response, encoding);
    try {
      await sender.send(encodeHead(this.#probe.head));
      await tell(sender);
    } catch (error) {
      if (error instanceof ReaderGone) {
        sender.destroy();
        throw error;
      }
      told.error = codeOf(error);
      await sender.send(encodeError(told.error, isHoldfastError(error) ? error.message : 'internal error'));
    }
    await sender.end();
  }

  async #turn(signal: AbortSignal): Promise<Disposable> {
    const patience = AbortSignal.timeout(waitingPatience);
    try {
      const turn = await this.#turns.take(AbortSignal.any([signal, patience]));
      if (turn !== undefined) return turn;
    } catch (error) {
      if (!patience.aborted) throw error;
    }
    throw new BadRequest('others are being answered; come back later', 429);
  }
}

/** Express takes away the path that a handler is mounted at, and keeps the whole. Proxies may send a whole URL. */
function targetOf(request: IncomingMessage & { readonly originalUrl?: unknown }): string {
  const target = typeof request.originalUrl === 'string' ? request.originalUrl : (request.url ?? '');
  return target.replace(/^https?:\/\/[^/?]*/i, '');
}

function requireMethod({ request, response }: Asked, method: string): void {
  if (request.method === method) return;
  response.setHeader('Allow', method);
  throw new BadRequest(`only ${method} is answered here`, 405);
}

const usualHeaders = {
  'Cache-Control': 'no-store, no-transform',
  'X-Content-Type-Options': 'nosniff',
  // nginx and its like keep answers back otherwise.
  'X-Accel-Buffering': 'no',
} as const;

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) response.destroy();
  if (response.destroyed) return;
  const status = error instanceof BadRequest ? error.status : 500;
  if (status === 429) response.setHeader('Retry-After', '2');
  // What is left of a body is not read.
  response.setHeader('Connection', 'close');
  const message = error instanceof BadRequest ? error.message : 'internal error';
  sendJson(response, status, { error: { code: codeOf(error), message } });
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { ...usualHeaders, 'Content-Type': 'application/json' });
  response.end(`${JSON.stringify(value)}\n`);
}

function codeOf(error: unknown): string {
  if (isHoldfastError(error)) return error.code;
  if (error instanceof BadRequest) return 'BAD_REQUEST';
  return error instanceof ReaderGone ? 'READER_GONE' : 'BUG';
}
