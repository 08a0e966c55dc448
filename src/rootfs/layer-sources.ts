import type { Image, ImageLayer } from '../image/index.ts';
import type { DeliveredLayer } from '../layer/index.ts';

/**
 * Layers of an opened image as blobs that worker threads can read. Opens each blob; one that is remote begins to arrive.
 * All processes open blobs in one order: two that fetch the same image could each have one that the other waits for.
 */
export async function layerSources(layers: Image['layers']): Promise<DeliveredLayer[]> {
  const opened = new Map<ImageLayer, DeliveredLayer>();
  for (const layer of layers.toSorted((a, b) => (a.digest < b.digest ? -1 : 1))) {
    opened.set(layer, await layerSource(layer));
  }
  return layers.flatMap((layer) => opened.get(layer) ?? []);
}

async function layerSource(layer: ImageLayer): Promise<DeliveredLayer> {
  const { fd, offset, delivery } = await layer.open();
  const { number, digest, size, mediaType, diffId } = layer;
  return { number, file: fd, offset, digest, size, mediaType, diffId, ...(delivery === undefined ? {} : { delivery }) };
}
