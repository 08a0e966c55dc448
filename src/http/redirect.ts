/** Where a redirect leads, and whether it is safe to go there. */
import { HoldfastError } from '../base/index.ts';
import { isNearer, localityOf } from './locality.ts';
import { redactUrl } from './redact-url.ts';

export const maxRedirects = 10;

const statuses = new Set([301, 302, 303, 307, 308]);

export function isRedirect(status: number): boolean {
  return statuses.has(status);
}

/**
 * The URL a redirect leads to.
 * @param from the URL that was really asked: its scheme decides what a downgrade is
 * @param what the request, for the message
 * @throws REGISTRY_PROTOCOL when the Location is no http URL, holds a user, leads from https to http, or from a public
 * host to an address of a private network, of this link or of this machine (promise 15)
 */
export function resolveRedirect(from: URL, location: string, what: string): URL {
  const refuse = (reason: string): HoldfastError =>
    new HoldfastError('REGISTRY_PROTOCOL', { host: from.host, what, reason });
  if (!URL.canParse(location, from.href)) throw refuse('it redirects to something that is not a URL');
  const to = new URL(location, from.href);
  to.hash = '';
  if (to.protocol !== 'https:' && to.protocol !== 'http:') {
    throw refuse(`it redirects to a URL of the scheme ${to.protocol.slice(0, -1)}`);
  }
  if (to.username !== '' || to.password !== '') throw refuse('it redirects to a URL that holds credentials');
  if (from.protocol === 'https:' && to.protocol === 'http:') {
    throw refuse(`it redirects from https to http: ${redactUrl(to)}`);
  }
  if (isNearer(to.hostname, from.hostname)) {
    throw refuse(`it redirects to a ${localityOf(to.hostname)} address: ${to.host}`);
  }
  return to;
}
