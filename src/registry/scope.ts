/** What a token allows: the scopes of the distribution token protocol, `repository:NAME:pull,push`. */

export type Action = 'pull' | 'push' | 'delete';

/** What a request needs. */
export interface Access {
  /** Empty for what is about the registry as a whole. */
  readonly repository: string;
  readonly actions: readonly Action[];
  /** A repository whose blobs are to be mounted. A token without this right is as good. */
  readonly mountFrom?: string;
  /** Listing all repositories. */
  readonly isCatalog?: boolean;
}

/** Actions by resource (`repository:library/alpine`, `registry:catalog`), in the order in which they were wanted. */
export type Scopes = ReadonlyMap<string, ReadonlySet<string>>;

export const noScopes: Scopes = new Map();

/** The scopes that an access cannot do without. */
export function scopesOf(access: Access): Scopes {
  if (access.isCatalog === true) return new Map([['registry:catalog', new Set(['*'])]]);
  if (access.repository === '' || access.actions.length === 0) return noScopes;
  return new Map([[`repository:${access.repository}`, new Set(access.actions)]]);
}

/** The scopes that an access is better off with. */
export function optionalScopesOf({ mountFrom }: Access): Scopes {
  return mountFrom === undefined ? noScopes : new Map([[`repository:${mountFrom}`, new Set(['pull'])]]);
}

/** All of both; what the first names stays first, because several registries read only the first scope. */
export function mergeScopes(first: Scopes, second: Scopes): Scopes {
  const merged = new Map<string, ReadonlySet<string>>(first);
  for (const [resource, actions] of second) {
    merged.set(resource, new Set([...(merged.get(resource) ?? []), ...actions]));
  }
  return merged;
}

/** Without everything about the resources of the second. */
export function withoutScopes(scopes: Scopes, others: Scopes): Scopes {
  return new Map([...scopes].filter(([resource]) => !others.has(resource)));
}

export function coversScopes(granted: Scopes, wanted: Scopes): boolean {
  return [...wanted].every(([resource, actions]) => {
    const has = granted.get(resource);
    return has !== undefined && (has.has('*') || [...actions].every((action) => has.has(action)));
  });
}

/** One text for each resource, as a token request has them. */
export function formatScopes(scopes: Scopes): readonly string[] {
  return [...scopes].map(([resource, actions]) => `${resource}:${[...actions].sort(byUsualOrder).join(',')}`);
}

const maxScopes = 8;
const maxScopeLength = 512;

/** The scopes of a challenge, separated by spaces. Unusable and surplus ones are left out. */
export function parseScopes(text: string): Scopes {
  let scopes = noScopes;
  for (const scope of text.split(' ', maxScopes)) {
    const match = scope.length <= maxScopeLength ? /^([\x21-\x7e]+):([\w*,-]+)$/.exec(scope) : null;
    const [, resource, actions] = match ?? [];
    if (resource === undefined || actions === undefined) continue;
    scopes = mergeScopes(scopes, new Map([[resource, new Set(actions.split(',').filter((action) => action !== ''))]]));
  }
  return scopes;
}

const usualOrder = ['pull', 'push', 'delete'];

function byUsualOrder(a: string, b: string): number {
  return usualOrder.indexOf(a) - usualOrder.indexOf(b);
}
