/** One image on its way from what it is to what it will be. */
import type { Digest, DiffId } from '../base/index.ts';
import { digestOf } from '../codec/index.ts';
import type { Image } from '../image/index.ts';
import { parseConfig } from '../oci/index.ts';
import { type JsonObject, objectAt, objectsAt, readObject, withKey, writeObject } from './json-object.ts';

/** `kept`: the image had it; `written`: made here; `added`: from a file; `base`: from another image. */
export type LayerOrigin = 'kept' | 'written' | 'added' | 'base';

export interface LayerState {
  /** As the manifest has it, with everything nobody knows. */
  readonly descriptor: JsonObject;
  readonly digest: Digest;
  /** Bytes of the blob as stored. */
  readonly size: number;
  readonly mediaType: string;
  readonly diffId: DiffId;
  readonly origin: LayerOrigin;
}

/** The documents as values, and the layers, which stand in both, once and for themselves. */
export interface ImageState {
  /** What it says of config and layers does not count. */
  readonly manifest: JsonObject;
  /** What it says of DiffIDs does not count. */
  readonly config: JsonObject;
  /** Bottom first. */
  readonly layers: readonly LayerState[];
}

/** What is stored of an image. */
export interface ImageDocuments {
  readonly manifest: { readonly bytes: Uint8Array; readonly digest: Digest };
  readonly config: { readonly bytes: Uint8Array; readonly digest: Digest };
}

export function stateOf(image: Image): ImageState {
  const manifest = readObject(image.manifestBytes);
  const descriptors = objectsAt(manifest, 'layers');
  const layers = image.layers.map(({ digest, size, mediaType, diffId }, position): LayerState => ({
    descriptor: descriptors[position] ?? {},
    digest,
    size,
    mediaType,
    diffId,
    origin: 'kept',
  }));
  return { manifest, config: readObject(image.configBytes), layers };
}

/** A layer that no manifest names yet. */
export function newLayer(facts: Omit<LayerState, 'descriptor'>): LayerState {
  const { mediaType, digest, size } = facts;
  return { ...facts, descriptor: { mediaType, digest, size } };
}

export function withMediaType(layer: LayerState, mediaType: string): LayerState {
  return { ...layer, mediaType, descriptor: withKey(layer.descriptor, 'mediaType', mediaType) };
}

/**
 * The documents of an image that became this. A document in which nothing changed keeps its bytes.
 * @throws LIMIT_EXCEEDED for a config that became too large for anybody to read
 */
export function documentsOf(image: Image, { manifest, config, layers }: ImageState): ImageDocuments {
  const configBytes = writeObject(withDiffIds(config, image, layers), image.configBytes);
  const isSame = configBytes === image.configBytes;
  if (!isSame) parseConfig(configBytes);
  const configDigest = isSame ? image.manifest.config.digest : digestOf(configBytes);
  const changed = { ...manifest, ...changedParts(image, layers) };
  if (!isSame) {
    changed['config'] = pointedTo(objectAt(manifest, 'config'), { digest: configDigest, size: configBytes.length });
  }
  const bytes = writeObject(changed, image.manifestBytes);
  const digest = bytes === image.manifestBytes ? image.manifestDigest : digestOf(bytes);
  return { manifest: { bytes, digest }, config: { bytes: configBytes, digest: configDigest } };
}

/** A descriptor that leads to another blob. What it carried of the old one goes. */
export function pointedTo(descriptor: JsonObject, to: { readonly digest: Digest; readonly size: number }): JsonObject {
  return { ...descriptor, digest: to.digest, size: to.size, data: undefined };
}

function withDiffIds(config: JsonObject, { layers: before }: Image, layers: readonly LayerState[]): JsonObject {
  if (sameList(before, layers, ({ diffId }) => diffId)) return config;
  const rootfs = withKey(
    objectAt(config, 'rootfs'),
    'diff_ids',
    layers.map(({ diffId }) => diffId),
  );
  return withKey(config, 'rootfs', rootfs);
}

function changedParts({ layers: before }: Image, layers: readonly LayerState[]): Record<string, unknown> {
  if (sameList(before, layers, ({ digest, mediaType }) => `${digest} ${mediaType}`)) return {};
  return { layers: layers.map(({ descriptor }) => descriptor) };
}

type LayerFacts = Pick<LayerState, 'digest' | 'mediaType' | 'diffId'>;

function sameList(
  before: readonly LayerFacts[],
  after: readonly LayerFacts[],
  of: (layer: LayerFacts) => string,
): boolean {
  return before.length === after.length && before.map(of).join('\n') === after.map(of).join('\n');
}
