/** Trees laid over each other as their layers would be: nothing is ever decided that applying the layers would not. */
import { type ByteString, HoldfastError } from '../base/index.ts';
import { type ApplyOptions, applyLayers } from './apply.ts';
import type { SameContent } from './compare-inodes.ts';
import { diffTrees, type TreeDiff } from './diff.ts';
import type { EntryTable } from './entry-table.ts';
import { emptyTree, type Tree } from './tree.ts';

/** What is merged: an image's layers, one layer with its whiteouts, or a tree as one layer; bottom first. */
export type MergeInput = readonly EntryTable[];

export interface MergeTreesOptions extends Omit<ApplyOptions, 'onConflict'> {
  /** `error`: no input may change or remove a path of an earlier one, directories over directories excepted. */
  readonly onConflict?: 'replace' | 'error';
  /** What is the same is no change; where it is not told, only what stands in the same row of the same table is. */
  readonly sameContent?: SameContent;
  /** For messages: what the inputs are called. */
  readonly inputNames?: readonly string[];
}

/**
 * Merges inputs, the first at the bottom: their layers one after the other. So merging is associative, deletions count,
 * and two inputs never share an inode.
 * @throws CONFLICTS_REFUSED, and the codes of `applyLayers`
 */
export function mergeTrees(inputs: readonly MergeInput[], options: MergeTreesOptions = {}): Tree {
  const { onConflict = 'replace', sameContent = () => false, inputNames, ...applying } = options;
  if (onConflict === 'replace') return applyLayers(inputs.flat(), applying);
  let tree = emptyTree;
  for (const [at, input] of inputs.entries()) {
    const digests = options.layerDigests?.slice(tree.layers, tree.layers + input.length);
    const merged = applyLayers(input, { ...applying, ...(digests ? { layerDigests: digests } : {}) }, tree);
    if (at > 0) refuseConflicts(mergeConflicts(diffTrees(tree, merged, { sameContent })), inputNames?.[at]);
    tree = merged;
  }
  return tree;
}

/** The paths that are removed, changed or linked otherwise, in walk order; directories that stay directories are none. */
function mergeConflicts({ changes, dissolved }: TreeDiff): readonly ByteString[] {
  const paths: ByteString[] = [];
  for (const change of changes) {
    if (change.change === 'added') continue;
    const isMerged = change.change === 'changed' && change.before.children && change.after.children;
    if (!isMerged) paths.push(change.path);
  }
  const known = new Set(paths);
  const regrouped = dissolved.filter(({ paths }) => !paths.some((path) => known.has(path)));
  return [...paths, ...regrouped.map(({ paths: [first] }) => first ?? ('' as ByteString))];
}

/** @throws CONFLICTS_REFUSED unless there are none */
export function refuseConflicts(paths: readonly ByteString[], by?: string): void {
  if (paths.length > 0) throw new HoldfastError('CONFLICTS_REFUSED', { paths, ...(by === undefined ? {} : { by }) });
}
