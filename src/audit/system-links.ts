import type { ByteString } from '../base/index.ts';

/** Links without which a system does not work: those in the root, such as bin and lib, and those of run-time directories. */
export function isOfTheSystem(path: ByteString): boolean {
  return !path.includes('/') || path === 'var/run' || path === 'var/lock';
}
