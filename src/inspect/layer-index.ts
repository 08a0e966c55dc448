import { defaultLimits, HoldfastError } from '../base/index.ts';
import type { Image } from '../image/index.ts';
import { type LayerIndex, loadIndex, readLayers } from '../layer/index.ts';
import { layerSources, type RootfsOptions } from '../rootfs/index.ts';

/**
 * The index of one layer of an image: from the cache, or read and verified.
 * @param number 1 is the bottom layer
 * @throws USAGE, DIFFID_MISMATCH, every code of the archive and layer families
 */
export async function layerIndex(image: Image, number: number, options: RootfsOptions = {}): Promise<LayerIndex> {
  const layer = image.layers.find((one) => one.number === number);
  if (layer === undefined) {
    const hint = `the image has ${image.layers.length} layers, counted from 1 at the bottom`;
    throw new HoldfastError('USAGE', { message: `there is no layer ${number}`, hint });
  }
  const limits = options.limits ?? defaultLimits;
  const cached = loadIndex(layer.digest, limits);
  if (cached?.diffId === layer.diffId) return cached;
  const sources = layerSources([layer]);
  const [read] = await readLayers(sources, () => ({ kind: 'none' }), { ...options, limits });
  if (read === undefined) throw new HoldfastError('BUG', { message: 'a layer was read and is not there' });
  return read.index;
}
