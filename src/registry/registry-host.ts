/** One registry host: where it is, and requests with what it wants to see before it answers. */
import { HoldfastError } from '../base/index.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../http/index.ts';
import type { Authoriser, RefusedAttempt } from './authorise.ts';
import type { Quirks } from './quirks.ts';
import { type Question, readRefusal, refusalError } from './registry-errors.ts';
import type { Access } from './scope.ts';
import type { Secrets } from './secrets.ts';

/** One request to a registry. */
export interface Call {
  readonly method: HttpRequest['method'];
  /** Below `/v2/`, with its query; or an address that the registry itself gave. */
  readonly target: string | URL;
  readonly access: Access;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: NonNullable<HttpRequest['body']>;
  readonly isRepeatable?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface RegistryHostOptions {
  readonly http: HttpClient;
  /** As in image names. */
  readonly registry: string;
  readonly authoriser: Authoriser;
  readonly secrets: Secrets;
  readonly quirks: Quirks;
  readonly insecureHosts: readonly string[];
  /** Sent as `ns` with every request below `/v2/`: which registry a mirror is asked for. */
  readonly namespace?: string | undefined;
}

/** Milliseconds for which a mirror that does not answer is left alone. */
const longestRest = 60_000;

/** Without a token, with one, and with another one when the first was not enough. */
const maxRounds = 3;

export class RegistryHost {
  readonly registry: string;
  readonly quirks: Quirks;
  readonly #options: RegistryHostOptions;
  /** https until it turns out that only http is answered, which the HTTP client allows to some hosts. */
  #base: URL;
  /** On the clock of performance.now(). */
  #restsUntil = 0;

  /** @throws REFERENCE_INVALID for what is no host with an optional port */
  constructor(options: RegistryHostOptions) {
    this.#options = options;
    this.registry = options.registry;
    this.quirks = options.quirks;
    this.#base = baseOf(options.quirks.host ?? options.registry);
  }

  /**
   * Any status is an answer; 401 means that nothing more could be done about it. Authorization goes to this host only,
   * whatever address is asked.
   *
   * @throws the codes of HttpClient, and those of {@link Authoriser.afterRefusal}
   */
  async send(call: Call): Promise<HttpResponse> {
    const { access, signal } = call;
    const { authoriser } = this.#options;
    let authorization = this.#isOwn(call.target) ? await authoriser.header(access, signal) : undefined;
    for (let round = 1; ; round++) {
      const response = await this.#options.http.request({ ...this.#request(call), authorization });
      this.#learn(response);
      if (response.status !== 401 || round === maxRounds || !this.#isOwn(response.url)) return response;
      const next = await this.#answerChallenge(response, { access, used: authorization, isFresh: round > 1, signal });
      if (next === undefined) return response;
      await response.discard();
      authorization = next;
    }
  }

  /** Whether it did not answer a moment ago, so that whoever has a choice asks elsewhere. */
  get rests(): boolean {
    return performance.now() < this.#restsUntil;
  }

  /** Takes note that it does not answer. */
  rest(): void {
    this.#restsUntil = performance.now() + longestRest;
  }

  /** The error for an answer that is none of those hoped for. */
  async refusal(response: HttpResponse, what: string, access: Access): Promise<HoldfastError> {
    return refusalError(await readRefusal(response), await this.question(what, access));
  }

  async question(what: string, access: Access): Promise<Question> {
    const { registry, quirks } = this;
    const isAnonymous = await this.#options.authoriser.isAnonymous(access.repository);
    const isWrite = access.actions.includes('push');
    return { registry, what, isAnonymous, quirks, redact: this.#options.secrets.redact, isWrite };
  }

  /** For an answer that makes no sense. */
  nonsense(what: string, reason: string): HoldfastError {
    return new HoldfastError('REGISTRY_PROTOCOL', { host: this.registry, what, reason });
  }

  /** What is refused in the end has nobody else to end the answer. */
  async #answerChallenge(response: HttpResponse, attempt: RefusedAttempt): Promise<string | undefined> {
    const rules = { registry: this.registry, base: this.#base, insecureHosts: this.#options.insecureHosts };
    try {
      return await this.#options.authoriser.afterRefusal(response, rules, attempt);
    } catch (error) {
      await response.discard();
      throw error;
    }
  }

  #isOwn(target: string | URL): boolean {
    return typeof target === 'string' || target.origin === this.#base.origin;
  }

  #learn({ url }: HttpResponse): void {
    const plain = new URL(this.#base.href.replace(/^https:/, 'http:'));
    if (url.origin === plain.origin) this.#base = plain;
  }

  #request({ method, target, headers, body, isRepeatable, signal }: Call): HttpRequest {
    return {
      method,
      url: typeof target === 'string' ? this.#below(target) : target,
      ...(headers ? { headers } : {}),
      ...(body ? { body } : {}),
      ...(isRepeatable === undefined ? {} : { isRepeatable }),
      signal,
    };
  }

  #below(target: string): URL {
    const url = new URL(target, this.#base.href);
    if (this.#options.namespace !== undefined) url.searchParams.set('ns', this.#options.namespace);
    return url;
  }
}

function baseOf(host: string): URL {
  const url = URL.parse(`https://${host}/v2/`);
  if (url?.pathname === '/v2/' && url.username === '' && !/[@?#]/.test(host)) return url;
  throw new HoldfastError('REFERENCE_INVALID', { reference: host, reason: 'it is no host with an optional port' });
}
