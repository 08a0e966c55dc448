/** Connections: one pool for each origin, direct or through a proxy. */
import type * as Undici from 'undici';
import type { buildConnector, Dispatcher, Pool } from 'undici';
import { type ChooseProxy, type Environment, type Proxy, readProxySettings } from './proxy.ts';
import type { SecurityPolicy } from './security.ts';
import { endOnError, hearOut } from './socket-manners.ts';

export interface Transport {
  readonly dispatcher: Dispatcher;
  readonly proxy: Proxy | undefined;
}

/** Milliseconds. */
const longestConnect = 10_000;
const keepAliveTimeout = 10_000;
/** Node gives each address of a host 250 ms before it tries the next, which is less than some links take. */
const autoSelectFamilyAttemptTimeout = 1000;
const maxHeaderSize = 1 << 16;
/**
 * Bytes a socket takes in before it waits for us: fewer wake-ups than with undici's own numbers, TLS above all. An option
 * of net.Socket that its types lack.
 */
const socketBuffer: object = { highWaterMark: 1 << 18 };

interface Settings {
  readonly security: SecurityPolicy;
  readonly env: Environment;
  /** Ends connections that are still being made. */
  readonly closing: AbortSignal;
  /** Milliseconds that a host may be silent. */
  readonly patience: number;
}

export class Transports {
  readonly #security: SecurityPolicy;
  readonly #chooseProxy: ChooseProxy;
  readonly #closing: AbortSignal;
  readonly #connectTimeout: number;
  readonly #transports = new Map<string, Transport>();
  readonly #connectFailures = new WeakSet<object>();

  constructor({ security, env, closing, patience }: Settings) {
    this.#security = security;
    this.#chooseProxy = readProxySettings(env);
    this.#closing = closing;
    this.#connectTimeout = Math.min(longestConnect, patience);
  }

  /** @throws TLS_REFUSED for unusable certificate files, USAGE for an unusable proxy setting */
  async open(url: URL): Promise<Transport> {
    const known = this.#transports.get(url.origin);
    if (known) return known;
    const undici = await import('undici');
    const proxy = this.#chooseProxy(url);
    const transport = { proxy, dispatcher: proxy ? this.#through(undici, proxy, url) : this.#direct(undici, url) };
    // Somebody else may have been faster while undici was loaded.
    const first = this.#transports.get(url.origin);
    if (first) {
      await transport.dispatcher.destroy();
      return first;
    }
    this.#transports.set(url.origin, transport);
    return transport;
  }

  /** Whether an error says that no connection came about, so that nothing was sent. */
  isConnectFailure(error: unknown): boolean {
    return typeof error === 'object' && error !== null && this.#connectFailures.has(error);
  }

  async destroy(): Promise<void> {
    await Promise.all([...this.#transports.values()].map(({ dispatcher }) => dispatcher.destroy()));
  }

  #direct({ Pool, buildConnector }: typeof Undici, url: URL): Dispatcher {
    const connect = this.#observed(buildConnector(this.#connection(url)));
    return new Pool(url.origin, { allowH2: false, keepAliveTimeout, maxHeaderSize, connect });
  }

  #through({ Pool, ProxyAgent }: typeof Undici, proxy: Proxy, url: URL): Dispatcher {
    const pool = (origin: URL, options: Pool.Options): Dispatcher => {
      const { connect } = options;
      const observed = typeof connect === 'function' ? { connect: this.#observed(connect) } : {};
      return new Pool(origin, { ...options, allowH2: false, keepAliveTimeout, maxHeaderSize, ...observed });
    };
    return new ProxyAgent({
      uri: withCredentials(proxy),
      connectTimeout: this.#connectTimeout,
      ...(proxy.authorization === undefined ? {} : { token: proxy.authorization }),
      requestTls: this.#connection(url),
      proxyTls: proxy.url.protocol === 'https:' ? this.#connection(undefined) : this.#connection(proxy.url),
      clientFactory: (origin, options) => pool(origin, { ...options, headersTimeout: this.#connectTimeout * 3 }),
      factory: (origin, options) => pool(new URL(origin), options),
      allowH2: false,
    });
  }

  /** @param url undefined for a proxy, for which no host's settings count */
  #connection(url: URL | undefined): buildConnector.BuildOptions {
    const security =
      url === undefined ? this.#security.forAnybody() : url.protocol === 'https:' ? this.#security.forHost(url) : {};
    return {
      allowH2: false,
      timeout: this.#connectTimeout,
      autoSelectFamilyAttemptTimeout,
      signal: this.#closing,
      ...socketBuffer,
      ...security,
    };
  }

  #observed(connect: buildConnector.connector): buildConnector.connector {
    return (options, callback) =>
      connect(options, (...result) => {
        const [error, socket] = result;
        if (error) this.#connectFailures.add(error);
        else {
          endOnError(socket);
          hearOut(socket);
        }
        callback(...result);
      });
  }
}

/** Proxies that are spoken to in HTTP get their credentials in a header, so that they stand in no URL. */
function withCredentials({ url, username, password }: Proxy): string {
  if (!url.protocol.startsWith('socks') || username === '') return url.href;
  return `${url.protocol}//${encodeURIComponent(username)}:${encodeURIComponent(password)}@${url.host}`;
}
