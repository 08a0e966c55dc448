/** Whether a copy may be executed as a merge: only where that gives the same tree, which is tried on metadata. */
import type { ByteString } from '../base/index.ts';
import { applyLayers } from './apply.ts';
import type { SameContent } from './compare-inodes.ts';
import { copyInto, type CopyRequest, type CopyResult } from './copy-into.ts';
import { diffTrees, isEmptyDiff } from './diff.ts';
import type { EntryTable } from './entry-table.ts';
import type { Inode } from './inode.ts';
import { flatPlan, type PlannedEntry } from './plan.ts';
import { tableOfPlan } from './table-entry.ts';
import { emptyTree, type Tree } from './tree.ts';

export interface CopyPlan extends CopyResult {
  readonly execution: CopyExecution;
}

export type CopyExecution =
  /** The layers of the source give the result, laid over the tree as they are. */
  | { readonly kind: 'reuse' }
  /** One layer with these entries does. It depends on nothing of the tree but the facts. */
  | { readonly kind: 'merge'; readonly layer: readonly PlannedEntry[] }
  /** Only what changed from the tree to the result does. */
  | { readonly kind: 'copy' };

/**
 * Copies, and says how that can be executed. The result never depends on it.
 * @param layers those of the tree that is copied from, bottom first, where it has some
 * @throws the codes of {@link copyInto}
 */
export function planCopy(tree: Tree, request: CopyRequest, layers: readonly EntryTable[] = []): CopyPlan {
  const copy = copyInto(tree, request);
  if (isReuse(tree, copy, request, layers)) return { ...copy, execution: { kind: 'reuse' } };
  return tryMerge(tree, copy, request) ?? { ...copy, execution: { kind: 'copy' } };
}

function isReuse(tree: Tree, copy: CopyResult, request: CopyRequest, layers: readonly EntryTable[]): boolean {
  const isWhole = request.sources.every((source) => /^[/.]*$/.test(source)) && copy.dest === '';
  if (!isWhole || layers.length === 0) return false;
  return areSame(copy.tree, applyLayers(layers, {}, tree), copy.contentOf);
}

/** The copy into nothing, laid over the tree; directories that are only implied there are not part of it. */
function tryMerge(tree: Tree, copy: CopyResult, request: CopyRequest): CopyPlan | undefined {
  if (request.clear === true) return undefined;
  const dest = (copy.isDirectory ? `${copy.dest}/` : copy.dest) as ByteString;
  const scratch = copyInto(emptyTree, { ...request, dest, onConflict: 'replace' });
  const layer = [...flatPlan(scratch.tree)].filter((entry) => entry.kind !== 'inode' || !entry.inode.isImplied);
  const contentOf = (inode: Inode): Inode => scratch.contentOf(copy.contentOf(inode));
  const { table, inodes } = tableOfPlan(layer);
  const isSame = areSame(copy.tree, applyLayers([table], {}, tree), (inode) =>
    contentOf(inode.table === table ? (inodes[inode.row] ?? inode) : inode),
  );
  return isSame ? { ...copy, contentOf, execution: { kind: 'merge', layer } } : undefined;
}

function areSame(a: Tree, b: Tree, contentOf: (inode: Inode) => Inode): boolean {
  const sameContent: SameContent = (one, other) => {
    const [left, right] = [contentOf(one), contentOf(other)];
    return left.table === right.table && left.row === right.row;
  };
  return isEmptyDiff(diffTrees(a, b, { sameContent }));
}
