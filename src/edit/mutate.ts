/** `mutate`: an image with another config or other annotations, and the same layers. */
import type { Image } from '../image/index.ts';
import type { ManifestMediaType } from '../oci/index.ts';
import { mediaTypes } from '../oci/index.ts';
import { changedConfig, type ConfigChanges, type TextMap, withEntries } from './config-changes.ts';
import { describeChanges } from './describe-changes.ts';
import type { Edit, EditOptions, EditResult } from './edit.ts';
import { editImages, type Workshop } from './edit-images.ts';
import { newStep, withCreated, withSteps } from './history.ts';
import type { ImageState } from './image-state.ts';
import type { JsonObject } from './json-object.ts';
import { familyOf } from './layer-types.ts';
import { Recompression } from './recompression.ts';
import type { LayerWriting } from './written-layer.ts';
import { HoldfastError } from '../base/index.ts';

/** A compression, or a level, is for the layers that are there: those that are not so already are compressed anew. */
export interface MutateOptions extends EditOptions, ConfigChanges, LayerWriting {
  /** Of the manifest of each image, and of the index itself where that is edited whole. */
  readonly annotations?: TextMap;
  readonly unsetAnnotations?: readonly string[];
}

/**
 * Changes what an image says of itself. The layers stay as they are, unless another compression is asked for, and an image that
 * says it all already stays as it is altogether.
 *
 * @example
 * import { mutateImage } from 'holdfast';
 *
 * await mutateImage('debian:12', 'oci:images:mine', { labels: { team: 'a' }, unsetEnv: ['DEBUG'], cmd: ['/bin/bash'] });
 *
 * @throws USAGE for values that no config can hold, and every code of references, documents, the network and the store
 */
export async function mutateImage(from: string, to: string, options: MutateOptions = {}): Promise<EditResult> {
  // Before anything is opened: what is wrong with the values has nothing to do with the image.
  changedConfig({}, options);
  withEntries({}, 'annotations', { set: options.annotations, unset: options.unsetAnnotations });
  return await editImages(from, to, options, (workshop) => new Mutation(options, workshop));
}

class Mutation implements Edit {
  readonly #options: MutateOptions;
  readonly #workshop: Workshop;
  readonly #recompression: Recompression;
  #count = 0;

  constructor(options: MutateOptions, workshop: Workshop) {
    this.#options = options;
    this.#workshop = workshop;
    this.#recompression = new Recompression(workshop, options);
  }

  async image(image: Image, state: ImageState): Promise<ImageState> {
    this.#refuseOnePlatformForMany();
    const config = this.#describe(
      state,
      withCreated(changedConfig(state.config, this.#options), this.#options.created),
    );
    const layers = await this.#recompression.layers(image, state.layers);
    return { layers, config, manifest: this.#annotated(state.manifest, image.manifest.mediaType) };
  }

  index(index: JsonObject, mediaType: string): JsonObject {
    // Docker's lists of manifests have none.
    return mediaType === mediaTypes.ociIndex ? this.#withAnnotations(index) : index;
  }

  /** Annotations are not of the config, which the history is about. */
  #describe({ config: before, layers }: ImageState, config: JsonObject): JsonObject {
    const { history, created } = this.#options;
    const isSame = JSON.stringify(before) === JSON.stringify(config);
    if (isSame && history === undefined) return config;
    const createdBy = history ?? describeChanges(this.#options);
    return withSteps(config, layers.length, [newStep(config, { createdBy, created, isEmpty: true })]);
  }

  #annotated(manifest: JsonObject, mediaType: ManifestMediaType): JsonObject {
    const annotated = this.#withAnnotations(manifest);
    if (annotated !== manifest && familyOf(mediaType) === 'docker') {
      this.#workshop.note({ code: 'ANNOTATIONS_OF_DOCKER' });
    }
    return annotated;
  }

  #withAnnotations(document: JsonObject): JsonObject {
    const { annotations, unsetAnnotations } = this.#options;
    return withEntries(document, 'annotations', { set: annotations, unset: unsetAnnotations });
  }

  #refuseOnePlatformForMany(): void {
    if (++this.#count === 1 || this.#options.setPlatform === undefined) return;
    const message = 'the images of an index cannot all have one platform';
    throw new HoldfastError('USAGE', { message, hint: 'choose one of them with --platform' });
  }
}
