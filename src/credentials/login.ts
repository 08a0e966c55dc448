/** Storing credentials, and forgetting them. */
import { HoldfastError, isHoldfastError } from '../base/index.ts';
import { formatEntry } from './auth-entry.ts';
import { type CredentialConfig, emptyConfig, readConfig } from './config-file.ts';
import { credentialFiles } from './credential-files.ts';
import { findHost } from './credential-store.ts';
import type { Credential, CredentialOptions } from './credentials.ts';
import { eraseWithHelper, helperOf, storeWithHelper } from './credential-helper.ts';
import { fileKey, helperServers, keysOfHost, registryHost } from './registry-keys.ts';
import { changeEntry } from './write-config.ts';

/** What a person or a program has to log in with. */
export type LoginSecret = { readonly username: string; readonly password: string } | { readonly identityToken: string };

export interface LoginOptions extends CredentialOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface StoredLogin {
  /** Host with port, `docker.io` for Docker Hub. */
  readonly registry: string;
  /** The helper (`docker-credential-NAME`) or the file that has the secret now. */
  readonly storedIn: string;
  /** The file that names the registry. */
  readonly file: string;
}

export interface Logout {
  readonly registry: string;
  /** Helpers and files that had credentials, and have none any more. */
  readonly removedFrom: readonly string[];
  /** Files, read by Podman too, by which there still are credentials; they are not this program's to change. */
  readonly stillIn: readonly string[];
}

/** The credential that is stored for a secret. @throws USAGE for a user name that cannot be */
export function credentialOf(secret: LoginSecret): Credential {
  if ('identityToken' in secret) return { kind: 'identity-token', token: secret.identityToken };
  const { username, password } = secret;
  // Basic authentication and credential files divide name and password at the first colon.
  if (username === '' || username.includes(':')) {
    throw new HoldfastError('USAGE', { message: 'a user name must not be empty or have a colon' });
  }
  return { kind: 'password', username, password };
}

/**
 * Stores credentials for a registry, unchecked: with the helper that the first of the {@link credentialFiles} names, else
 * in that file. Other keys of the file stay as they are. With a helper the file gets an empty entry, as Docker writes it.
 *
 * @throws CREDENTIALS_INVALID, REFERENCE_INVALID for what is no host, USAGE for a user name that cannot be
 */
export async function login(registry: string, secret: LoginSecret, options: LoginOptions = {}): Promise<StoredLogin> {
  const host = registryHost(registry);
  const credential = credentialOf(secret);
  const config = ownConfig(options);
  const name = helperOf(config, host);
  const key = fileKey(host);
  const file = config.path;
  if (name === undefined) {
    changeEntry(file, { host, key, entry: formatEntry(credential) });
    return { registry: host, storedIn: file, file };
  }
  await storeWithHelper({ name, options, signal: options.signal }, helperServers(host)[0], credential);
  changeEntry(file, { host, key, entry: {} });
  return { registry: host, storedIn: `docker-credential-${name}`, file };
}

/**
 * Removes the credentials of a registry from where {@link login} stores them.
 * @throws CREDENTIALS_INVALID, REFERENCE_INVALID for what is no host
 */
export async function logout(registry: string, options: LoginOptions = {}): Promise<Logout> {
  const host = registryHost(registry);
  const config = ownConfig(options);
  const use = { options, signal: options.signal };
  const name = helperOf(config, host);
  const wasKept = name !== undefined && (await eraseWithHelper({ name, ...use }, helperServers(host)));
  const hadSecret = keysOfHost(config.auths, host).some((key) => !isEmpty(config.auths[key]));
  changeEntry(config.path, { host, key: fileKey(host), entry: undefined });
  const removedFrom = [...(wasKept ? [`docker-credential-${name}`] : []), ...(hadSecret ? [config.path] : [])];
  return { registry: host, removedFrom, stillIn: await filesThatKnow(host, options) };
}

/** Of the files that are not written. One that cannot be read is no reason to fail now. */
async function filesThatKnow(host: string, options: LoginOptions): Promise<string[]> {
  const files: string[] = [];
  for (const file of credentialFiles(options).slice(1)) {
    try {
      const config = readConfig(file);
      if (config && (await findHost(config, host, { options, signal: options.signal }))) files.push(file.path);
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
    }
  }
  return files;
}

/** What Docker leaves for a secret that a helper keeps. */
function isEmpty(entry: unknown): boolean {
  return typeof entry === 'object' && entry !== null && Object.keys(entry).length === 0;
}

/** The file that is written; a new one where there is none. */
function ownConfig(options: CredentialOptions): CredentialConfig {
  const [{ path }] = credentialFiles(options);
  return readConfig({ path, isRequired: false }) ?? emptyConfig(path);
}
