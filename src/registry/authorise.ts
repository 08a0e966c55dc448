/** Getting past a 401: what one registry host wants, and the tokens it gave. */
import type { HoldfastError } from '../base/index.ts';
import type { Credential } from '../credentials/index.ts';
import type { HttpClient, HttpResponse } from '../http/index.ts';
import { abortable } from './abortable.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import type { HeldCredentials } from './held-credentials.ts';
import type { Quirks } from './quirks.ts';
import { checkRealm, checkTokenAddress, type RealmRules } from './realm.ts';
import { complainsOf, type Refusal, refusalError } from './registry-errors.ts';
import {
  type Access,
  coversScopes,
  mergeScopes,
  noScopes,
  optionalScopesOf,
  parseScopes,
  type Scopes,
  scopesOf,
  withoutScopes,
} from './scope.ts';
import type { Secrets } from './secrets.ts';
import { basicAuthorization, requestToken, type TokenServer } from './token.ts';

export interface AuthoriserOptions {
  readonly http: HttpClient;
  /** As in image names. */
  readonly registry: string;
  readonly credentials: HeldCredentials;
  readonly secrets: Secrets;
  readonly quirks: Quirks;
  /** Seconds of a clock that never goes back. */
  readonly now: () => number;
}

/** A request that was answered with 401. */
export interface RefusedAttempt {
  readonly access: Access;
  /** The value of its Authorization header. */
  readonly used: string | undefined;
  /** Whether that was made for this very request, after another 401. */
  readonly isFresh: boolean;
  readonly signal?: AbortSignal | undefined;
}

interface HeldToken {
  readonly value: string;
  /** What was asked for, whether or not all of it was granted. */
  readonly scopes: Scopes;
  /** Those of them that no request could do without. */
  readonly needed: Scopes;
  /** In the seconds of the clock. */
  readonly usableUntil: number;
}

interface Want {
  readonly access: Access;
  /** What it cannot do without, first. */
  readonly needed: Scopes;
  /** That, and what it is better off with. */
  readonly all: Scopes;
  readonly credential: Credential | undefined;
}

type Method = { readonly kind: 'basic' } | { readonly kind: 'bearer'; readonly server: TokenServer };

/** Seconds before its end at which a token is not used any more. */
const margin = 10;

/** The Authorization headers for one registry host. Tokens are kept for each repository and given to no other host. */
export class Authoriser {
  readonly #options: AuthoriserOptions;
  readonly #tokens = new Map<string, HeldToken>();
  readonly #pending = new Map<string, Promise<HeldToken>>();
  #method: Method | undefined;

  constructor(options: AuthoriserOptions) {
    this.#options = options;
  }

  /**
   * The header for a request, before anything was refused; undefined while the host has not asked for any.
   *
   * @throws as {@link afterRefusal}
   */
  async header(access: Access, signal?: AbortSignal): Promise<string | undefined> {
    const method = this.#method;
    if (method === undefined) return undefined;
    const credential = await this.#credential(access, signal);
    if (credential?.kind === 'registry-token') return `Bearer ${credential.token}`;
    if (method.kind === 'basic') return credential && basicAuthorization(credential);
    const held = this.#tokens.get(access.repository);
    const all = mergeScopes(scopesOf(access), optionalScopesOf(access));
    if (held && coversScopes(held.scopes, all) && this.#isUsable(held)) return `Bearer ${held.value}`;
    return this.#newToken(method.server, this.#want(access, credential, noScopes), signal);
  }

  /**
   * What to send after a 401; undefined when nothing more can be tried.
   *
   * @throws AUTH_REQUIRED, ACCESS_DENIED, RATE_LIMITED, REGISTRY_REFUSED from the token server, REGISTRY_PROTOCOL,
   * CREDENTIALS_INVALID
   */
  async afterRefusal(response: HttpResponse, rules: RealmRules, attempt: RefusedAttempt): Promise<string | undefined> {
    const challenge = chooseChallenge(parseChallenges(response.headers('www-authenticate')));
    if (challenge === undefined) return undefined;
    const { access, used, signal } = attempt;
    const credential = await this.#credential(access, signal);
    if (credential?.kind === 'registry-token') return this.#asItIs(credential.token, used);
    if (challenge.scheme === 'basic') return this.#basicAfterRefusal(attempt);
    const server = tokenServerOf(challenge, rules);
    this.#method = { kind: 'bearer', server };
    const want = this.#want(access, credential, parseScopes(challenge.parameters.get('scope') ?? ''));
    const held = this.#tokens.get(access.repository);
    const isHeld = held !== undefined && coversScopes(held.scopes, want.all) && this.#isUsable(held);
    if (isHeld && `Bearer ${held.value}` !== used) return `Bearer ${held.value}`;
    if (isHeld && attempt.isFresh) return undefined;
    return this.#newToken(server, want, signal);
  }

  /** Whether there is nothing by which the host could know who asks. */
  async isAnonymous(repository: string): Promise<boolean> {
    return (await this.#options.credentials.find(repository)) === undefined;
  }

  #credential({ repository }: Access, signal: AbortSignal | undefined): Promise<Credential | undefined> {
    return abortable(this.#options.credentials.find(repository), signal);
  }

  #asItIs(token: string, used: string | undefined): string | undefined {
    this.#method ??= { kind: 'basic' };
    const header = `Bearer ${token}`;
    return header === used ? undefined : header;
  }

  async #basicAfterRefusal({ access, used, isFresh, signal }: RefusedAttempt): Promise<string | undefined> {
    this.#method = { kind: 'basic' };
    if (used !== undefined && !isFresh) this.#options.credentials.forget(access.repository);
    const credential = await this.#credential(access, signal);
    const header = credential && basicAuthorization(credential);
    return header === used ? undefined : header;
  }

