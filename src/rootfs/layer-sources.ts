import type { Image, ImageLayer } from '../image/index.ts';
import type { DeliveredLayer } from '../layer/index.ts';

/** Layers of an opened image as blobs that worker threads can read. Opens each blob; one that is remote begins to arrive. */
export async function layerSources(layers: Image['layers']): Promise<DeliveredLayer[]> {
  return await Promise.all(layers.map(layerSource));
}

async function layerSource(layer: ImageLayer): Promise<DeliveredLayer> {
  const { fd, offset, delivery } = await layer.open();
  const { number, digest, size, mediaType, diffId } = layer;
  return { number, file: fd, offset, digest, size, mediaType, diffId, ...(delivery === undefined ? {} : { delivery }) };
}
