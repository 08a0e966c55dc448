/** The layer that turns one tree into another: "Writing layers" of docs/layer-semantics.md. */
import { type ByteString, HoldfastError } from '../base/index.ts';
import type { PathChange, TreeDiff } from './diff.ts';
import type { Inode } from './inode.ts';
import { sortByKey, walkOrderKey } from './path-order.ts';
import { hasImpliedAttributes, LinkTargets, type PlannedEntry } from './plan.ts';
import { rewrittenNames } from './rewritten-names.ts';
import { lookup, parentPath, type Tree } from './tree.ts';

/**
 * The entries that, laid over `base`, give `target`, in an order and a form that overlay runtimes take too: every ancestor
 * is listed before what it holds, a link group is written whole or not at all, no name is both removed and written. Nothing
 * that did not change is in it but those ancestors and the other names of changed link groups; no change gives no entries.
 *
 * @param diff of these two trees
 * @throws NAME_IS_MARKER where a name to write or to remove would be read as a whiteout
 */
export function layerPlan(base: Tree, target: Tree, diff: TreeDiff): readonly PlannedEntry[] {
  const links = new LinkTargets(target.linked);
  const entries: PlannedEntry[] = [];
  for (const { path, inode } of itemsInOrder(base, target, diff)) {
    refuseMarkerName(path);
    entries.push(inode ? links.plan(path, inode) : { kind: 'whiteout', path });
  }
  return entries;
}

/** A name to write, or to remove where there is no inode. */
interface Item {
  readonly path: ByteString;
  readonly inode: Inode | undefined;
}

/** What changed is in the right order already; whiteouts, ancestors and other names of links come in between. */
function* itemsInOrder(base: Tree, target: Tree, diff: TreeDiff): Generator<Item> {
  const names = rewrittenNames(base, target, diff);
  const between = [...whiteouts(diff), ...names, ...ancestors(base, diff.changes, names.keys())];
  const sorted = sortByKey(
    between.map(([path, inode]) => ({ path, inode, key: inode ? walkOrderKey(path) : whiteoutOrderKey(path) })),
    ({ key }) => key,
  );
  let at = 0;
  for (const change of diff.changes) {
    if (change.change === 'removed') continue;
    const key = at < sorted.length ? walkOrderKey(change.path) : '';
    for (let next = sorted[at]; next !== undefined && next.key < key; next = sorted[++at]) yield next;
    yield { path: change.path, inode: change.after };
  }
  yield* sorted.slice(at);
}

type NamedInode = readonly [path: ByteString, inode: Inode | undefined];

function whiteouts({ changes }: TreeDiff): NamedInode[] {
  return changes.filter(({ change }) => change === 'removed').map(({ path }) => [path, undefined]);
}

/** Behind the directory itself and before everything in it: no name is empty, so nothing else has two NULs. */
function whiteoutOrderKey(path: ByteString): string {
  return `${walkOrderKey(parentPath(path))}\0\0${path.slice(path.lastIndexOf('/') + 1)}`;
}

/**
 * The unchanged directories above whatever is written or removed: runtimes give those that a layer does not list 0755 and
 * 0:0. An ordinary root is not listed.
 */
function ancestors(base: Tree, changes: readonly PathChange[], names: Iterable<ByteString>): Iterable<NamedInode> {
  const search = new AncestorSearch(base, changes);
  for (const { path } of changes) search.addAbove(path);
  for (const path of names) search.addAbove(path);
  return search.found;
}

class AncestorSearch {
  readonly found = new Map<ByteString, Inode>();
  readonly #base: Tree;
  /** Directories that are found, or written because they changed. */
  readonly #known = new Set<ByteString>();
  #last: ByteString | undefined;

  constructor(base: Tree, changes: readonly PathChange[]) {
    this.#base = base;
    for (const change of changes) {
      if (change.change !== 'removed' && change.after.children) this.#known.add(change.path);
    }
  }

  addAbove(path: ByteString): void {
    if (path === '') return;
    const parent = parentPath(path);
    // Siblings follow each other.
    if (parent === this.#last) return;
    this.#last = parent;
    for (let at = parent; !this.#known.has(at); at = parentPath(at)) {
      this.#known.add(at);
      // What the diff does not list is in the base, with everything that is known of it.
      const inode = lookup(this.#base, at);
      if (inode === undefined) throw new HoldfastError('BUG', { message: 'a diff lacks an added directory' });
      if (at !== '' || !hasImpliedAttributes(inode)) this.found.set(at, inode);
    }
  }
}

/** @throws NAME_IS_MARKER */
export function refuseMarkerName(path: ByteString): void {
  if (path.startsWith('.wh.') || path.includes('/.wh.')) throw new HoldfastError('NAME_IS_MARKER', { name: path });
}
