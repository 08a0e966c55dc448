import { HoldfastError, limitFlags, type Limits, maxMetadataBytes, type Note, NoteList } from '../base/index.ts';
import type { Image } from '../image/index.ts';
import { type LayerIndex, metadataTooLarge } from '../layer/index.ts';
import { applyLayers, emptyTree, type OnConflict, type Tree } from '../tree/index.ts';

export interface MergeOptions {
  readonly limits: Limits;
  readonly onConflict?: OnConflict | undefined;
}

/** The file tree an image means, with what was decided on the way. */
export interface Rootfs {
  readonly tree: Tree;
  /** Bottom first, one for each layer of the image. */
  readonly indexes: readonly LayerIndex[];
  readonly notes: NoteList;
}

/** The same tree with the one below it, of which it is an edited fork: what layers did not touch is one inode in both. */
export interface SplitRootfs extends Rootfs {
  readonly lower: Tree;
}

/**
 * Lays the layers of an image over each other.
 * @throws DIFFID_MISMATCH, LIMIT_EXCEEDED and the codes of `applyLayers`
 */
export function mergeLayers(image: Image, indexes: readonly LayerIndex[], options: MergeOptions): Rootfs {
  const { tree, notes } = splitLayers(image, indexes, 0, options);
  return { tree, indexes, notes };
}

/**
 * The same in two steps: the tree of the first layers, and the tree of all.
 * @param count of the layers below
 * @throws as {@link mergeLayers}
 */
export function splitLayers(
  image: Image,
  indexes: readonly LayerIndex[],
  count: number,
  options: MergeOptions,
): SplitRootfs {
  checkLayers(image, indexes, options.limits);
  const notes = notesOf(image, indexes);
  const onNote = (note: Note): void => notes.add(note);
  const lower = layIndexes(indexes.slice(0, count), { ...options, onNote });
  const tree = count < indexes.length ? layIndexes(indexes.slice(count), { ...options, onNote }, lower) : lower;
  return { tree, lower, indexes, notes };
}

/** What was noted of an image and its layers before they were laid over each other. */
export function notesOf(image: Image, indexes: readonly LayerIndex[]): NoteList {
  const notes = new NoteList();
  notes.addAll(image.notes);
  for (const [position, index] of indexes.entries()) {
    for (const note of index.notes) notes.add({ ...note, layer: position + 1 });
  }
  return notes;
}

/** @throws the codes of `applyLayers` */
export function layIndexes(
  indexes: readonly LayerIndex[],
  { limits, onConflict, onNote }: MergeOptions & { readonly onNote: (note: Note) => void },
  over: Tree = emptyTree,
): Tree {
  const layerDigests = indexes.map(({ digest }) => digest);
  const tables = indexes.map(({ table }) => table);
  return applyLayers(tables, { limits, onNote, layerDigests, ...(onConflict ? { onConflict } : {}) }, over);
}

/**
 * Checks indexes against what the config says of their layers, and against the limits of a whole image.
 * @throws DIFFID_MISMATCH, LIMIT_EXCEEDED
 */
export function checkLayers(image: Pick<Image, 'layers'>, indexes: readonly LayerIndex[], limits: Limits): void {
  checkDiffIds(image, indexes);
  checkTotals(indexes, limits);
}

function checkDiffIds(image: Pick<Image, 'layers'>, indexes: readonly LayerIndex[]): void {
  for (const [position, { diffId, digest }] of indexes.entries()) {
    const expected = image.layers[position]?.diffId;
    if (expected === undefined || expected === diffId) continue;
    throw new HoldfastError(
      'DIFFID_MISMATCH',
      { expected, actual: diffId },
      { layer: { number: position + 1, digest } },
    );
  }
}

/** Indexes from the cache were never counted together. */
function checkTotals(indexes: readonly LayerIndex[], limits: Limits): void {
  const total = (of: (index: LayerIndex) => number): number => indexes.reduce((sum, index) => sum + of(index), 0);
  if (total(({ table }) => table.length) > limits.maxEntries) {
    const value = String(limits.maxEntries);
    throw new HoldfastError('LIMIT_EXCEEDED', { limit: 'entries', flag: limitFlags.maxEntries, value });
  }
  if (total(({ table }) => table.metadataBytes) > maxMetadataBytes) throw metadataTooLarge();
  if (
    Math.max(
      total(({ size }) => size),
      total(logicalBytes),
    ) > limits.maxSizeBytes
  ) {
    const value = String(limits.maxSizeBytes);
    throw new HoldfastError('LIMIT_EXCEEDED', { limit: 'bytes in the image', flag: limitFlags.maxSizeBytes, value });
  }
}

/** What the files of a layer would hold with their holes filled. */
function logicalBytes(index: LayerIndex): number {
  return index.table.columns.size.reduce((sum, size) => sum + size, 0);
}
