/** The address an upload goes to: given by the registry with every answer, and kept as it is. */
import type { Digest } from '../base/index.ts';
import { type HttpResponse, isNearer } from '../http/index.ts';
import type { RegistryHost } from './registry-host.ts';

/**
 * Where an answer says that an upload goes on; it may be relative, and it may be on another host, which then gets no
 * credentials.
 *
 * @throws REGISTRY_PROTOCOL for none, a malformed one, one that leads from https to http or from a public address to a
 * private one
 */
export function uploadLocation(host: RegistryHost, response: HttpResponse): URL {
  const location = response.header('location');
  const url = location === undefined ? null : URL.parse(location, response.url.href);
  const refuse = (reason: string) => host.nonsense('an upload', reason);
  if (!url) throw refuse('it does not say where the upload goes on');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refuse('the upload would go on at no web address');
  if (url.protocol === 'http:' && response.url.protocol === 'https:') {
    throw refuse('the upload would go on by http, without encryption');
  }
  if (isNearer(url.hostname, response.url.hostname)) {
    throw refuse('the upload would go on at a private address');
  }
  return url;
}

/** The address that ends an upload: what the registry keeps in the query stays as it is. */
export function withDigest(location: URL, digest: Digest): URL {
  const url = new URL(location);
  url.search = `${url.search === '' ? '?' : `${url.search}&`}digest=${encodeURIComponent(digest)}`;
  url.hash = '';
  return url;
}

/** The number of bytes that a `Range: 0-N` of a registry tells of; undefined for none or an unusable one. */
export function bytesHeld(response: HttpResponse): number | undefined {
  const last = /^(?:bytes=)?0-(\d{1,15})$/i.exec(response.header('range')?.trim() ?? '')?.[1];
  if (last === undefined) return undefined;
  // Registries say 0-0 for nothing too, having no way to say that.
  return last === '0' ? 0 : Number(last) + 1;
}