  #isUsable({ usableUntil }: HeldToken): boolean {
    return this.#options.now() < usableUntil;
  }

  /** A new token for a repository has the rights of the one before it too, so that pull and push need not take turns. */
  #want(access: Access, credential: Credential | undefined, asked: Scopes): Want {
    const held = this.#tokens.get(access.repository);
    const optional = optionalScopesOf(access);
    // A challenge names the source of a mount like everything else.
    const more = mergeScopes(withoutScopes(asked, optional), held?.needed ?? noScopes);
    const needed = mergeScopes(scopesOf(access), more);
    return { access, needed, all: mergeScopes(mergeScopes(needed, optional), held?.scopes ?? noScopes), credential };
  }

  /** Many requests at once need only one token. */
  async #newToken(server: TokenServer, want: Want, signal: AbortSignal | undefined): Promise<string> {
    const key = JSON.stringify([want.access.repository, ...[...want.all].map(([name, set]) => [name, ...set])]);
    const pending = this.#pending.get(key) ?? this.#fetch(server, want).finally(() => this.#pending.delete(key));
    this.#pending.set(key, pending);
    return `Bearer ${(await abortable(pending, signal)).value}`;
  }

  async #fetch(server: TokenServer, { access, needed, all, credential }: Want): Promise<HeldToken> {
    const { http, registry, now, secrets, credentials } = this.#options;
    const ask = (scopes: Scopes) => requestToken({ http, registry, server, scopes, credential });
    let token = await ask(all);
    // A source of a mount that may not be read, or does not exist, is no reason to fail.
    if ('status' in token && token.status < 429 && !coversScopes(needed, all)) token = await ask(needed);
    if ('status' in token) throw await this.#refused(token, access);
    secrets.add(token.value);
    if (token.identityToken !== undefined && credential?.kind === 'identity-token') {
      credentials.renew(access.repository, token.identityToken);
    }
    const held = { value: token.value, scopes: all, needed, usableUntil: now() + token.lifetime - margin };
    this.#tokens.set(access.repository, held);
    return held;
  }

  async #refused(refusal: Refusal, { repository }: Access): Promise<HoldfastError> {
    const { registry, quirks, secrets, credentials } = this.#options;
    const isAnonymous = await this.isAnonymous(repository);
    credentials.forget(repository);
    const what = repository === '' ? 'access' : `access to ${registry}/${repository}`;
    const isGrant = complainsOf(refusal, 'invalid_grant', 'invalid_client', 'unauthorized_client');
    const status = refusal.status === 400 && isGrant ? 401 : refusal.status;
    const question = { registry, what, isAnonymous, quirks, redact: secrets.redact, isWrite: true };
    return refusalError({ ...refusal, status }, question);
  }
}

/** Bearer before Basic; what is neither (Negotiate, NTLM) is skipped. A 401 without any challenge is taken for Basic. */
function chooseChallenge(challenges: readonly Challenge[]): Challenge | undefined {
  if (challenges.length === 0) return { scheme: 'basic', parameters: new Map() };
  const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm'));
  return bearer ?? challenges.find(({ scheme }) => scheme === 'basic');
}

function tokenServerOf({ parameters }: Challenge, rules: RealmRules): TokenServer {
  const realm = checkRealm(parameters.get('realm') ?? '', rules);
  return { realm, checkAddress: (url) => checkTokenAddress(url, rules), service: parameters.get('service') };
}
