/** Layer indexes on disk, by the digest of the stored blob: a known layer needs no reading to be looked into. */
import path from 'node:path';
import { type Digest, digestAlgorithm, digestHex, type Limits } from '../base/index.ts';
import { cacheDirectory, readCacheFile, servesUnder, writeCacheFile } from './cache-directory.ts';
import { decodeIndex, encodeIndex } from './index-file.ts';
import type { LayerIndex } from './layer-index.ts';

/** The cached index of a blob; undefined when there is none, it is damaged, or it was made under looser limits. */
export function loadIndex(digest: Digest, limits: Limits): LayerIndex | undefined {
  try {
    const index = decodeIndex(readCacheFile(fileOf(digest)));
    return index?.digest === digest && servesUnder(limits, index.limits) ? index : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps an index, where that is possible. */
export function saveIndex(index: LayerIndex): void {
  writeCacheFile(fileOf(index.digest), () => encodeIndex(index));
}

function fileOf(digest: Digest): string {
  return path.join(cacheDirectory(), `${digestAlgorithm(digest)}-${digestHex(digest)}`);
}
