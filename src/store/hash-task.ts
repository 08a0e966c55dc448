/** The hashing of one file, in whatever thread. */
import type { Digest, DigestAlgorithm } from '../base/index.ts';
import { hashFile } from './hash-file.ts';

export interface HashTask {
  /** File descriptors belong to all threads. */
  readonly fd: number;
  readonly algorithm: DigestAlgorithm;
  readonly name: string;
  /** Shared memory: not zero once the work is not wanted any more. */
  readonly control: Int32Array;
}

/** @throws HOST_REFUSED, and {@link HashingCancelled} */
export async function runHashTask({ fd, algorithm, name, control }: HashTask): Promise<Digest> {
  const { digest } = await hashFile(fd, algorithm, name, () => {
    if (Atomics.load(control, 0) !== 0) throw new HashingCancelled();
  });
  return digest;
}

/** Never seen by a caller: whoever cancels has its own reason. */
export class HashingCancelled extends Error {
  override readonly name = 'HashingCancelled';
}
