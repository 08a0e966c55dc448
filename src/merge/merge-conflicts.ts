/** `--on-conflict error`: whether an input changes or removes what an earlier one has. */
import { defaultLimits, isHoldfastError } from '../base/index.ts';
import type { ImageLayer } from '../image/index.ts';
import { checkLayers, layerSources, loadIndexes, type RootfsOptions } from '../rootfs/index.ts';
import { emptyTree, type Inode, mergeTrees, type SameContent } from '../tree/index.ts';
import { LayeredSource } from '../trees/index.ts';

export interface MergedLayers {
  /** For messages. */
  readonly reference: string;
  readonly layers: readonly ImageLayer[];
}

/**
 * Reads what is not known of the layers, and the content of files that one input has where another has the same but for the
 * content.
 * @throws CONFLICTS_REFUSED, the codes of `readLayers` and `applyLayers`
 */
export async function requireNoConflicts(inputs: readonly MergedLayers[], options: RootfsOptions): Promise<void> {
  const limits = options.limits ?? defaultLimits;
  const layers = inputs.flatMap((input) => input.layers).map((layer, at) => ({ ...layer, number: at + 1 }));
  const indexes = await indexesOf(layers, options);
  checkLayers({ layers }, indexes, limits);
  let count = 0;
  const tables = inputs.map((input) => indexes.slice(count, (count += input.layers.length)).map(({ table }) => table));
  const merge = (sameContent: SameContent): void => {
    mergeTrees(tables, {
      onConflict: 'error',
      sameContent,
      limits,
      layerDigests: layers.map(({ digest }) => digest),
      inputNames: inputs.map(({ reference }) => reference),
    });
  };
  const unsure = pairsToCompare(merge);
  if (unsure.length === 0) return merge(() => false);
  const facts = { reference: '', tree: emptyTree, indexes, sources: layerSources(layers), notes: [], limits };
  await using content = new LayeredSource({ ...facts, dispose: () => {} });
  const digests = await content.contentDigests(unsure, options);
  const known = new Map(unsure.map((inode) => [keyOf(inode), digests.get(inode)]));
  merge((a, b) => known.has(keyOf(a)) && known.get(keyOf(a)) === known.get(keyOf(b)));
}

/** A layer that is there twice is read once, and has one table, so that all of it is the same. */
async function indexesOf(layers: readonly ImageLayer[], options: RootfsOptions) {
  const unique = [...new Map(layers.map((layer) => [layer.digest, layer])).values()];
  const indexes = await loadIndexes({ layers: unique }, options);
  const byDigest = new Map(indexes.map((index) => [index.digest, index]));
  return layers.map(({ digest }) => byDigest.get(digest)).filter((index) => index !== undefined);
}

/** The files that are the same if their content is. What comes after the first refusal is of no interest. */
function pairsToCompare(merge: (sameContent: SameContent) => void): readonly Inode[] {
  const unsure: Inode[] = [];
  try {
    merge((a, b) => unsure.push(a, b) > 0);
  } catch (error) {
    if (!isHoldfastError(error, 'CONFLICTS_REFUSED')) throw error;
  }
  return unsure;
}

function keyOf({ layer, row }: Inode): string {
  return `${layer} ${row}`;
}
