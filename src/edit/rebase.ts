/** `rebase`: the same layers on another base, without building them again. */
import { HoldfastError } from '../base/index.ts';
import type { Image } from '../image/index.ts';
import { baseAnnotations, referenceAt, referenceOf, withBaseAnnotations } from './base-annotations.ts';
import { type BaseImage, BaseImages } from './base-images.ts';
import type { Edit, EditOptions, EditResult } from './edit.ts';
import { editImages, type Workshop } from './edit-images.ts';
import { describesLayers, newStep, stepsAbove, stepsOf, withCreated, withSteps } from './history.ts';
import { type ImageState, type LayerState, withMediaType } from './image-state.ts';
import { type JsonObject, withKey } from './json-object.ts';
import { type Family, familyOf, inFamily } from './layer-types.ts';
import { scratch } from './scratch.ts';
import { noteZstd } from './written-layer.ts';

export interface RebaseOptions extends EditOptions {
  /** What the image was built on; what its annotations say unless given. */
  readonly oldBase?: string;
  /** What it is to stand on; what is now under the name that its annotations say unless given. */
  readonly newBase?: string;
}

/**
 * Puts the layers that an image has over its base on another one. Settings stay those of the image. It is not tried whether
 * they suit the new base: what was made on a base with another ABI, say, will not run on it.
 *
 * @example
 * import { rebaseImage } from 'holdfast';
 *
 * await rebaseImage('registry.example/app:1', 'registry.example/app:1', { oldBase: 'debian:12.1', newBase: 'debian:12' });
 *
 * @throws BASE_UNKNOWN, BASE_MISMATCH, and every code of references, documents, the network and the store
 */
export async function rebaseImage(from: string, to: string, options: RebaseOptions = {}): Promise<EditResult> {
  return await editImages(from, to, options, (workshop) => new Rebase(options, workshop));
}

class Rebase implements Edit {
  readonly #options: RebaseOptions;
  readonly #workshop: Workshop;
  readonly #bases: BaseImages;

  constructor(options: RebaseOptions, workshop: Workshop) {
    this.#options = options;
    this.#workshop = workshop;
    this.#bases = new BaseImages(workshop);
  }

  async image(image: Image, state: ImageState): Promise<ImageState> {
    const stated = baseAnnotations(state.manifest);
    const oldName = this.#options.oldBase ?? referenceAt(stated);
    if (oldName === undefined) throw new HoldfastError('BASE_UNKNOWN', { image: image.reference, flag: '--old-base' });
    const newName = this.#options.newBase ?? referenceOf(stated.name);
    if (newName === undefined) throw new HoldfastError('BASE_UNKNOWN', { image: image.reference, flag: '--new-base' });
    const oldBase = await this.#bases.open(oldName, image.platform);
    requireBase(state.layers, oldBase);
    const newBase = await this.#bases.open(newName, image.platform);
    const layers = this.#layersOn(newBase, state.layers.slice(oldBase.state.layers.length));
    const family = familyOf(image.manifest.mediaType);
    return {
      layers: this.#inFamily(family, layers),
      config: this.#config(state, oldBase, newBase),
      manifest: this.#annotated(state.manifest, family, newBase),
    };
  }

  /** An index that says what it was built on says it of all its images. */
  async index(index: JsonObject): Promise<JsonObject> {
    const { name, digest } = baseAnnotations(index);
    const reference = this.#options.newBase ?? referenceOf(name);
    const isPart = (this.#options.platforms ?? []).length > 0;
    if ((name ?? digest) === undefined || reference === undefined || isPart) return index;
    const { root } = await this.#bases.source(reference);
    return withBaseAnnotations(index, reference === scratch ? undefined : { reference, digest: root.digest });
  }

  #layersOn({ state: { layers: below }, source }: BaseImage, above: readonly LayerState[]): readonly LayerState[] {
    for (const { digest } of below) this.#workshop.blobs.addFrom(source, digest);
    return [...below.map((layer): LayerState => ({ ...layer, origin: 'base' })), ...above];
  }

  /** Docker's tools refuse layers with media types of OCI, and the other way round. */
  #inFamily(family: Family, layers: readonly LayerState[]): readonly LayerState[] {
    const adapted = layers.map((layer) => withMediaType(layer, inFamily(layer.mediaType, family)));
    const changed = adapted.filter(({ mediaType }, at) => mediaType !== layers[at]?.mediaType);
    if (changed.length > 0) this.#workshop.note({ code: 'MEDIA_TYPES_ADAPTED', detail: String(changed.length) });
    if (changed.some(({ mediaType }) => mediaType.endsWith('zstd'))) noteZstd(family, this.#workshop);
    return adapted;
  }

  #config({ config, layers }: ImageState, oldBase: BaseImage, newBase: BaseImage): JsonObject {
    const { created, history } = this.#options;
    const version = newBase.state.config['os.version'];
    const versioned = typeof version === 'string' ? withKey(config, 'os.version', version) : config;
    const dated = withCreated(versioned, created);
    const rebased = this.#rebasedHistory({ config: dated, layers }, oldBase.state, newBase.state);
    if (history === undefined) return rebased;
    return withSteps(rebased, layers.length, [newStep(rebased, { createdBy: history, created, isEmpty: true })]);
  }

  #rebasedHistory(
    { config, layers }: Pick<ImageState, 'config' | 'layers'>,
    oldBase: ImageState,
    newBase: ImageState,
  ): JsonObject {
    const steps = stepsOf(config);
    if (steps.length === 0) return config;
    if (!describesLayers(steps, layers.length)) {
      this.#workshop.note({ code: 'HISTORY_DROPPED' });
      return withKey(config, 'history', undefined);
    }
    const above = stepsAbove(steps, stepsOf(oldBase.config), oldBase.layers.length);
    return withKey(config, 'history', [...baseSteps(newBase), ...above]);
  }

  /** Docker's manifests have no annotations by themselves, and get none here that they did not have. */
  #annotated(manifest: JsonObject, family: Family, { reference, image }: BaseImage): JsonObject {
    const { name, digest } = baseAnnotations(manifest);
    const isTold = (name ?? digest) !== undefined;
    if (family === 'docker' && !isTold) return manifest;
    if (reference === scratch) return isTold ? withBaseAnnotations(manifest, undefined) : manifest;
    return withBaseAnnotations(manifest, { reference, digest: image.manifestDigest });
  }
}

/** @throws BASE_MISMATCH */
function requireBase(layers: readonly LayerState[], { reference, state }: BaseImage): void {
  for (const [at, { digest, diffId }] of state.layers.entries()) {
    const own = layers[at];
    if (own?.digest === digest || own?.diffId === diffId) continue;
    throw new HoldfastError('BASE_MISMATCH', { base: reference, layer: at + 1, expected: digest, actual: own?.digest });
  }
}

/** A step for each layer, where the base itself does not tell. */
function baseSteps({ config, layers }: ImageState): readonly JsonObject[] {
  const steps = stepsOf(config);
  if (describesLayers(steps, layers.length)) return steps;
  return layers.map(() => newStep(config, { createdBy: '', created: undefined, comment: 'a layer of the base' }));
}
