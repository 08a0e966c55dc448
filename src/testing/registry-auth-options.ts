/** Who may do what in a test registry, and how it asks for credentials. */

export type RegistryAction = 'pull' | 'push' | 'delete';

export interface RegistryGrant {
  /** Absent: every user that is known. */
  readonly user?: string;
  /** A whole repository name, or a pattern; absent: all. */
  readonly repository?: string | RegExp;
  readonly actions: readonly RegistryAction[];
}

export interface RegistryAuth {
  /** `none` unless given: everybody may do everything. */
  readonly kind?: 'none' | 'basic' | 'bearer';
  /** Passwords by user name. */
  readonly users?: Readonly<Record<string, string>>;
  /** User names by OAuth2 refresh token. */
  readonly identityTokens?: Readonly<Record<string, string>>;
  /** User names by bearer token that is accepted as it is. */
  readonly registryTokens?: Readonly<Record<string, string>>;
  /** What is allowed to everybody, also without credentials; nothing unless given. */
  readonly anonymous?: readonly RegistryAction[];
  /** What users may do; everything unless given. */
  readonly grants?: readonly RegistryGrant[];
  /** Where tokens are to be had; `/token` unless given. */
  readonly tokenPath?: string;
  /** The realm in the challenge, as it is: another host, a relative path, nonsense. */
  readonly realm?: string;
  /** The service in the challenge; the registry's host and port unless given. Tokens for another are refused. */
  readonly service?: string;
  /**
   * The WWW-Authenticate headers, one for each, as they are; `{realm}`, `{service}` and `{scope}` are filled in. None
   * at all when empty.
   */
  readonly challenges?: readonly string[];
  /** POST to the token path; a number refuses. */
  readonly oauth2?: 'answered' | number;
  /** Which of several scopes a token is made for. */
  readonly scopes?: 'all' | 'first';
  /** `less`: the token allows what it may. A number refuses the token when anything asked for is not allowed. */
  readonly deniedToken?: 'less' | number;
  /** The answer to a request that credentials do not allow: 401 for bearer, 403 for basic unless given. */
  readonly denied?: number;
  /** Which fields carry the token; `both` unless given. */
  readonly tokenField?: 'token' | 'access_token' | 'both';
  /** Seconds a token is valid; 300 unless given. */
  readonly lifetime?: number;
  /** `expires_in` as it is said: the lifetime unless given, `absent` for none. */
  readonly expiresIn?: number | 'absent';
  /** `issued_at` as it is said: now unless given, `absent` for none. */
  readonly issuedAt?: string;
}

/** A request for a token, with what came of it. */
export interface TokenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly service: string | undefined;
  /** As they were asked for, in order. */
  readonly scopes: readonly string[];
  /** The form of a POST, or the query of a GET. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Who it was; undefined for nobody. */
  readonly user: string | undefined;
  readonly status: number;
  /** The token that was given. */
  readonly token: string | undefined;
}
