import { HoldfastError } from '../base/index.ts';
import { Announcements } from './announcements.ts';
import { HostLanes } from './host-lanes.ts';
import { LenientHosts } from './hosts.ts';
import type { HttpClient, HttpOptions, HttpRequest, HttpResponse } from './http-client.ts';
import { redactUrl } from './redact-url.ts';
import { isRedirect, maxRedirects, resolveRedirect } from './redirect.ts';
import { headerOf, responseOf } from './response.ts';
import { SecurityPolicy } from './security.ts';
import { type Answered, Sender } from './sender.ts';
import { Transports } from './transports.ts';
import { userAgent } from './user-agent.ts';

/** A client with connections, limits and memory of its own. Nothing is opened or loaded before the first request. */
export function createHttpClient(options: HttpOptions = {}): HttpClient {
  const closing = new AbortController();
  const env = options.env ?? process.env;
  const emit = options.onEvent ?? (() => undefined);
  const lenient = new LenientHosts(options.insecureHosts ?? []);
  const security = new SecurityPolicy(env, options.certificateDirectories ?? [], lenient);
  const idleTimeout = Math.max(1, options.idleTimeout ?? 30_000);
  const transports = new Transports({ security, env, closing: closing.signal, patience: idleTimeout });
  const sender = new Sender({
    transports,
    lenient,
    emit,
    lanes: new HostLanes(options.requestsPerHost ?? 6),
    announcements: new Announcements(emit),
    idleTimeout,
    retries: options.retries ?? 5,
    delayScale: options.delayScale ?? 1,
  });
  return {
    request: (request) => followRedirects(sender, request, closing.signal),
    [Symbol.asyncDispose]: async () => {
      closing.abort(closedError());
      await transports.destroy();
    },
  };
}

/** The first goes where `authorization` says; the others are never sent. */
const secretHeaders = ['authorization', 'cookie', 'proxy-authorization'];

async function followRedirects(sender: Sender, request: HttpRequest, closing: AbortSignal): Promise<HttpResponse> {
  const { method } = request;
  const what = `${method} ${redactUrl(request.url)}`;
  if (!/^https?:$/.test(request.url.protocol)) throw notHttp(request.url, what);
  const reads = method === 'GET' || method === 'HEAD';
  const follows = reads && request.followsRedirects !== false;
  const unchanged = {
    method,
    what,
    body: request.body,
    isRepeatable: request.isRepeatable ?? reads,
    signal: request.signal ? AbortSignal.any([request.signal, closing]) : closing,
    spent: { repetitions: 0 },
  };
  let authorization = request.authorization ?? request.headers?.['authorization'];
  let url = withoutUser(request.url);
  let mayUsePlain = true;
  for (let redirects = 0; ; redirects++) {
    const headers = headersOf(request);
    const answered = await sender.send({ ...unchanged, url, headers, authorization, mayUsePlain });
    const location = follows ? locationOf(answered) : undefined;
    if (location === undefined) return responseOf(answered.answer, answered.url, what);
    await answered.answer.body.discard();
    if (redirects === maxRedirects) throw endless(answered.url, what);
    url = resolveRedirect(answered.url, location, what);
    request.checkRedirect?.(url, answered.url);
    // Once it has left, it never gets them again, even if it comes back: somebody else chose where to.
    if (url.origin !== answered.url.origin) authorization = undefined;
    mayUsePlain = answered.url.protocol === 'http:';
  }
}

/** A user in a URL is not how credentials are given here, and relative redirects would inherit it. */
function withoutUser(url: URL): URL {
  const bare = new URL(url.href);
  bare.username = '';
  bare.password = '';
  bare.hash = '';
  return bare;
}

function headersOf(request: HttpRequest): Readonly<Record<string, string>> {
  const own = Object.entries(request.headers ?? {}).filter(([name]) => !secretHeaders.includes(name.toLowerCase()));
  // Anything but identity lets the other side send bytes that no digest was made of.
  const encoding = request.acceptEncoding ?? 'identity';
  return { ...Object.fromEntries(own), 'accept-encoding': encoding, 'user-agent': userAgent() };
}

function locationOf({ answer }: Answered): string | undefined {
  return isRedirect(answer.status) ? headerOf(answer, 'location') : undefined;
}

function notHttp(url: URL, what: string): HoldfastError {
  const reason = `${url.protocol.slice(0, -1)} is not a scheme that can be asked`;
  return new HoldfastError('REGISTRY_PROTOCOL', { host: url.host, what, reason });
}

function endless(url: URL, what: string): HoldfastError {
  const reason = `it redirects more than ${maxRedirects} times`;
  return new HoldfastError('REGISTRY_PROTOCOL', { host: url.host, what, reason });
}

function closedError(): HoldfastError {
  return new HoldfastError('TRANSFER_INTERRUPTED', {
    host: 'every host',
    what: 'what was under way',
    reason: 'the client was closed',
  });
}
