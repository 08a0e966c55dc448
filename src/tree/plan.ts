/** A tar archive as pure data: which entries, in which order. */
import type { ByteString } from '../base/index.ts';
import type { Inode } from './inode.ts';
import { linkGroups, type Tree, walk } from './tree.ts';

/** One entry of an archive that is to be written. Paths are relative to the root; the root is "". */
export type PlannedEntry =
  /** An inode with everything it has; "" is the root itself. */
  | { readonly kind: 'inode'; readonly path: ByteString; readonly inode: Inode }
  /** One more name of an inode that was planned before as `target`. */
  | { readonly kind: 'link'; readonly path: ByteString; readonly target: ByteString; readonly inode: Inode }
  /** The name is removed from the layers below. */
  | { readonly kind: 'whiteout'; readonly path: ByteString };

/**
 * A whole tree as one flat archive, in walk order. The first name of a link group carries the body, the others are
 * direct links to it. A root with the attributes of an implied one is left out.
 */
export function* flatPlan(tree: Tree): Generator<PlannedEntry> {
  const links = new LinkTargets(new Set(linkGroups(tree).map(({ inode }) => inode)));
  for (const { path, inode } of walk(tree)) {
    if (path !== '' || !hasImpliedAttributes(inode)) yield links.plan(path, inode);
  }
}

/** Remembers under which name an inode with several names was planned first. */
export class LinkTargets {
  readonly #grouped: ReadonlySet<Inode>;
  readonly #firstNames = new Map<Inode, ByteString>();

  /** @param grouped every inode of which several names may be planned */
  constructor(grouped: ReadonlySet<Inode>) {
    this.#grouped = grouped;
  }

  plan(path: ByteString, inode: Inode): PlannedEntry {
    const target = this.#firstNames.get(inode);
    if (target !== undefined) return { kind: 'link', path, target, inode };
    if (this.#grouped.has(inode)) this.#firstNames.set(inode, path);
    return { kind: 'inode', path, inode };
  }
}

/** Whether a directory has the attributes of one that no layer lists: 0755, 0:0, time 0 and no xattrs. */
export function hasImpliedAttributes(inode: Inode): boolean {
  if (inode.isImplied) return true;
  const { mode, uid, gid, mtime, xattrs } = inode;
  const isOrdinary = mode === 0o755 && uid === 0 && gid === 0 && (xattrs?.size ?? 0) === 0;
  return isOrdinary && mtime.seconds === 0 && mtime.nanoseconds === 0;
}
