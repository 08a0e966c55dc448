/** The OCI distribution client: manifests, blobs, tags, referrers, with the quirks of real registries as data. */
export { connectRegistry, type NetworkOptions, type RegistryUse, useRegistry } from './connect.ts';
export { createRegistryClient } from './create-registry-client.ts';
export { loadRegistriesConf } from './load-registries-conf.ts';
export { insecureHostsOf } from './mirrors.ts';
export type { Mirror, RegistrySettings } from './registry-settings.ts';
export { mergeSettings, parseRegistriesConf } from './registries-conf.ts';
export { type Quirks, quirksByHost, quirksOf } from './quirks.ts';
export { fallbackTag } from './referrers.ts';
export type {
  FetchedManifest,
  PutBlobOptions,
  RegistryClient,
  RegistryOptions,
  Repository,
  RequestOptions,
} from './registry-client.ts';
