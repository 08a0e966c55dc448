/** Which hosts a repository is read from and written to: mirrors first, by the longest prefix that fits. */
import type { Repository } from './registry-client.ts';
import type { RegistrySettings } from './registry-settings.ts';

/** Where a repository really is. */
export function originOf(repository: Repository, settings: RegistrySettings): Repository {
  const name = nameOf(repository);
  const prefix = longestPrefix(name, settings.relocations?.keys());
  const location = prefix === undefined ? undefined : settings.relocations?.get(prefix);
  return prefix === undefined || location === undefined ? repository : repositoryAt(location, restOf(name, prefix));
}

/** The mirrors of a repository for one kind of pull, in order. */
export function mirrorsOf(
  repository: Repository,
  settings: RegistrySettings,
  pull: 'digest' | 'tag',
): readonly Repository[] {
  const name = nameOf(repository);
  const prefix = longestPrefix(name, settings.mirrors?.keys());
  if (prefix === undefined) return [];
  return (settings.mirrors?.get(prefix) ?? [])
    .filter(({ only }) => only === undefined || only === pull)
    .map(({ location }) => repositoryAt(location, restOf(name, prefix)));
}

export function isBlocked(repository: Repository, settings: RegistrySettings): boolean {
  const { blocked = [], mirrors, relocations } = settings;
  const prefixes = [...blocked, ...(mirrors?.keys() ?? []), ...(relocations?.keys() ?? [])];
  const prefix = longestPrefix(nameOf(repository), prefixes);
  return prefix !== undefined && blocked.includes(prefix);
}

/** Every host that may be reached by http, or by https without verification: what the HTTP client has to be told. */
export function insecureHostsOf({ insecureHosts = [], mirrors, relocations }: RegistrySettings): readonly string[] {
  const locations = [...(mirrors?.values() ?? [])].flat().map(({ location }) => location);
  const plain = [...locations, ...(relocations?.values() ?? [])].filter((location) => location.startsWith('http://'));
  return [...new Set([...insecureHosts, ...plain.map((location) => repositoryAt(location, '').registry)])];
}

function nameOf({ registry, repository }: Repository): string {
  return repository === '' ? registry : `${registry}/${repository}`;
}

function longestPrefix(name: string, prefixes: Iterable<string> = []): string | undefined {
  let longest: string | undefined;
  for (const prefix of prefixes) {
    if (isPrefix(prefix, name) && (longest === undefined || reach(prefix) > reach(longest))) longest = prefix;
  }
  return longest;
}

/** How much of a name a prefix fixes. */
function reach(prefix: string): number {
  return prefix.startsWith('*.') ? prefix.length - 2 : prefix.length;
}

function isPrefix(prefix: string, name: string): boolean {
  if (!prefix.startsWith('*.')) return name === prefix || name.startsWith(`${prefix}/`);
  return name.split('/', 1)[0]?.endsWith(prefix.slice(1)) === true;
}

/** What follows a prefix in a name. Behind `*.DOMAIN` that is the whole repository. */
function restOf(name: string, prefix: string): string {
  return prefix.startsWith('*.') ? name.slice(name.indexOf('/') + 1) : name.slice(prefix.length + 1);
}

function repositoryAt(location: string, rest: string): Repository {
  const plain = location.replace(/^https?:\/\//, '').replace(/\/+$/, '');
  const slash = plain.indexOf('/');
  const registry = slash < 0 ? plain : plain.slice(0, slash);
  const path = slash < 0 ? '' : plain.slice(slash + 1);
  return { registry, repository: [path, rest].filter((part) => part !== '').join('/') };
}
