/** Asking a token server: the token protocol of the distribution project, by GET and by OAuth2 POST. */
import * as v from 'valibot';
import { HoldfastError } from '../base/index.ts';
import type { Credential } from '../credentials/index.ts';
import type { HttpClient, HttpResponse } from '../http/index.ts';
import { readRefusal, type Refusal } from './registry-errors.ts';
import { formatScopes, type Scopes } from './scope.ts';

export interface TokenServer {
  /** Its own query is kept. */
  readonly realm: URL;
  /** Looks at where the server redirects to. */
  readonly checkAddress: (url: URL) => void;
  readonly service: string | undefined;
}

export interface TokenRequest {
  readonly http: HttpClient;
  /** As in image names, for errors. */
  readonly registry: string;
  readonly server: TokenServer;
  readonly scopes: Scopes;
  readonly credential: Credential | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Token {
  readonly value: string;
  /** Seconds for which it may be used, counted from its arrival: what a server's clock says does not matter. */
  readonly lifetime: number;
  /** A new identity token, where the server gives one. */
  readonly identityToken?: string | undefined;
}

/** Seconds: what a token lives without being told, and at least (distribution token specification). */
const shortestLifetime = 60;
/** No real token server gives a tenth of it. */
const longestLifetime = 7 * 24 * 3600;
const maxTokenBytes = 64 * 1024;

/**
 * Gets a token, or what the server said instead.
 *
 * @throws REGISTRY_PROTOCOL for an answer that holds no token, and the codes of HttpClient
 */
export async function requestToken(request: TokenRequest): Promise<Token | Refusal> {
  if (request.credential?.kind !== 'identity-token') return getToken(request);
  const response = await postForm(request, request.credential.token);
  if (response.ok) return response.token;
  return postIsUnknown.has(response.refusal.status) ? getToken(request) : response.refusal;
}

/** GCR answered 404, Artifactory 401, others 405 to a POST that they do not know. */
const postIsUnknown: ReadonlySet<number> = new Set([400, 401, 404, 405, 501]);

async function getToken(request: TokenRequest): Promise<Token | Refusal> {
  const { realm, service } = request.server;
  const asked = [
    ...(service === undefined ? [] : [`service=${encodeURIComponent(service)}`]),
    ...formatScopes(request.scopes).map((scope) => `scope=${encodeURIComponent(scope)}`),
  ];
  const url = new URL(realm);
  url.search = [url.search.slice(1), ...asked].filter((part) => part !== '').join('&');
  const authorization = request.credential && basicAuthorization(request.credential);
  const response = await request.http.request({
    method: 'GET',
    url,
    authorization,
    checkRedirect: request.server.checkAddress,
    signal: request.signal,
  });
  return response.status === 200 ? readToken(response, request.registry) : readRefusal(response);
}

type Posted = { readonly ok: true; readonly token: Token } | { readonly ok: false; readonly refusal: Refusal };

async function postForm({ http, registry, server, scopes, signal }: TokenRequest, token: string): Promise<Posted> {
  const form = new URLSearchParams({ grant_type: 'refresh_token', client_id: 'holdfast', refresh_token: token });
  if (server.service !== undefined) form.set('service', server.service);
  if (scopes.size > 0) form.set('scope', formatScopes(scopes).join(' '));
  const response = await http.request({
    method: 'POST',
    url: server.realm,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(form.toString()),
    isRepeatable: true,
    followsRedirects: false,
    signal,
  });
  if (response.status === 200) return { ok: true, token: await readToken(response, registry) };
  return { ok: false, refusal: await readRefusal(response) };
}

/** The Authorization header for a credential that is not a registry token. */
export function basicAuthorization(credential: Credential): string | undefined {
  if (credential.kind === 'registry-token') return undefined;
  // The user name by which helpers mark identity tokens; servers that take them by GET know it.
  const [user, secret] =
    credential.kind === 'password' ? [credential.username, credential.password] : ['<token>', credential.token];
  return `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
}

const text = v.optional(v.fallback(v.nullish(v.string()), undefined));
const tokenBody = v.object({
  token: text,
  access_token: text,
  refresh_token: text,
  expires_in: v.optional(v.fallback(v.pipe(v.union([v.number(), v.string()]), v.transform(Number)), Number.NaN)),
});

async function readToken(response: HttpResponse, registry: string): Promise<Token> {
  const refuse = (reason: string): never => {
    throw new HoldfastError('REGISTRY_PROTOCOL', { host: registry, what: 'the request for a token', reason });
  };
  const body = v.safeParse(tokenBody, parsed(await response.bytes(maxTokenBytes)));
  if (!body.success) return refuse('the token server gave no JSON object');
  const { token, access_token: accessToken, refresh_token: identityToken, expires_in: expiresIn } = body.output;
  const value = accessToken || token;
  if (!value) return refuse('the token server gave no token');
  if (!/^[\x21-\x7e]+$/.test(value)) return refuse('the token has characters that no header may have');
  return { value, lifetime: lifetimeOf(expiresIn), ...(identityToken ? { identityToken } : {}) };
}

function lifetimeOf(expiresIn: number | undefined): number {
  if (expiresIn === undefined || !(expiresIn > shortestLifetime)) return shortestLifetime;
  return Math.min(expiresIn, longestLifetime);
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
