/** Where tokens may be asked for: what a registry names as its realm is not simply believed. */
import { HoldfastError } from '../base/index.ts';
import { isNearer, localityOf } from '../http/index.ts';

export interface RealmRules {
  /** As in image names. */
  readonly registry: string;
  /** Where the challenge came from. */
  readonly base: URL;
  /** `host[:port]` that may be reached by http. */
  readonly insecureHosts: readonly string[];
}

/**
 * The address of a token server. It must be https unless it is the registry's own, reached by http, or a host that was
 * declared insecure; and it must not be at a loopback, private or link-local address unless the registry is at one too.
 *
 * @param realm absolute, or relative to the registry
 * @throws REGISTRY_PROTOCOL
 */
export function checkRealm(realm: string, rules: RealmRules): URL {
  const url = realm.length > maxRealmLength ? null : URL.parse(realm, rules.base.href);
  if (!url) throw refused(rules, 'the address of its token server is malformed');
  checkTokenAddress(url, rules);
  url.hash = '';
  return url;
}

/** The same rules for where a token server redirects to. @throws REGISTRY_PROTOCOL */
export function checkTokenAddress(url: URL, rules: RealmRules): void {
  if (url.username !== '' || url.password !== '')
    throw refused(rules, 'the address of its token server has a password in it');
  const isPlain = url.protocol === 'http:';
  if (!isPlain && url.protocol !== 'https:') throw refused(rules, 'the address of its token server is no web address');
  if (isNearer(url.hostname, rules.base.hostname)) {
    throw refused(
      rules,
      `its token server is said to be at a ${localityOf(url.hostname)} address, and it is not itself`,
    );
  }
  if (isPlain && !mayBePlain(url, rules)) {
    throw refused(
      rules,
      `its token server ${url.host} would be asked by http; declare that host insecure too if you must`,
    );
  }
}

const maxRealmLength = 4096;

function mayBePlain(url: URL, { base, insecureHosts }: RealmRules): boolean {
  if (localityOf(url.hostname) === 'loopback' || insecureHosts.includes(url.host)) return true;
  return url.host === base.host && base.protocol === 'http:';
}

function refused({ registry }: RealmRules, reason: string): HoldfastError {
  return new HoldfastError('REGISTRY_PROTOCOL', { host: registry, what: 'the request for a token', reason });
}
