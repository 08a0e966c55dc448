import { defaultLimits, type Digest, type DiffId } from '../base/index.ts';
import type { Image } from '../image/index.ts';
import { readLayers } from '../layer/index.ts';
import { formatPlatform } from '../oci/index.ts';
import { layerSources, mergeLayers, type RootfsOptions } from '../rootfs/index.ts';
import { type NoteFacts, noteFacts } from './note-facts.ts';

/** An image of which every byte was hashed. */
export interface ValidImage {
  /** Digest of the manifest. */
  readonly digest: Digest;
  readonly platform: string;
  readonly layers: readonly ValidLayer[];
  readonly notes: readonly NoteFacts[];
}

export interface ValidLayer {
  readonly number: number;
  readonly digest: Digest;
  readonly diffId: DiffId;
  /** Bytes as stored. */
  readonly size: number;
  readonly uncompressedSize: number;
  /** Entries of its archive. */
  readonly entries: number;
}

/**
 * Reads all layers of an opened image, whatever is cached, and lays them over each other.
 * @throws DIGEST_MISMATCH, SIZE_MISMATCH, DIFFID_MISMATCH, every other code of the image and layer families
 */
export async function validateImage(image: Image, options: RootfsOptions = {}): Promise<ValidImage> {
  const limits = options.limits ?? defaultLimits;
  const read = await readLayers(layerSources(image.layers), () => ({ kind: 'none' }), { ...options, limits });
  const indexes = read.map(({ index }) => index);
  const { notes } = mergeLayers(image, indexes, { limits, onConflict: options.onConflict });
  const layers = indexes.map((index, position) => ({
    number: position + 1,
    digest: index.digest,
    diffId: index.diffId,
    size: index.storedSize,
    uncompressedSize: index.size,
    entries: index.table.length,
  }));
  const platform = formatPlatform(image.platform);
  return { digest: image.manifestDigest, platform, layers, notes: notes.notes.map(noteFacts) };
}
