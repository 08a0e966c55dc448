/** The layers of an image in another compression: the same archives, under other digests. */
import { defaultLimits, type Digest } from '../base/index.ts';
import { type Compression, compressionOfMediaType } from '../codec/index.ts';
import type { Image, ImageLayer } from '../image/index.ts';
import { isForeignLayerMediaType } from '../oci/index.ts';
import type { EditOptions } from './edit.ts';
import type { Workshop } from './edit-images.ts';
import { type LayerState, newLayer } from './image-state.ts';
import { LayerBodies } from './layer-bodies.ts';
import { familyOf, layerMediaType } from './layer-types.ts';
import { chunksOf } from './tar-file.ts';
import { compressedBlob, type LayerWriting, noteZstd } from './written-layer.ts';

type Blob = Pick<LayerState, 'digest' | 'size'>;

export class Recompression {
  readonly #workshop: Workshop;
  readonly #options: EditOptions & LayerWriting;
  /** Each once, however many images have it. */
  readonly #done = new Map<Digest, Blob>();

  constructor(workshop: Workshop, options: EditOptions & LayerWriting) {
    this.#workshop = workshop;
    this.#options = options;
  }

  /**
   * Layers that are as they were asked to be stay, and so do those that nobody has (foreign ones).
   * @throws the codes of `readLayers`, USAGE for a level that the compression does not have
   */
  async layers(image: Image, states: readonly LayerState[]): Promise<readonly LayerState[]> {
    const layers: LayerState[] = [];
    for (const [at, state] of states.entries()) {
      const layer = image.layers[at];
      layers.push(layer && this.#isWanted(layer) ? await this.#compressed(image, layer) : state);
    }
    return layers;
  }

  #isWanted({ mediaType }: ImageLayer): boolean {
    const { compression, compressionLevel } = this.#options;
    const found = compressionOfMediaType(mediaType);
    if (found === undefined || isForeignLayerMediaType(mediaType)) return false;
    if (compression !== undefined && compression !== found) return true;
    return compressionLevel !== undefined && found !== 'none';
  }

  async #compressed(image: Image, layer: ImageLayer): Promise<LayerState> {
    const { compression = compressionOfMediaType(layer.mediaType) ?? 'gzip' } = this.#options;
    const blob = this.#done.get(layer.digest) ?? (await this.#write(image, layer, compression));
    this.#done.set(layer.digest, blob);
    const family = familyOf(image.manifest.mediaType);
    if (compression === 'zstd') noteZstd(family, this.#workshop);
    const mediaType = layerMediaType(family, compression);
    return newLayer({ ...blob, mediaType, diffId: layer.diffId, origin: 'written' });
  }

  async #write(image: Image, { number }: ImageLayer, compression: Compression): Promise<Blob> {
    const { limits = defaultLimits, signal } = this.#options;
    using bodies = new LayerBodies(image, { ...this.#options, limits });
    await bodies.require(new Set([number]));
    const plain = chunksOf(bodies.stream(number), { name: `layer ${number}`, signal });
    return await compressedBlob(plain, compression, { bench: this.#workshop, options: this.#options });
  }
}
