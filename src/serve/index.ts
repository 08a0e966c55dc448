/** A registry over an OCI layout directory: what `holdfast serve` runs. */
export type { AccessOptions } from './access.ts';
export type { TlsOptions } from './http-server.ts';
export { type RegistryOptions, type RequestRecord, type RunningRegistry, startRegistry } from './start-registry.ts';
