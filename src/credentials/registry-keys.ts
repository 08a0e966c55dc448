/** Under which keys a registry or repository is known in credential files and to helpers. */
import { HoldfastError } from '../base/index.ts';

/** Docker's key for its Hub, a relic of the first protocol. */
const hubKey = 'https://index.docker.io/v1/';
const hubHosts: readonly string[] = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];

const hostPattern = /^(?:[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?|\[[a-f0-9:]+\])(?::\d{1,5})?$/;

/**
 * A host as credentials know it: lower case, without scheme and `/v1/`, `docker.io` for all hosts of Docker Hub.
 * @throws REFERENCE_INVALID
 */
export function registryHost(registry: string): string {
  const host = hostOfKey(registry);
  if (host !== undefined && hostPattern.test(host)) return host;
  throw new HoldfastError('REFERENCE_INVALID', {
    reference: registry,
    reason: 'it is not a host with an optional port',
  });
}

/** `host/a/b`, `host/a`: the repository and what it is in, as Podman looks them up, the most specific first. */
export function pathKeys(host: string, repository: string): readonly string[] {
  const parts = repository.split('/').filter((part) => part !== '');
  return parts.map((_, index) => `${host}/${parts.slice(0, parts.length - index).join('/')}`);
}

/** The key under which a host is written, which Docker and Podman both find. */
export function fileKey(host: string): string {
  return host === 'docker.io' ? hubKey : host;
}

/** What a helper is asked for. Podman names Docker Hub differently. */
export function helperServers(host: string): readonly [string, ...string[]] {
  return host === 'docker.io' ? [hubKey, 'docker.io'] : [host];
}

/** The keys of a table that mean this host, the one that is written today first. */
export function keysOfHost(table: Readonly<Record<string, unknown>>, host: string): readonly string[] {
  const keys = Object.keys(table).filter((key) => hostOfKey(key) === host);
  const rank = (key: string): number => [fileKey(host), host].indexOf(key) >>> 0;
  return keys.sort((a, b) => rank(a) - rank(b));
}

/** The keys of a table that mean this path of a registry. */
export function keysOfPath(table: Readonly<Record<string, unknown>>, path: string): readonly string[] {
  return Object.keys(table).filter((key) => pathOfKey(key) === path);
}

/** Other paths are not the registry itself: Docker keeps `…/v1/refresh-token` there too. */
function hostOfKey(key: string): string | undefined {
  const [, host] = /^(?:https?:\/\/)?([^/]+)(?:\/(?:v[12]\/?)?)?$/i.exec(key) ?? [];
  return host === undefined ? undefined : canonicalHost(host);
}

/** Namespaces are a matter of Podman, which writes them without a scheme. */
function pathOfKey(key: string): string {
  const slash = key.indexOf('/');
  return slash < 0 ? key : canonicalHost(key.slice(0, slash)) + key.slice(slash).replace(/\/$/, '');
}

function canonicalHost(host: string): string {
  const lower = host.toLowerCase();
  return hubHosts.includes(lower) ? 'docker.io' : lower;
}
