/** Who one is for a registry. */
import type { OperationOptions } from '../base/index.ts';
import { credentialOf, givenCredential, login, logout } from '../credentials/index.ts';
import { connectRegistry, type NetworkOptions } from '../registry/index.ts';
import { registryHost } from './registry-host.ts';

export interface LoginOptions extends OperationOptions {
  readonly network?: NetworkOptions | undefined;
}

export interface LoginResult {
  /** `HOST[:PORT]`, `docker.io` for Docker Hub. */
  readonly registry: string;
  /** The file or credential helper that keeps the credentials. */
  readonly storedIn: string;
}

/**
 * Keeps credentials where Docker and Podman find them too, once the registry has accepted them.
 * @param host `HOST[:PORT]`
 * @throws USAGE for what is no host, AUTH_REQUIRED, ACCESS_DENIED, CREDENTIALS_INVALID, HOST_REFUSED, and the codes of the network
 */
export async function logIn(
  host: string,
  credential: { readonly username: string; readonly password: string },
  options: LoginOptions = {},
): Promise<LoginResult> {
  const registry = registryHost(host);
  const { network, onEvent, signal } = options;
  const credentials = givenCredential(registry, credentialOf(credential));
  await using client = connectRegistry({ ...network, credentials }, onEvent);
  await client.checkAccess(registry, { signal });
  const { storedIn } = await login(registry, credential, { ...credentialOptions(network), signal });
  return { registry, storedIn };
}

export interface LogoutResult {
  readonly registry: string;
  /** The files and helpers that had credentials and do not any more. */
  readonly removedFrom: readonly string[];
  /** Files, read by Podman too, by which there still are credentials; they are not Holdfast's to change. */
  readonly stillIn: readonly string[];
}

/**
 * Removes what is kept for a registry.
 * @param host `HOST[:PORT]`
 * @throws USAGE for what is no host, CREDENTIALS_INVALID, HOST_REFUSED
 */
export async function logOut(host: string, options: LoginOptions = {}): Promise<LogoutResult> {
  const registry = registryHost(host);
  return await logout(registry, { ...credentialOptions(options.network), signal: options.signal });
}

function credentialOptions(network: NetworkOptions | undefined) {
  const { authfile, env } = network ?? {};
  return { authfile, ...(env === undefined ? {} : { env }) };
}
