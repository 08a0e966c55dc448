/** Requests to a probe, and the lines of its answers. */
import {
  defaultLimits,
  escapeText,
  HoldfastError,
  isHoldfastError,
  type Limits,
  type OperationOptions,
} from '../base/index.ts';
import { type Compression, decompress } from '../codec/index.ts';
import {
  createHttpClient,
  defaultCertificateDirectories,
  type HttpClient,
  type HttpResponse,
  localityOf,
} from '../http/index.ts';
import type { NetworkOptions } from '../registry/index.ts';
import { decodeLine, LineSplitter, type StreamFacts, type StreamLine } from '../tree-stream/index.ts';

export interface ProbeUse extends OperationOptions {
  /** What the probe was started with; HOLDFAST_PROBE_TOKEN of the environment unless given. */
  readonly probeToken?: string | undefined;
  readonly network?: NetworkOptions | undefined;
  readonly limits?: Limits | undefined;
}

export interface ProbeQuestion {
  /** Below the mount path, with its query. */
  readonly path: string;
  /** For messages. */
  readonly what: string;
  /** Sent with POST. */
  readonly body?: Uint8Array;
  readonly signal?: AbortSignal | undefined;
}

/** Thrown when an answer breaks off, or what stands before the probe gives up: asking for the rest may help. */
export class BrokenOff extends Error {
  override readonly name = 'BrokenOff';
}

/** Of one request; what breaks off is asked for again beside that. */
const retries = 2;
/** Bytes of a line that are no xattrs. */
const otherLineBytes = 1024 * 1024;
const longestReason = 300;
const longestError = 64 * 1024;

export class ProbeConnection implements AsyncDisposable {
  readonly host: string;
  readonly limits: Limits;
  readonly #base: string;
  readonly #authorization: string;
  readonly #client: HttpClient;
  #instance: string | undefined;
  #facts: StreamFacts | undefined;

  /** @throws REFERENCE_INVALID, USAGE */
  constructor(reference: string, { probeToken, network = {}, limits, onEvent }: ProbeUse) {
    const { env = process.env, insecureHosts = [] } = network;
    const url = urlOf(reference);
    requireSafety(reference, url, insecureHosts);
    this.host = url.host;
    this.limits = limits ?? defaultLimits;
    this.#base = url.href.replace(/\/+$/, '');
    this.#authorization = `Bearer ${tokenOf(probeToken ?? env['HOLDFAST_PROBE_TOKEN'])}`;
    this.#client = createHttpClient({
      env,
      insecureHosts,
      retries,
      certificateDirectories: defaultCertificateDirectories(env),
      ...(onEvent && { onEvent }),
    });
  }

  /** What the probe knows; known once something was answered. */
  get facts(): StreamFacts {
    if (this.#facts === undefined) throw new TypeError('nothing was answered yet');
    return this.#facts;
  }

  /**
   * Lines of an answer, without its head and its end.
   * @throws BrokenOff, AUTH_REQUIRED, PROBE_REFUSED, PROBE_CHANGED, TREE_STREAM_INVALID, the codes of connections
   */
  async *ask(question: ProbeQuestion): AsyncGenerator<StreamLine, void, undefined> {
    const response = await this.#request(question);
    if (response.status !== 200) throw await this.#refusal(response, question);
    let hasHead = false;
    for await (const line of this.#lines(response)) {
      if (!hasHead) this.#check(line);
      else if (line.kind === 'head') throw this.#invalid('there is a second head');
      else if (line.kind === 'error') throw this.#failed(question, readable(`${line.message} [${line.code}]`));
      else yield line;
      if (line.kind === 'end') return;
      hasHead = true;
    }
    throw new BrokenOff('the answer has no end');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
  }

  async #request({ path, body, signal }: ProbeQuestion): Promise<HttpResponse> {
    return await this.#client.request({
      method: body === undefined ? 'GET' : 'POST',
      url: new URL(`${this.#base}/v1/${path}`),
      authorization: this.#authorization,
      followsRedirects: false,
      // Digests hardly get smaller.
      ...(body === undefined ? { acceptEncoding: 'zstd, gzip' } : { body, isRepeatable: true }),
      headers: { accept: 'application/x-ndjson', ...(body && { 'content-type': 'application/x-ndjson' }) },
      signal,
    });
  }

  async *#lines(response: HttpResponse): AsyncGenerator<StreamLine, void, undefined> {
    const splitter = new LineSplitter(2 * this.limits.maxXattrBytes + otherLineBytes);
    try {
      for await (const chunk of decompress(response.body, compressionOf(response))) {
        for (const line of splitter.push(chunk)) yield decodeLine(line);
      }
    } catch (error) {
      if (isHoldfastError(error, 'TREE_STREAM_INVALID')) throw this.#invalid(error.data.reason);
      const isBroken = isHoldfastError(error, 'TRANSFER_INTERRUPTED') || isHoldfastError(error, 'CODEC_CORRUPT');
      throw isBroken ? new BrokenOff(error.data.reason, { cause: error }) : error;
    }
  }

  #check(line: StreamLine): void {
    if (line.kind !== 'head') throw this.#invalid('it does not begin with a head');
    const { instance, facts } = line.head;
    if (this.#instance !== undefined && instance !== this.#instance)
      throw new HoldfastError('PROBE_CHANGED', { host: this.host });
    this.#instance = instance;
    this.#facts ??= facts;
  }

  /** What an answer other than 200 means; what passes, or asks for less at once, is no refusal. */
  async #refusal(response: HttpResponse, question: ProbeQuestion): Promise<Error> {
    const { status } = response;
    const reason = await reasonOf(response);
    const hint = 'give what the probe was started with in HOLDFAST_PROBE_TOKEN or with --token-file';
    const { host } = this;
    if (status === 401 || status === 403) {
      const said = reason ?? `it answered ${status}`;
      return new HoldfastError('AUTH_REQUIRED', { host, what: question.what, reason: said, hint });
    }
    if (status === 413 || (status >= 500 && status !== 501)) return new BrokenOff(reason ?? `it answered ${status}`);
    if (status === 404 && reason === undefined)
      return this.#failed(question, 'it answered 404', 'the path in the address is where the probe is mounted');
    return this.#failed(question, reason ?? `it answered ${status}`);
  }

  #failed({ what }: ProbeQuestion, reason: string, hint?: string): HoldfastError {
    return new HoldfastError('PROBE_REFUSED', { host: this.host, what, reason, ...(hint && { hint }) });
  }

  #invalid(reason: string): HoldfastError {
    return new HoldfastError('TREE_STREAM_INVALID', { source: this.host, reason });
  }
}

