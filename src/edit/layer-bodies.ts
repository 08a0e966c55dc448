/** The content of an image's layers, uncompressed in temporary files, as far as it is needed. */
import { tmpdir } from 'node:os';
import { HoldfastError, type Limits, type OperationOptions } from '../base/index.ts';
import { host, openUnnamedFile } from '../host/index.ts';
import type { Image, ImageLayer } from '../image/index.ts';
import { type LayerIndex, layerRange, loadIndex, type OpenBody, readLayers, streamBodies } from '../layer/index.ts';
import { layerSources } from '../rootfs/index.ts';

export interface LayerBodiesOptions extends OperationOptions {
  readonly limits: Limits;
  readonly jobs?: number;
}

/** Disposing it closes the files, which no name leads to. */
export class LayerBodies implements Disposable {
  readonly #image: Image;
  readonly #options: LayerBodiesOptions;
  readonly #streams = new Map<number, number>();

  constructor(image: Image, options: LayerBodiesOptions) {
    this.#image = image;
    this.#options = options;
  }

  /**
   * What is known of each layer, bottom first. A layer that has to be read for that is read once: from `first` on with its
   * content, which will be asked for.
   * @throws the codes of `readLayers`, HOST_REFUSED
   */
  async indexes(first: number): Promise<readonly LayerIndex[]> {
    const known = new Map<number, LayerIndex>();
    for (const layer of this.#image.layers) {
      const index = knownIndex(layer, this.#options.limits);
      if (index) known.set(layer.number, index);
    }
    const missing = this.#image.layers.filter(({ number }) => !known.has(number));
    const read = await this.#read(missing, (number) => number >= first);
    for (const [at, index] of read.entries()) known.set(missing[at]?.number ?? 0, index);
    return this.#image.layers.map(({ number }) => known.get(number)).filter((index) => index !== undefined);
  }

  /** Has the content of these layers, counted from 1. @throws as {@link indexes} */
  async require(layers: ReadonlySet<number>): Promise<void> {
    const missing = this.#image.layers.filter(({ number }) => layers.has(number) && !this.#streams.has(number));
    await this.#read(missing, () => true);
  }

  /** The bodies of files of the layers that were required. */
  get open(): OpenBody {
    return streamBodies((inode) => layerRange(inode, ({ layer }) => this.#streams.get(layer)));
  }

  /** The open file that a layer that was required is in, uncompressed. */
  stream(layer: number): number {
    const file = this.#streams.get(layer);
    if (file === undefined) throw new HoldfastError('BUG', { message: `layer ${layer} was not required` });
    return file;
  }

  [Symbol.dispose](): void {
    for (const file of this.#streams.values()) host.close(file);
    this.#streams.clear();
  }

  async #read(layers: readonly ImageLayer[], isStreamed: (number: number) => boolean): Promise<LayerIndex[]> {
    if (layers.length === 0) return [];
    const read = await readLayers(
      layerSources(layers),
      ({ number }) => (isStreamed(number) ? { kind: 'stream', file: this.#openStream(number) } : { kind: 'none' }),
      this.#options,
    );
    return read.map(({ index }) => index);
  }

  #openStream(number: number): number {
    const file = openUnnamedFile(tmpdir());
    this.#streams.set(number, file);
    return file;
  }
}

/** One made for another DiffID is of no use: reading the layer tells whether that is wrong or of another algorithm. */
function knownIndex({ digest, diffId }: ImageLayer, limits: Limits): LayerIndex | undefined {
  const index = loadIndex(digest, limits);
  return index?.diffId === diffId ? index : undefined;
}
