/** Where the parts of a repository are: a host, and the name the repository has there. */
import { HoldfastError } from '../base/index.ts';
import type { RegistryHost } from './registry-host.ts';
import type { Access, Action } from './scope.ts';

export interface Place {
  readonly host: RegistryHost;
  readonly repository: string;
}

/** The right to do something with the repository of a place. */
export function accessTo({ repository }: Place, ...actions: readonly Action[]): Access {
  return { repository, actions };
}

/**
 * The part of an address below `/v2/`.
 *
 * @param rest such as `tags/list`
 * @throws REFERENCE_INVALID for a name by which another address would be reached
 */
export function pathOf({ host, repository }: Place, rest: string): string {
  if (!/^[\w-]+(?:[./:]+[\w-]+)*$/.test(repository) || /(?:^|\/)\.*(?:\/|$)/.test(repository)) {
    const reference = `${host.registry}/${repository}`;
    throw new HoldfastError('REFERENCE_INVALID', { reference, reason: 'the name of the repository is malformed' });
  }
  return `./${repository}/${rest}`;
}
