/** Who one is for a registry. */
import { HoldfastError, isHoldfastError, type OperationOptions } from '../base/index.ts';
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
 * Keeps credentials where Docker and Podman find them too, once the registry has accepted them. A registry that lets
 * everybody in accepts any.
 * @param host `HOST[:PORT]`, also as a web address
 * @throws USAGE for what is no host or no user, AUTH_REQUIRED, ACCESS_DENIED, CREDENTIALS_INVALID for a file or helper that
 * does not take them, SETTINGS_INVALID, and the codes of the network
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
  await client.checkAccess(registry, { signal }).catch((error: unknown) => {
    throw asRefusal(error);
  });
  const { storedIn } = await login(registry, credential, { ...credentialOptions(network), signal });
  return { registry, storedIn };
}

/** Nothing is stored yet that could be wrong. */
function asRefusal(error: unknown): unknown {
  if (!isHoldfastError(error, 'AUTH_REQUIRED')) return error;
  const hint = 'check the user and the password; registries with two factors or single sign-on want an access token';
  return new HoldfastError('AUTH_REQUIRED', { ...error.data, what: 'the login', hint }, { cause: error });
}

export interface LogoutResult {
  readonly registry: string;
  /** The files and helpers that had credentials and do not any more. */
  readonly removedFrom: readonly string[];
  /** Files, read by Podman too, by which there still are credentials; they are not Holdfast's to change. */
  readonly stillIn: readonly string[];
}

/**
 * Removes what {@link logIn} has kept for a registry. Nothing is asked of the registry.
 * @param host `HOST[:PORT]`, also as a web address
 * @throws USAGE for what is no host, CREDENTIALS_INVALID
 */
export async function logOut(host: string, options: LoginOptions = {}): Promise<LogoutResult> {
  const registry = registryHost(host);
  return await logout(registry, { ...credentialOptions(options.network), signal: options.signal });
}

function credentialOptions(network: NetworkOptions | undefined) {
  const { authfile, env } = network ?? {};
  return { authfile, ...(env === undefined ? {} : { env }) };
}
