import type { Image, ImageLayer } from '../image/index.ts';
import type { PendingLayer } from '../layer/index.ts';

/** Layers of an opened image as blobs that worker threads can read. One that is remote begins to arrive when it is opened. */
export function layerSources(layers: Image['layers']): PendingLayer[] {
  return layers.map((layer) => {
    const { number, digest, size, mediaType, diffId } = layer;
    return { number, digest, size, mediaType, diffId, open: () => locate(layer) };
  });
}

async function locate(layer: ImageLayer): ReturnType<PendingLayer['open']> {
  const { fd, offset, delivery } = await layer.open();
  return { file: fd, offset, ...(delivery === undefined ? {} : { delivery }) };
}
