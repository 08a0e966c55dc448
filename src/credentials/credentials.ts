/** The contract of credential lookup. */

export type Credential =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  /** An OAuth2 refresh token (`identitytoken`, or the user `<token>` of a helper). */
  | { readonly kind: 'identity-token'; readonly token: string }
  /** Sent as it is (`registrytoken`). */
  | { readonly kind: 'registry-token'; readonly token: string };

export interface CredentialStore {
  /**
   * What is known for a repository, the most specific key first; undefined means anonymous.
   * @param registry host with port, `docker.io` for Docker Hub
   * @throws CREDENTIALS_INVALID for a file that is no JSON or a helper that fails
   */
  find(registry: string, repository: string, signal?: AbortSignal): Promise<Credential | undefined>;
}

export interface CredentialOptions {
  /** `--authfile`: the only file that is looked at, when given. */
  readonly authfile?: string | undefined;
  /** The process's unless given. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** `HOME` of the environment, or the user's, unless given. */
  readonly home?: string;
  /** Milliseconds a credential helper may take, for a person may have to unlock something; 60 000 unless given. */
  readonly helperTimeout?: number;
}
