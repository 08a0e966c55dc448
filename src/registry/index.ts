/** The OCI distribution client: manifests, blobs, tags, referrers, with the quirks of real registries as data. */
export type { FetchedManifest, PutBlobOptions, RegistryClient, Repository, RequestOptions } from './registry-client.ts';
