import { HoldfastError } from '../base/index.ts';
import type { Image } from '../image/index.ts';

/**
 * An image as it was after its first layers: the same documents, fewer layers. The original stays the one to dispose.
 * @param count 0 (nothing but the root) up to the number of layers
 * @throws USAGE
 */
export function atLayer(image: Image, count: number): Image {
  const { length } = image.layers;
  if (!Number.isSafeInteger(count) || count < 0 || count > length) {
    const message = `there is no state after layer ${count}`;
    throw new HoldfastError('USAGE', { message, hint: `the image has ${length} layers, counted from 1 at the bottom` });
  }
  const layers = image.layers.slice(0, count);
  const { reference, manifestDigest, manifestBytes, mediaType, manifest, configBytes, config, platform, notes } = image;
  const documents = { reference, manifestDigest, manifestBytes, mediaType, manifest, configBytes, config };
  return { ...documents, platform, notes, layers, [Symbol.asyncDispose]: () => image[Symbol.asyncDispose]() };
}
