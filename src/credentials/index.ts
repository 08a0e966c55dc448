/** Credentials of registries: where Docker and Podman keep them, and the helpers they ask. */
export { credentialStore, givenCredential } from './credential-store.ts';
export type { Credential, CredentialOptions, CredentialStore } from './credentials.ts';
export {
  credentialOf,
  login,
  type LoginOptions,
  type LoginSecret,
  logout,
  type Logout,
  type StoredLogin,
} from './login.ts';
