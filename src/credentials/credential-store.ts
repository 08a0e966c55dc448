/** Finding credentials. */
import { parseEntry } from './auth-entry.ts';
import { type CredentialConfig, readConfig } from './config-file.ts';
import { credentialFiles } from './credential-files.ts';
import type { Credential, CredentialOptions, CredentialStore } from './credentials.ts';
import { askHelper, type Helper, helperAt, helperOf } from './credential-helper.ts';
import { helperServers, keysOfHost, keysOfPath, pathKeys, registryHost } from './registry-keys.ts';

/**
 * Looks where Docker and Podman keep credentials. The most specific key wins, whatever file it is in: the repository,
 * what it is in, the host. Of several files with the same key the first does ({@link credentialFiles}). Within one file
 * `credHelpers` goes before `credsStore`, and both before `auths`; a helper that knows nothing leaves it to `auths`.
 *
 * Files are read again for each question, so that a login elsewhere is noticed. Nothing is read before the first.
 *
 * What it finds throws CREDENTIALS_INVALID, REFERENCE_INVALID for what is no host, and the reason of the signal.
 */
export function credentialStore(options: CredentialOptions = {}): CredentialStore {
  return {
    async find(registry, repository, signal) {
      signal?.throwIfAborted();
      const host = registryHost(registry);
      const configs = credentialFiles(options).flatMap((file) => readConfig(file) ?? []);
      for (const path of pathKeys(host, repository)) {
        const found = await firstOf(configs, (config) => findPath(config, path, { options, signal }));
        if (found) return found;
      }
      return firstOf(configs, (config) => findHost(config, host, { options, signal }));
    },
  };
}

/** One credential for one registry, such as one that is to be tried before it is stored. */
export function givenCredential(registry: string, credential: Credential): CredentialStore {
  const own = registryHost(registry);
  return { find: async (asked) => (registryHost(asked) === own ? credential : undefined) };
}

type HelperUse = Omit<Helper, 'name'>;

/** What one file has for a host itself. @throws CREDENTIALS_INVALID */
export async function findHost(
  config: CredentialConfig,
  host: string,
  use: HelperUse,
): Promise<Credential | undefined> {
  const name = helperOf(config, host);
  const kept = name === undefined ? undefined : await askHelper({ name, ...use }, helperServers(host));
  return kept ?? entryOf(config, keysOfHost(config.auths, host));
}

async function findPath(config: CredentialConfig, path: string, use: HelperUse): Promise<Credential | undefined> {
  const [key] = keysOfPath(config.credHelpers, path);
  const name = key === undefined ? undefined : helperAt(config, key);
  const kept = name === undefined ? undefined : await askHelper({ name, ...use }, [path]);
  return kept ?? entryOf(config, keysOfPath(config.auths, path));
}

function entryOf({ path, auths }: CredentialConfig, keys: readonly string[]): Credential | undefined {
  for (const key of keys) {
    const credential = parseEntry(path, key, auths[key]);
    if (credential) return credential;
  }
  return undefined;
}

async function firstOf(
  configs: readonly CredentialConfig[],
  find: (config: CredentialConfig) => Promise<Credential | undefined>,
): Promise<Credential | undefined> {
  for (const config of configs) {
    const found = await find(config);
    if (found) return found;
  }
  return undefined;
}
