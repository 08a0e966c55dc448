/** Credentials of registries: where Docker and Podman keep them, and the helpers they ask. */
export type { Credential, CredentialOptions, CredentialStore } from './credentials.ts';
