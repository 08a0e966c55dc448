/** `append`: more layers on top. */
import { HoldfastError } from '../base/index.ts';
import type { Image } from '../image/index.ts';
import { type AddedLayer, asLayerOf, LayerAdder } from './added-layers.ts';
import type { Edit, EditOptions, EditResult } from './edit.ts';
import { editImages, type Workshop } from './edit-images.ts';
import type { ImageState } from './image-state.ts';
import { familyOf } from './layer-types.ts';
import { withMoreLayers } from './more-layers.ts';
import type { LayerWriting } from './written-layer.ts';

export interface AppendOptions extends EditOptions, LayerWriting {
  /**
   * What becomes a layer each, the last one on top: tar archives, plain or compressed, and directories. `-` is a tar on
   * stdin. A tar is kept as it is, unless a compression or a level is given.
   */
  readonly layerPaths: readonly string[];
  /** Say in the annotations what the image was before, so that it can be rebased later. */
  readonly setBaseAnnotations?: boolean;
}

/**
 * Puts layers on an image, or on `scratch`. The layers that are there stay as they are; none of them is read.
 *
 * @example
 * import { appendLayers } from 'holdfast';
 *
 * await appendLayers('debian:12', 'registry.example/app:1', { layerPaths: ['app.tar.gz', 'config/'] });
 *
 * @throws FILE_NOT_FOUND, HOST_REFUSED for what cannot be read, NAME_IS_MARKER, the codes of archives and layers, and every code of
 * references, documents, the network and the store
 */
export async function appendLayers(from: string, to: string, options: AppendOptions): Promise<EditResult> {
  const { layerPaths } = options;
  if (layerPaths.length === 0) {
    const hint = 'name tars or directories with --new-layer';
    throw new HoldfastError('USAGE', { message: 'there is nothing to append', hint });
  }
  const fromStdin = [from.replace(/^(?:oci|docker)-archive:-(?::.*)?$/, '-'), ...layerPaths].filter(
    (one) => one === '-',
  );
  if (fromStdin.length > 1) throw new HoldfastError('USAGE', { message: 'stdin can only be read once' });
  return await editImages(from, to, options, async (workshop) => {
    const added = await new LayerAdder(workshop, options).add(layerPaths);
    return new Addition(from, added, { workshop, options });
  });
}

class Addition implements Edit {
  readonly #from: string;
  readonly #added: readonly AddedLayer[];
  readonly #workshop: Workshop;
  readonly #options: AppendOptions;

  constructor(
    from: string,
    added: readonly AddedLayer[],
    { workshop, options }: { readonly workshop: Workshop; readonly options: AppendOptions },
  ) {
    this.#from = from;
    this.#added = added;
    this.#workshop = workshop;
    this.#options = options;
  }

  async image(image: Image, state: ImageState): Promise<ImageState> {
    const { created, history, setBaseAnnotations } = this.#options;
    if (image.platform.os === 'windows' && this.#added.some(({ isDirectory }) => isDirectory)) {
      throw new HoldfastError('HOST_UNSUPPORTED', {
        what: 'a directory cannot become a layer of a Windows image here',
      });
    }
    const family = familyOf(image.manifest.mediaType);
    const added = this.#added.map(({ name, layer }) => ({
      layer: asLayerOf(family, layer, this.#workshop),
      createdBy: history ?? `holdfast append --new-layer ${name.toWellFormed()}`,
    }));
    const { note } = this.#workshop;
    return withMoreLayers(image, state, added, { from: this.#from, created, setBaseAnnotations, note });
  }
}