function urlOf(reference: string): URL {
  const refuse = (reason: string): HoldfastError =>
    new HoldfastError('REFERENCE_INVALID', {
      reference: reference.replace(/\/\/[^/]*@/, '//'),
      reason,
      hint: 'a probe is http(s)://HOST[:PORT][/PATH]',
    });
  if (!URL.canParse(reference)) throw refuse('it is not a URL');
  const url = new URL(reference);
  if (url.username !== '' || url.password !== '')
    throw refuse('it holds credentials, which would be seen by others on this machine');
  if (url.search !== '' || url.hash !== '') throw refuse('nothing may follow its path');
  return url;
}

/** Whoever reads along would have the token. */
function requireSafety(reference: string, { protocol, hostname, host }: URL, insecure: readonly string[]): void {
  if (protocol === 'https:' || localityOf(hostname) === 'loopback' || insecure.includes(host)) return;
  const message = `${reference}: the token would cross the network unencrypted`;
  throw new HoldfastError('USAGE', { message, hint: 'use https, a tunnel to this machine, or --insecure' });
}

function tokenOf(token: string | undefined): string {
  if (token !== undefined && /^[\x21-\x7e]+$/.test(token)) return token;
  const message = token ? 'the token of the probe has characters that no header can hold' : 'a probe wants a token';
  const hint = 'give what it was started with in HOLDFAST_PROBE_TOKEN or with --token-file';
  throw new HoldfastError('USAGE', { message, hint });
}

function compressionOf(response: HttpResponse): Compression {
  const encoding = response.header('content-encoding') ?? '';
  return encoding === 'gzip' || encoding === 'zstd' ? encoding : 'none';
}

/** What a probe says of it; undefined for what something else says. */
async function reasonOf(response: HttpResponse): Promise<string | undefined> {
  try {
    const { error } = JSON.parse(Buffer.from(await response.bytes(longestError)).toString()) as {
      readonly error?: { readonly message?: unknown };
    };
    return typeof error?.message === 'string' ? readable(error.message) : undefined;
  } catch {
    return undefined;
  }
}

/** What somebody else says, as a person may see it. */
function readable(text: string): string {
  return escapeText(text.slice(0, longestReason));
}
