/** The contract of the HTTP layer: requests with the manners of a good client, and no knowledge of registries. */
import type { BlobContent, NetworkEvent } from '../base/index.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * The value of the Authorization header. It goes to the origin of `url` and to no other: a redirect elsewhere is
   * followed without it. Over plain http it goes only to loopback hosts and to those of `insecureHosts`.
   */
  readonly authorization?: string | undefined;
  /** A part of a BlobContent is sent from `position`, `length` bytes. */
  readonly body?: Uint8Array | { readonly content: BlobContent; readonly position: number; readonly length: number };
  /** What the body may be compressed with; whoever asks decompresses. `identity` unless given. */
  readonly acceptEncoding?: string;
  /** Whether the request may be repeated after a broken connection, 408, 429 or 5xx. GET and HEAD may by default. */
  readonly isRepeatable?: boolean;
  /** Follow redirects (GET and HEAD only; true unless given). */
  readonly followsRedirects?: boolean;
  /**
   * Looks at a redirect before it is followed and may refuse it by throwing: for example a token realm that leads to a
   * private address. Redirects from https to http, and from public to private addresses, are refused in any case.
   */
  readonly checkRedirect?: ((to: URL, from: URL) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpResponse {
  readonly status: number;
  /**
   * Where the answer came from, after redirects. The scheme is what was spoken: http for a loopback or insecure host that
   * does not answer https, although https was asked for. A relative Location is to be resolved against this.
   */
  readonly url: URL;
  /** The value of a header (several are joined by ", "); undefined when there is none. Any case. */
  header(name: string): string | undefined;
  /** Every value of a header, one for each line that was sent. */
  headers(name: string): readonly string[];
  /**
   * The body as sent, never decompressed. Must be consumed or {@link discard}ed. A connection that breaks before the
   * stated Content-Length rejects with TRANSFER_INTERRUPTED; so does one that is silent for too long.
   */
  readonly body: AsyncIterable<Uint8Array>;
  /** The whole body. @throws REGISTRY_PROTOCOL when it is longer than `limit` bytes */
  bytes(limit: number): Promise<Uint8Array>;
  /** Drops the rest of the body. Never fails. */
  discard(): Promise<void>;
}

/**
 * Sends requests: `Accept-Encoding: identity`, a user agent, connection reuse, a bounded number of requests at once for
 * each host, time limits, proxies, TLS settings, redirects, repetition with jitter that honours `Retry-After`.
 */
export interface HttpClient extends AsyncDisposable {
  /**
   * Resolves with any status that is left after redirects and repetitions; only no answer at all rejects.
   * @throws HOST_UNREACHABLE, TLS_REFUSED, TRANSFER_INTERRUPTED, REGISTRY_PROTOCOL for a redirect that is not safe to
   * follow, and the reason of the signal
   */
  request(request: HttpRequest): Promise<HttpResponse>;
}

export interface HttpOptions {
  /**
   * `host[:port]` whose certificate is not verified. For these `http:` may be used where https does not answer. Loopback
   * hosts (localhost, 127.0.0.0/8, [::1]) need not be named.
   */
  readonly insecureHosts?: readonly string[];
  /** Directories with `HOST[:PORT]/{*.crt,*.cert,*.key}`, as Docker and Podman have them. */
  readonly certificateDirectories?: readonly string[];
  /** Environment to read HTTP_PROXY, HTTPS_PROXY, NO_PROXY (any case) from. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * Requests at once for each host; 6 unless given. Requests that read and those that write are counted apart, and one
   * whose body nobody reads for a second does not count.
   */
  readonly requestsPerHost?: number;
  /** Repetitions of a request; 5 unless given. */
  readonly retries?: number;
  /**
   * Milliseconds of silence after which a connection counts as broken; 30 000 unless given. The answer to POST, PUT and
   * PATCH may take ten times as long, making a connection 10 000 at most.
   */
  readonly idleTimeout?: number;
  /** Scales every delay before a repetition; 1 unless given. Tests use less. */
  readonly delayScale?: number;
  readonly onEvent?: ((event: NetworkEvent) => void) | undefined;
}
