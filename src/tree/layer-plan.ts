/** The layer that turns one tree into another: "Writing layers" of docs/layer-semantics.md. */
import { type ByteString, HoldfastError } from '../base/index.ts';
import type { TreeDiff } from './diff.ts';
import type { Inode } from './inode.ts';
import { hasImpliedAttributes, LinkTargets, type PlannedEntry } from './plan.ts';
import { sortByKey, walkOrderKey } from './path-order.ts';
import { rewrittenInodes } from './rewritten-inodes.ts';
import { lookup, type Tree } from './tree.ts';

/**
 * The entries that, laid over `base`, give `target`, in an order and a form that overlay runtimes take too: every ancestor
 * is listed before what it holds, a link group is written whole or not at all, no name is both removed and written. Nothing
 * that did not change is in it but those ancestors and the other names of changed link groups; no change gives no entries.
 *
 * @param diff of these two trees
 * @throws NAME_IS_MARKER where a name to write or to remove would be read as a whiteout
 */
export function layerPlan(base: Tree, target: Tree, diff: TreeDiff): readonly PlannedEntry[] {
  const written = rewrittenInodes(base, target, diff);
  const removed = diff.changes.filter(({ change }) => change === 'removed').map(({ path }) => path);
  addAncestors(base, written, removed);
  const entries = [
    ...Array.from(written, ([path, inode]): Item => ({ path, inode, key: walkOrderKey(path) })),
    ...removed.map((path): Item => ({ path, inode: undefined, key: whiteoutOrderKey(path) })),
  ];
  const links = new LinkTargets(target.linked);
  return sortByKey(entries, ({ key }) => key).map(({ path, inode }) => {
    refuseMarkerName(path);
    return inode ? links.plan(path, inode) : { kind: 'whiteout', path };
  });
}

interface Item {
  readonly path: ByteString;
  /** Undefined for a whiteout. */
  readonly inode: Inode | undefined;
  readonly key: string;
}

/** Behind the directory itself and before everything in it: no name is empty, so nothing else has two NULs. */
function whiteoutOrderKey(path: ByteString): string {
  const start = path.lastIndexOf('/') + 1;
  return `${walkOrderKey(path.slice(0, Math.max(start - 1, 0)) as ByteString)}\0\0${path.slice(start)}`;
}

/** Runtimes give a directory that a layer does not list 0755 and 0:0, so each is listed; an ordinary root is not. */
function addAncestors(base: Tree, written: Map<ByteString, Inode>, removed: readonly ByteString[]): void {
  const known = new Set<ByteString>();
  for (const path of [...written.keys(), ...removed]) {
    for (let parent = parentOf(path); parent !== undefined && !known.has(parent); parent = parentOf(parent)) {
      known.add(parent);
      if (written.has(parent)) continue;
      // What the diff does not list is in the base, with everything that is known of it.
      const inode = lookup(base, parent);
      if (inode === undefined) throw new HoldfastError('BUG', { message: 'a diff lacks an added directory' });
      if (parent !== '' || !hasImpliedAttributes(inode)) written.set(parent, inode);
    }
  }
}

function parentOf(path: ByteString): ByteString | undefined {
  return path === '' ? undefined : (path.slice(0, Math.max(path.lastIndexOf('/'), 0)) as ByteString);
}

function refuseMarkerName(path: ByteString): void {
  if (path.startsWith('.wh.') || path.includes('/.wh.')) throw new HoldfastError('NAME_IS_MARKER', { name: path });
}
