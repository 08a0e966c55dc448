/** Which hosts need not prove who they are, and which scheme each of them speaks. */
import { isLoopbackHost } from './locality.ts';

/**
 * Hosts for which the user gave up security, and this machine itself. They may turn out to speak only http; once one
 * has answered in either way, that is remembered.
 */
export class LenientHosts {
  readonly #insecure: ReadonlySet<string>;
  readonly #schemes = new Map<string, 'http:' | 'https:'>();

  /** @param insecure `host[:port]`; without a port the default ports are meant */
  constructor(insecure: readonly string[]) {
    this.#insecure = new Set(insecure.flatMap(keysOf));
  }

  has(url: URL): boolean {
    return isLoopbackHost(url.hostname) || this.#insecure.has(keyOf(url));
  }

  /** Where an https URL really leads, as far as is known. */
  resolve(url: URL): URL {
    return url.protocol === 'https:' && this.#schemes.get(url.host) === 'http:' ? plain(url) : url;
  }

  /**
   * The http URL to try when https was not answered; undefined when there is none to try. Another request may have found
   * out meanwhile that it is http.
   */
  fallback(url: URL): URL | undefined {
    const mayBePlain = url.protocol === 'https:' && this.has(url) && this.#schemes.get(url.host) !== 'https:';
    return mayBePlain ? plain(url) : undefined;
  }

  /** Remembers what a host answered to. */
  remember(asked: URL, answered: URL): void {
    if (asked.protocol !== 'https:' || !this.has(asked)) return;
    this.#schemes.set(asked.host, answered.protocol === 'https:' ? 'https:' : 'http:');
  }
}

function plain(url: URL): URL {
  return new URL(url.href.replace(/^https:/, 'http:'));
}

function keyOf(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;
}

function keysOf(host: string): readonly string[] {
  const url = `https://${host}`;
  if (!URL.canParse(url)) return [];
  const { hostname, port } = new URL(url);
  if (port !== '') return [`${hostname}:${port}`];
  return host.endsWith(':443') ? [`${hostname}:443`] : [`${hostname}:443`, `${hostname}:80`];
}
