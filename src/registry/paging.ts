/** Lists in pages: by `Link: <…>; rel="next"`, or by the last name where a full page has no link. */
import { hash } from 'node:crypto';
import Link from 'http-link-header';
import { maxDocumentBytes } from '../base/index.ts';
import type { HttpResponse } from '../http/index.ts';
import type { RegistryHost } from './registry-host.ts';

/** No real list has a tenth of it. */
const maxPages = 100_000;
/** Some registries give everything at once, whatever page size is asked for. */
const maxPageBytes = 8 * maxDocumentBytes;

/**
 * The address of the next page; undefined on the last.
 *
 * @throws REGISTRY_PROTOCOL when it is on another host
 */
export function nextPage(host: RegistryHost, response: HttpResponse, what: string): URL | undefined {
  const header = response.header('link');
  if (header === undefined || header.length > maxLinkLength) return undefined;
  const uri = nextOf(header);
  if (uri === undefined) return undefined;
  const url = URL.parse(uri, response.url.href);
  if (!url) throw host.nonsense(what, 'the address of the next page is malformed');
  if (url.origin !== response.url.origin && !isProxied(url, response.url)) {
    throw host.nonsense(what, 'the next page would be on another host');
  }
  return new URL(url.pathname + url.search, response.url.origin);
}

/** Follows pages; each is asked for once. @throws REGISTRY_PROTOCOL for a circle */
export class PageGuard {
  readonly #host: RegistryHost;
  readonly #what: string;
  /** Hashes, for a registry may give addresses as long and as many as it likes. */
  readonly #seen = new Set<string>();

  constructor(host: RegistryHost, what: string) {
    this.#host = host;
    this.#what = what;
  }

  /** Takes note of an answer whose body has not been read. */
  async check(page: HttpResponse): Promise<void> {
    const key = hash('sha256', page.url.href, 'base64');
    const isCircle = this.#seen.has(key);
    this.#seen.add(key);
    if (!isCircle && this.#seen.size <= maxPages) return;
    await page.discard();
    throw this.#host.nonsense(this.#what, isCircle ? 'its pages lead in a circle' : 'it has too many pages');
  }
}

/** The value of a page. @throws REGISTRY_PROTOCOL for what is no JSON */
export async function readPage(host: RegistryHost, response: HttpResponse, what: string): Promise<unknown> {
  const bytes = await response.bytes(maxPageBytes);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw host.nonsense(what, 'the list is not valid JSON');
  }
}

const maxLinkLength = 8192;

function nextOf(header: string): string | undefined {
  try {
    return Link.parse(header).rel('next')[0]?.uri;
  } catch {
    return undefined;
  }
}

/** Behind a proxy that ends TLS, registries give their own address with http. */
function isProxied(url: URL, asked: URL): boolean {
  return url.hostname === asked.hostname && url.protocol === 'http:' && url.port === '';
}
