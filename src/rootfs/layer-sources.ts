import type { Image } from '../image/index.ts';
import type { LayerSource } from '../layer/index.ts';

/** The layers of an opened image as blobs that worker threads can read. Opens each blob. */
export function layerSources(image: Image): LayerSource[] {
  return image.layers.map((layer) => {
    const { fd, offset } = layer.open();
    const { number, digest, size, mediaType, diffId } = layer;
    return { number, file: fd, offset, digest, size, mediaType, diffId };
  });
}
