/** The documents of a docker-archive: `manifest.json`, the index of its layout, and the manifest where it changes. */
import { type Digest, type DiffId, HoldfastError, maxDocumentBytes, parseDigest } from '../base/index.ts';
import { digestOf } from '../codec/index.ts';
import {
  type Descriptor,
  documentTooLarge,
  familiarImageName,
  formatImageName,
  type ImageManifest,
  type ImageName,
  mediaTypes,
  parseConfig,
} from '../oci/index.ts';
import type { DestinationDocument } from './image-destination.ts';
import { blobPath, entryOf, jsonBytes, layoutIndex } from './layout-documents.ts';

/** A layer that is in the archive uncompressed although its descriptor names it compressed. */
export interface PlainBlob {
  readonly diffId: DiffId;
  readonly size: number;
}

/** A manifest with its bytes. */
export interface DockerManifest {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/**
 * The manifest of what is in the archive: the image's own unless a layer was decompressed.
 *
 * @param plain layers that were, by the digest in the image's own manifest
 * @throws DIFFID_COUNT, DIFFID_MISMATCH when such a layer is not what the config says, DOCUMENT_INVALID
 */
export function manifestOf(
  { bytes, digest, mediaType }: DestinationDocument,
  { config, layers }: ImageManifest,
  configBytes: Uint8Array,
  plain: ReadonlyMap<Digest, PlainBlob>,
): DockerManifest {
  const diffIds = parseConfig(configBytes).rootfs.diff_ids;
  if (diffIds.length !== layers.length) {
    throw new HoldfastError('DIFFID_COUNT', { layers: layers.length, diffIds: diffIds.length });
  }
  if (!layers.some((layer) => plain.has(layer.digest))) return { bytes, digest, mediaType, config, layers };
  const plainType = mediaType === mediaTypes.dockerManifest ? mediaTypes.dockerLayer : mediaTypes.ociLayer;
  const stored = layers.map((layer, at) => {
    const blob = plain.get(layer.digest);
    if (blob === undefined) return layer;
    const [expected = '', actual] = [diffIds[at], blob.diffId];
    if (expected !== actual) throw new HoldfastError('DIFFID_MISMATCH', { expected, actual });
    return { mediaType: plainType, digest: parseDigest(actual), size: blob.size };
  });
  const changed = jsonBytes({ ...(JSON.parse(Buffer.from(bytes).toString()) as object), layers: stored });
  if (changed.length > maxDocumentBytes) throw documentTooLarge('the manifest');
  return { bytes: changed, digest: digestOf(changed), mediaType, config, layers: stored };
}

/** What every Docker reads, and podman when it does not take the archive for a layout. */
export function manifestJson({ config, layers }: DockerManifest, name: ImageName | undefined): Uint8Array {
  return jsonBytes([
    {
      Config: blobPath(config.digest),
      RepoTags: name === undefined ? null : [familiarImageName(name)],
      Layers: layers.map(({ digest }) => blobPath(digest)),
    },
  ]);
}

/** The index of the layout, with the names by which Docker with its containerd store, and podman, call the image. */
export function dockerIndex(manifest: DockerManifest, name: ImageName | undefined): Uint8Array {
  if (name === undefined) return layoutIndex([entryOf(manifest)]);
  const annotations = {
    'io.containerd.image.name': formatImageName(name),
    'org.opencontainers.image.ref.name': name.tag ?? 'latest',
  };
  return layoutIndex([entryOf(manifest, { annotations })]);
}
