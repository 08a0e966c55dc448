import { defaultLimits } from '../base/index.ts';
import type { Image } from '../image/index.ts';
import { type BodyDigests, loadDigests, readLayers } from '../layer/index.ts';
import { layerSources, type RootfsOptions } from '../rootfs/index.ts';
import { comparableFiles, type DigestOf, leastCompared } from './copies.ts';
import type { LayerFacts } from './layer-facts.ts';

/**
 * What files hold whose size others have too. Layers with such files are read once, unless their digests are in the cache.
 * @throws the codes of `readLayers`
 */
export async function contentDigests(
  image: Image,
  layers: readonly LayerFacts[],
  options: RootfsOptions,
): Promise<DigestOf> {
  const top = layers.at(-1);
  if (top === undefined) return () => undefined;
  const wanted = new Set(comparableFiles(top.after, leastCompared).map(({ inode }) => inode.layer));
  const digests = new Map<number, BodyDigests>();
  for (const { number, index } of layers) {
    const known = wanted.has(number) ? loadDigests(index) : undefined;
    if (known) digests.set(number, known);
  }
  const missing = layerSources(image.layers.filter(({ number }) => wanted.has(number) && !digests.has(number)));
  const limits = options.limits ?? defaultLimits;
  const read = await readLayers(missing, () => ({ kind: 'digests' }), { ...options, limits });
  for (const [at, { number }] of missing.entries()) {
    const found = read[at]?.digests;
    if (found) digests.set(number, found);
  }
  return ({ layer, row }) => digests.get(layer)?.get(row);
}
