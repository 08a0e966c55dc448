/** The tokens of test registries: readable to every one of them, so that one can give tokens for another. */
import type { RegistryAction, RegistryAuth } from './registry-auth-options.ts';

export interface Access {
  readonly repository: string;
  readonly actions: readonly RegistryAction[];
}

export interface Token {
  readonly user: string | undefined;
  readonly service: string;
  readonly access: readonly Access[];
  /** Milliseconds since 1970. */
  readonly issued: number;
  readonly expires: number;
}

const prefix = 'test-token.';

export function encodeToken(token: Token): string {
  return prefix + Buffer.from(JSON.stringify(token)).toString('base64url');
}

/** Undefined for what no test registry made. */
export function decodeToken(text: string): Token | undefined {
  if (!text.startsWith(prefix)) return undefined;
  try {
    return JSON.parse(Buffer.from(text.slice(prefix.length), 'base64url').toString()) as Token;
  } catch {
    return undefined;
  }
}

/** Now, finer than a millisecond, so that tokens made one after the other differ. */
export function preciseNow(): number {
  return performance.timeOrigin + performance.now();
}

/** Whether somebody (or nobody in particular) may do something. */
export function isGranted(
  auth: RegistryAuth,
  user: string | undefined,
  repository: string,
  action: RegistryAction,
): boolean {
  if (auth.anonymous?.includes(action)) return true;
  if (user === undefined || auth.grants === undefined) return user !== undefined;
  return auth.grants.some(
    (grant) =>
      (grant.user === undefined || grant.user === user) &&
      grant.actions.includes(action) &&
      (grant.repository === undefined ||
        (typeof grant.repository === 'string'
          ? grant.repository === repository
          : repository.search(grant.repository) >= 0)),
  );
}

/** `repository:NAME:ACTION,ACTION` as far as it may be allowed; other scopes (`registry:catalog:*`) allow nothing. */
export function accessOf(auth: RegistryAuth, user: string | undefined, scope: string): Access {
  const [, repository = '', actions = ''] = /^repository:(.+):([^:]*)$/.exec(scope) ?? [];
  const asked = actions.split(',').flatMap((action) => (action === '*' ? [...everyAction] : [action]));
  const known = everyAction.filter((action) => asked.includes(action));
  return { repository, actions: known.filter((action) => isGranted(auth, user, repository, action)) };
}

const everyAction: readonly RegistryAction[] = ['pull', 'push', 'delete'];

/** Whether all that a scope asks for is allowed. */
export function isWhole(access: Access, scope: string): boolean {
  const asked = scope.slice(scope.lastIndexOf(':') + 1);
  return asked === '*' || access.actions.length >= new Set(asked.split(',')).size;
}
