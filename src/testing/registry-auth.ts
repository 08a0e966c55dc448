/** The gate of a test registry: what a request needs, who sends it, and the challenge when that does not suffice. */
import { type Answer, type AnswerHeaders, refusal } from './registry-answers.ts';
import type { RegistryAction, RegistryAuth } from './registry-auth-options.ts';
import type { Exchange } from './registry-exchange.ts';
import { decodeToken, isGranted, preciseNow } from './registry-tokens.ts';

/** What a request does to which repository. */
export interface Need {
  readonly repository: string;
  readonly actions: readonly RegistryAction[];
}

/** The settings of a registry's gate with nothing left open. */
export interface Gate {
  readonly auth: RegistryAuth;
  /** Host and port. */
  readonly host: string;
  readonly origin: string;
  /** Tokens from before are refused. Milliseconds since 1970. */
  readonly notBefore: number;
}

/** Undefined when the request may pass. `catalog` is a need for any known user. */
export function refuseEntry(gate: Gate, exchange: Exchange, needs: readonly Need[]): Answer | undefined {
  const kind = gate.auth.kind ?? 'none';
  if (kind === 'none') return undefined;
  const authorization = exchange.headers['authorization'] ?? '';
  const [, scheme = '', secret = ''] = /^(\S+) +(.*)$/.exec(authorization) ?? [];
  return kind === 'basic' ? basicGate(gate, scheme, secret, needs) : bearerGate(gate, scheme, secret, needs);
}

/** The user whose name and password these are. */
export function userOf(auth: RegistryAuth, encoded: string): string | undefined {
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  const user = text.slice(0, Math.max(colon, 0));
  const users = auth.users ?? {};
  return Object.hasOwn(users, user) && users[user] === text.slice(colon + 1) ? user : undefined;
}

function basicGate(gate: Gate, scheme: string, secret: string, needs: readonly Need[]): Answer | undefined {
  const user = scheme.toLowerCase() === 'basic' ? userOf(gate.auth, secret) : undefined;
  if (user === undefined && scheme !== '') return challenge(gate, needs);
  if (needs.length === 0) return user === undefined ? challenge(gate, needs) : undefined;
  const mayPass = mayDo(needs, (repository, action) => isGranted(gate.auth, user, repository, action));
  if (mayPass) return undefined;
  return user === undefined ? challenge(gate, needs) : denial(gate, needs, gate.auth.denied ?? 403);
}

function bearerGate(gate: Gate, scheme: string, secret: string, needs: readonly Need[]): Answer | undefined {
  if (scheme.toLowerCase() !== 'bearer') return challenge(gate, needs);
  const known = gate.auth.registryTokens ?? {};
  if (Object.hasOwn(known, secret)) {
    const user = known[secret];
    const mayPass = mayDo(needs, (repository, action) => isGranted(gate.auth, user, repository, action));
    return mayPass ? undefined : denial(gate, needs, gate.auth.denied ?? 401);
  }
  const token = decodeToken(secret);
  const now = preciseNow();
  const isValid = token && token.service === serviceOf(gate) && token.issued >= gate.notBefore && token.expires > now;
  if (!isValid) return challenge(gate, needs, 'invalid_token');
  const mayPass = mayDo(needs, (repository, action) =>
    token.access.some((access) => access.repository === repository && access.actions.includes(action)),
  );
  return mayPass ? undefined : denial(gate, needs, gate.auth.denied ?? 401);
}

function mayDo(needs: readonly Need[], allows: (repository: string, action: RegistryAction) => boolean): boolean {
  return needs.every(({ repository, actions }) => actions.every((action) => allows(repository, action)));
}

export function serviceOf({ auth, host }: Gate): string {
  return auth.service ?? host;
}

function denial(gate: Gate, needs: readonly Need[], status: number): Answer {
  if (status === 401) return challenge(gate, needs, 'insufficient_scope');
  return refusal(status, status === 404 ? 'NAME_UNKNOWN' : 'DENIED', 'the requested access is denied');
}

function challenge(gate: Gate, needs: readonly Need[], error = ''): Answer {
  const headers: AnswerHeaders = { 'www-authenticate': challengesOf(gate, needs, error) };
  return refusal(401, 'UNAUTHORIZED', 'authentication is required', headers);
}

function challengesOf(gate: Gate, needs: readonly Need[], error: string): readonly string[] | undefined {
  const { auth, origin } = gate;
  const realm = auth.realm ?? `${origin}${auth.tokenPath ?? '/token'}`;
  const scope = needs.map(({ repository, actions }) => `repository:${repository}:${actions.join(',')}`).join(' ');
  if (auth.challenges) {
    const filled = auth.challenges.map((text) =>
      text.replaceAll('{realm}', realm).replaceAll('{service}', serviceOf(gate)).replaceAll('{scope}', scope),
    );
    return filled.length > 0 ? filled : undefined;
  }
  if (auth.kind === 'basic') return [`Basic realm="${auth.realm ?? 'test registry'}"`];
  const parameters = { realm, service: serviceOf(gate), scope, error };
  const given = Object.entries(parameters).filter(([, value]) => value !== '');
  return [`Bearer ${given.map(([name, value]) => `${name}="${value}"`).join(',')}`];
}
