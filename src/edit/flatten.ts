/** `flatten`: layers become one, and the tree stays. */
import { defaultLimits, HoldfastError } from '../base/index.ts';
import type { Image } from '../image/index.ts';
import { splitLayers } from '../rootfs/index.ts';
import { storedSize } from '../layer/index.ts';
import { diffTrees, layerPlan, type PlannedEntry } from '../tree/index.ts';
import type { Edit, EditOptions, EditResult } from './edit.ts';
import { editImages, type Workshop } from './edit-images.ts';
import { describesLayers, makesLayer, newStep, stepsOf, withCreated } from './history.ts';
import type { ImageState, LayerState } from './image-state.ts';
import { type JsonObject, withKey } from './json-object.ts';
import { LayerBodies } from './layer-bodies.ts';
import { familyOf } from './layer-types.ts';
import { type LayerWriting, writtenLayer } from './written-layer.ts';

export interface FlattenOptions extends EditOptions, LayerWriting {
  /** The first layer that is merged, counted from 1 at the bottom; all above go with it. 1 unless given. */
  readonly fromLayer?: number;
  /** So many layers at the top are merged, instead. */
  readonly last?: number;
}

/**
 * Merges layers of an image into one. It holds what the merged layers leave of themselves over those that stay, as the same
 * bytes on any machine: link groups are whole in it wherever their first name was, and what one of the layers removed from
 * another of them is gone. Layers that come to nothing leave none, as long as others stay.
 *
 * @example
 * import { flattenImage } from 'holdfast';
 *
 * await flattenImage('oci:images:app', 'registry.example/app:flat', { all: true });
 *
 * @throws USAGE for layers that are not there, HOST_UNSUPPORTED for Windows images
 * @throws the codes of `readLayers` and `applyLayers`, and every code of references, documents, the network and the store
 */
export async function flattenImage(from: string, to: string, options: FlattenOptions = {}): Promise<EditResult> {
  const { fromLayer, last } = options;
  if (fromLayer !== undefined && last !== undefined) {
    throw new HoldfastError('USAGE', { message: 'a first layer and a number of last layers do not go together' });
  }
  return await editImages(from, to, options, (workshop) => new Flattening(options, workshop));
}

class Flattening implements Edit {
  readonly #options: FlattenOptions;
  readonly #workshop: Workshop;

  constructor(options: FlattenOptions, workshop: Workshop) {
    this.#options = options;
    this.#workshop = workshop;
  }

  async image(image: Image, state: ImageState): Promise<ImageState> {
    if (image.platform.os === 'windows') {
      throw new HoldfastError('HOST_UNSUPPORTED', { what: 'layers of a Windows image cannot be merged' });
    }
    const first = firstMerged(image, this.#options);
    if (first > image.layers.length) return state;
    const kept = state.layers.slice(0, first - 1);
    const merged = await this.#merge(image, first);
    const layers = [...kept, ...this.#choose(merged, state.layers.slice(first - 1))];
    if (layers.length === state.layers.length && layers.every((layer, at) => layer === state.layers[at])) return state;
    return { ...state, layers, config: this.#describe(state, first, merged !== undefined) };
  }

  /** Undefined where the layers come to nothing and others stay. */
  async #merge(image: Image, first: number): Promise<LayerState | undefined> {
    const { limits = defaultLimits, onEvent } = this.#options;
    onEvent?.({ kind: 'phase', phase: 'layers' });
    using bodies = new LayerBodies(image, { ...this.#options, limits });
    const indexes = await bodies.indexes(first);
    onEvent?.({ kind: 'phase', phase: 'apply' });
    const { tree, lower, notes } = splitLayers(image, indexes, first - 1, { limits });
    for (const note of notes.notes) if (!image.notes.includes(note)) this.#workshop.note(note);
    // What a layer has again is written again: reading everything below to find out costs more than it brings.
    const plan = layerPlan(lower, tree, diffTrees(lower, tree, { sameContent: () => false }));
    if (plan.length === 0 && first > 1) return undefined;
    await bodies.require(layersOf(plan));
    onEvent?.({ kind: 'phase', phase: 'write' });
    const family = familyOf(image.manifest.mediaType);
    return await writtenLayer(plan, bodies.open, family, { bench: this.#workshop, options: this.#options });
  }

  /** A single layer that is what it would become stays, unless it is asked for in another form. */
  #choose(merged: LayerState | undefined, before: readonly LayerState[]): readonly LayerState[] {
    const [only] = before;
    const { compression, compressionLevel } = this.#options;
    const isAsked = compression !== undefined || compressionLevel !== undefined;
    if (before.length === 1 && only?.diffId === merged?.diffId && (!isAsked || only?.digest === merged?.digest)) {
      return before;
    }
    return merged ? [merged] : [];
  }

  /** Steps whose layers were merged stay as steps that made none, and one more stands for the new layer. */
  #describe({ config, layers }: ImageState, first: number, hasLayer: boolean): JsonObject {
    const { created, history } = this.#options;
    const dated = withCreated(config, created);
    const steps = stepsOf(config);
    if (steps.length === 0) return dated;
    if (!describesLayers(steps, layers.length)) {
      this.#workshop.note({ code: 'HISTORY_DROPPED' });
      return withKey(dated, 'history', undefined);
    }
    let number = 0;
    const told = steps.map((step) =>
      makesLayer(step) && ++number >= first ? withKey(step, 'empty_layer', true) : step,
    );
    const createdBy = history ?? `holdfast flatten${first > 1 ? ` --from-layer ${first}` : ''}`;
    const step = newStep(dated, { createdBy, created });
    return withKey(dated, 'history', hasLayer ? [...told, step] : told);
  }
}

/** @throws USAGE */
function firstMerged({ layers, platform }: Image, { fromLayer, last }: FlattenOptions): number {
  const first = fromLayer ?? (last === undefined ? 1 : layers.length - last + 1);
  if (first === 1 || (Number.isSafeInteger(first) && first > 1 && first <= layers.length)) return first;
  const message = fromLayer === undefined ? `there are no ${last} layers to merge` : `there is no layer ${fromLayer}`;
  const hint = `the image for ${platform.os}/${platform.architecture} has ${layers.length}, counted from 1 at the bottom`;
  throw new HoldfastError('USAGE', { message, hint });
}

/** The layers that have the content of what is planned. */
function layersOf(plan: readonly PlannedEntry[]): ReadonlySet<number> {
  const layers = new Set<number>();
  for (const entry of plan) if (entry.kind === 'inode' && storedSize(entry.inode) > 0) layers.add(entry.inode.layer);
  return layers;
}
