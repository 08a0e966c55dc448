/** Blobs that have not arrived completely. */
import type { Digest } from '../base/index.ts';
import { digestOfControlFile, type Layout } from './layout.ts';
import { tryLock } from './lock.ts';

export interface ListedPartial {
  readonly digest: Digest;
  readonly bytes: number;
  readonly active: boolean;
  /** Nanoseconds since 1970. */
  readonly modified: bigint;
}

/**
 * @param onDead called with each that no process is at, while it is locked; returns whether it shall be removed
 * @throws STORE_INVALID, HOST_REFUSED
 */
export function listPartials(
  layout: Layout,
  onDead: (partial: ListedPartial) => boolean = () => false,
): ListedPartial[] {
  const partials = layout.part('ingest');
  const listed: ListedPartial[] = [];
  for (const name of partials?.names() ?? []) {
    const digest = digestOfControlFile(name.replace(/\.[0-9a-f]{16}$/, ''));
    const facts = partials?.look(name);
    if (partials === undefined || digest === undefined || !facts?.isFile()) continue;
    using dead = tryLock(partials, name);
    const partial = { digest, bytes: Number(facts.size), active: dead === undefined, modified: facts.mtimeNs };
    // Opening it to lock it makes a file that has got its name just now once more, and empty.
    const isGone = dead !== undefined && dead.size === 0;
    if (isGone || (!partial.active && onDead(partial))) partials.unlink(name);
    if (!isGone) listed.push(partial);
  }
  return listed;
}
