/** A registry client with all that it needs: HTTP, credentials, mirrors. */
import { HoldfastError, type NetworkEvent } from '../base/index.ts';
import { credentialStore, type CredentialStore } from '../credentials/index.ts';
import { createHttpClient, defaultCertificateDirectories } from '../http/index.ts';
import { createRegistryClient } from './create-registry-client.ts';
import { lateClient } from './late-client.ts';
import type { RegistryClient } from './registry-client.ts';
import type { Mirror, RegistrySettings } from './registry-settings.ts';
import { loadRegistriesConf } from './load-registries-conf.ts';
import { insecureHostsOf } from './mirrors.ts';

export interface NetworkOptions {
  /** The only file to take credentials from; those of Docker and Podman unless given. */
  readonly authfile?: string | undefined;
  /** Where credentials come from, instead of files and helpers. */
  readonly credentials?: CredentialStore | undefined;
  /** `host[:port]` that may be spoken to without a trusted certificate, or over http. Loopback hosts need not be named. */
  readonly insecureHosts?: readonly string[];
  /** `[REGISTRY=]URL`: where to look first; for Docker Hub unless a registry is named. */
  readonly mirrors?: readonly string[];
  /** Where directories, proxies and settings are looked up, and the local store is; the process's own unless given. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** How an operation gets at registries. */
export interface RegistryUse {
  /** A client that is open already, and stays so. */
  readonly registry?: RegistryClient | undefined;
  /** How to make one, where there is none. */
  readonly network?: NetworkOptions | undefined;
}

/**
 * A client with the credentials, certificates, proxies and mirrors that Docker and Podman would use here. It asks nobody
 * before its first call; disposing of it closes its connections, and what is under way then fails with
 * TRANSFER_INTERRUPTED. Every operation that takes {@link RegistryUse} can share it.
 *
 * @example
 * import { connectRegistry } from 'holdfast';
 *
 * await using registry = connectRegistry({ insecureHosts: ['registry.test:5000'] });
 * const repository = { registry: 'registry.test:5000', repository: 'team/app' };
 * const { digest } = await registry.resolve({ ...repository, tag: '1.0' });
 * for (const { artifactType } of await registry.referrers(repository, digest)) console.log(artifactType);
 *
 * @param onEvent told of requests, repetitions, warnings of hosts and rate limits, for as long as the client is open
 * @throws USAGE for a malformed mirror, SETTINGS_INVALID for a registries.conf that makes no sense
 */
export function connectRegistry(options: NetworkOptions = {}, onEvent?: (event: NetworkEvent) => void): RegistryClient {
  const { authfile, env = process.env } = options;
  const settings = settingsOf(options, env);
  const http = createHttpClient({
    env,
    certificateDirectories: defaultCertificateDirectories(env),
    insecureHosts: insecureHostsOf(settings),
    onEvent,
  });
  const credentials = options.credentials ?? credentialStore({ authfile, env });
  const client = createRegistryClient({ ...settings, http, credentials, onEvent });
  return {
    ...client,
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      await http[Symbol.asyncDispose]();
    },
  };
}

/**
 * The client that an operation was given, which stays open, or one of its own, made when it is first used.
 * @throws USAGE for a malformed mirror; its first call, as {@link connectRegistry}
 */
export function useRegistry({
  registry,
  network,
  onEvent,
}: RegistryUse & { readonly onEvent?: ((event: NetworkEvent) => void) | undefined }): RegistryClient {
  if (registry !== undefined) return { ...registry, [Symbol.asyncDispose]: async () => {} };
  for (const mirror of network?.mirrors ?? []) parseMirror(mirror);
  return lateClient(() => connectRegistry(network, onEvent));
}

function settingsOf(
  { insecureHosts = [], mirrors = [] }: NetworkOptions,
  env: Readonly<Record<string, string | undefined>>,
): RegistrySettings {
  const configured = loadRegistriesConf(env);
  const ownMirrors = Map.groupBy(mirrors.map(parseMirror), ([registry]) => registry);
  const merged = new Map(configured.mirrors);
  for (const [registry, rows] of ownMirrors) {
    // The longest prefix decides alone, so that each has to begin with the mirrors that were asked for.
    const prefixes = [...merged.keys()].filter((prefix) => prefix.startsWith(`${registry}/`));
    for (const prefix of [registry, ...prefixes]) {
      const below = prefix.slice(registry.length);
      const own = rows.map(([, mirror]) => ({ ...mirror, location: mirror.location + below }));
      merged.set(prefix, [...own, ...(merged.get(prefix) ?? [])]);
    }
  }
  return {
    ...configured,
    mirrors: merged,
    insecureHosts: [...insecureHosts, ...(configured.insecureHosts ?? [])],
  };
}

/** Without a user and a password, which would be sent nowhere. */
const mirrorPattern = /^(?:([^=/]+)=)?((?:https?:\/\/)?(?:[\w.-]+|\[[\da-f:]+\])(?::\d{1,5})?(?:\/[\w.-]+)*)\/?$/i;

/** `[REGISTRY=]URL`. @throws USAGE */
function parseMirror(text: string): readonly [registry: string, mirror: Mirror] {
  const parts = mirrorPattern.exec(text);
  const [registry = 'docker.io', location = ''] = parts?.slice(1) ?? [];
  if (location === '') {
    const hint = 'a mirror looks like mirror.example:5000 or quay.io=https://mirror.example/quay';
    throw new HoldfastError('USAGE', { message: 'a mirror is malformed', hint });
  }
  return [registry, { location }];
}
