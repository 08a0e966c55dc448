/** Whether a copy may be executed as a merge: only where that gives the same tree, which is tried on metadata. */
import type { ByteString } from '../base/index.ts';
import { applyLayers } from './apply.ts';
import type { SameContent } from './compare-inodes.ts';
import { copyInto, type CopyRequest, type CopyResult } from './copy-into.ts';
import { diffTrees, isEmptyDiff } from './diff.ts';
import type { EntryTable } from './entry-table.ts';
import type { Inode } from './inode.ts';
import { refuseMarkerName } from './layer-plan.ts';
import { sortByKey, walkOrderKey } from './path-order.ts';
import { flatPlan, hasImpliedAttributes, type PlannedEntry } from './plan.ts';
import { tableOfPlan } from './table-entry.ts';
import { emptyTree, lookup, parentPath, type Tree, type TreeEntry } from './tree.ts';

export interface CopyPlan extends CopyResult {
  readonly execution: CopyExecution;
}

export type CopyExecution =
  /** The layers of the source give the result, laid over the tree as they are. */
  | { readonly kind: 'reuse' }
  /**
   * One layer with these entries does. It depends on nothing of the tree but the facts, and the directories above what is
   * copied, which are in it as they are in the tree, an ordinary root apart: runtimes give those that a layer does not list
   * other attributes.
   */
  | { readonly kind: 'merge'; readonly layer: readonly PlannedEntry[]; readonly above: readonly NamedInode[] }
  /** Only what changed from the tree to the result does. */
  | { readonly kind: 'copy' };

export type NamedInode = Pick<TreeEntry, 'path' | 'inode'>;

/**
 * Copies, and says how that can be executed. The result never depends on it.
 * @param layers those of the tree that is copied from, bottom first, where it has some
 * @throws NAME_IS_MARKER, and the codes of {@link copyInto}
 */
export function planCopy(tree: Tree, request: CopyRequest, layers: readonly EntryTable[] = []): CopyPlan {
  const copy = copyInto(tree, request);
  if (isReuse(tree, copy, request, layers)) return { ...copy, execution: { kind: 'reuse' } };
  return tryMerge(tree, copy, request) ?? { ...copy, execution: { kind: 'copy' } };
}

function isReuse(tree: Tree, copy: CopyResult, request: CopyRequest, layers: readonly EntryTable[]): boolean {
  const isWhole = request.sources.every((source) => /^[/.]*$/.test(source)) && copy.dest === '';
  if (!isWhole || layers.length === 0) return false;
  return areSame(copy.tree, applyLayers(layers, {}, tree), { common: tree, contentOf: copy.contentOf });
}

/** The copy into nothing, laid over the tree; directories that are only implied there are not part of it. */
function tryMerge(tree: Tree, copy: CopyResult, request: CopyRequest): CopyPlan | undefined {
  if (request.clear === true) return undefined;
  const dest = (copy.isDirectory ? `${copy.dest}/` : copy.dest) as ByteString;
  const scratch = copyInto(emptyTree, { ...request, dest, onConflict: 'replace' });
  const copied = [...flatPlan(scratch.tree)].filter(isCopied);
  for (const { path } of copied) refuseMarkerName(path);
  const above = directoriesAbove(copied, copy.tree);
  const layer = sortByKey([...above.filter(isListed).map(asPlanned), ...copied], ({ path }) => walkOrderKey(path));
  const contentOf = (inode: Inode): Inode => scratch.contentOf(copy.contentOf(inode));
  const { table, inodes } = tableOfPlan(layer);
  const isSame = areSame(copy.tree, applyLayers([table], {}, tree), {
    common: tree,
    contentOf: (inode) => contentOf(inode.table === table ? (inodes[inode.row] ?? inode) : inode),
  });
  return isSame ? { ...copy, contentOf, execution: { kind: 'merge', layer, above } } : undefined;
}

function isCopied(entry: PlannedEntry): boolean {
  return entry.kind !== 'inode' || !entry.inode.isImplied;
}

/** An ordinary root is in no layer. */
function isListed({ path, inode }: NamedInode): boolean {
  return path !== '' || !hasImpliedAttributes(inode);
}

function asPlanned({ path, inode }: NamedInode): PlannedEntry {
  return { kind: 'inode', path, inode };
}

/** Those that are not copied themselves. */
function directoriesAbove(copied: readonly PlannedEntry[], tree: Tree): NamedInode[] {
  const known = new Set(copied.map(({ path }) => path));
  const above: NamedInode[] = [];
  for (const { path: whole } of copied) {
    for (let path = whole; path !== '';) {
      path = parentPath(path);
      if (known.has(path)) break;
      known.add(path);
      const inode = lookup(tree, path);
      if (inode) above.push({ path, inode });
    }
  }
  return sortByKey(above, ({ path }) => walkOrderKey(path));
}

function areSame(
  a: Tree,
  b: Tree,
  { common, contentOf }: { readonly common: Tree; readonly contentOf: (inode: Inode) => Inode },
): boolean {
  const sameContent: SameContent = (one, other) => {
    const [left, right] = [contentOf(one), contentOf(other)];
    return left.table === right.table && left.row === right.row;
  };
  return isEmptyDiff(diffTrees(a, b, { sameContent, common }));
}
