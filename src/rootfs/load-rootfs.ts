import { defaultLimits, type Limits, NoteList, type OperationOptions } from '../base/index.ts';
import type { Image, ImageLayer } from '../image/index.ts';
import { type LayerIndex, loadIndex, readLayers } from '../layer/index.ts';
import type { OnConflict } from '../tree/index.ts';
import { layerSources } from './layer-sources.ts';
import { checkLayers, layIndexes, notesOf, type Rootfs } from './merge-layers.ts';
import { loadTree, type Making, type MergedTree, saveTree } from './tree-cache.ts';

export interface RootfsOptions extends OperationOptions {
  readonly limits?: Limits;
  readonly jobs?: number;
  readonly onConflict?: OnConflict;
  /** The content of files will be asked for: hash it while layers are read, so that they are read once. */
  readonly hashFiles?: boolean | undefined;
}

/**
 * The tree of an image from metadata alone: layers that are in the index cache are not read at all, the others once. A tree that
 * is in the cache costs what is looked at of it; it is kept there when an image is looked at a second time, since the first has
 * enough to do.
 * @throws the codes of `readLayers` and `mergeLayers`
 */
export async function loadRootfs(image: Image, options: RootfsOptions = {}): Promise<Rootfs> {
  const { limits = defaultLimits, onConflict = 'replace' } = options;
  const known = cachedIndexes(image, limits);
  const indexes = known ?? (await readIndexes(image, { ...options, limits }));
  checkLayers(image, indexes, limits);
  const making = { limits, onConflict };
  const { tree, notes: found } = loadTree(indexes, making) ?? merged(indexes, making, known !== undefined);
  const notes = notesOf(image, indexes);
  notes.addAll(found);
  return { tree, indexes, notes };
}

function merged(indexes: readonly LayerIndex[], options: Making, isKept: boolean): MergedTree {
  const notes = new NoteList();
  const tree = layIndexes(indexes, { ...options, onNote: (note) => notes.add(note) });
  const made = { tree, notes: notes.notes };
  if (isKept) saveTree(made, indexes, options);
  return made;
}

/** The indexes of all layers: those in the cache, and the others read. @throws the codes of `readLayers` */
export async function loadIndexes(
  image: Pick<Image, 'layers'>,
  options: RootfsOptions = {},
): Promise<readonly LayerIndex[]> {
  const limits = options.limits ?? defaultLimits;
  return cachedIndexes(image, limits) ?? (await readIndexes(image, { ...options, limits }));
}

/** The indexes of all layers from the cache; undefined when one is not there. */
export function cachedIndexes(image: Pick<Image, 'layers'>, limits: Limits): LayerIndex[] | undefined {
  const indexes: LayerIndex[] = [];
  for (const layer of image.layers) {
    const index = knownIndex(layer, limits);
    if (index === undefined) return undefined;
    indexes.push(index);
  }
  return indexes;
}

/** One made for another DiffID is of no use: reading the layer tells whether that is wrong or of another algorithm. */
function knownIndex(layer: Pick<ImageLayer, 'digest' | 'diffId'>, limits: Limits): LayerIndex | undefined {
  const index = loadIndex(layer.digest, limits);
  return index?.diffId === layer.diffId ? index : undefined;
}

async function readIndexes(
  image: Pick<Image, 'layers'>,
  options: RootfsOptions & { readonly limits: Limits },
): Promise<LayerIndex[]> {
  const known = new Map<number, LayerIndex>();
  const missing = image.layers.filter((layer) => {
    const index = knownIndex(layer, options.limits);
    if (index) known.set(layer.number, index);
    return index === undefined;
  });
  const read = await readLayers(
    layerSources(missing),
    () => ({ kind: options.hashFiles === true ? 'digests' : 'none' }),
    options,
  );
  for (const [position, { index }] of read.entries()) known.set(missing[position]?.number ?? 0, index);
  return image.layers.map(({ number }) => known.get(number)).filter((index) => index !== undefined);
}
