import { type Digest, HoldfastError } from '../base/index.ts';

/** A destination that names a digest takes nothing else. @throws DESTINATION_DIGEST */
export function requireDigest(reference: string, expected: Digest | undefined, actual: Digest): void {
  if (expected === undefined || expected === actual) return;
  throw new HoldfastError('DESTINATION_DIGEST', { reference, expected, actual });
}
