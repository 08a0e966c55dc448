/** Images and indexes: documents around layers, with the digests that hold them together. */
import type { Digest } from '../base/index.ts';
import { type BuiltLayer, sha256Of } from './layer-of.ts';

/** A JSON object of a document. */
export type JsonObject = Readonly<Record<string, unknown>>;

export interface ImageOptions {
  /** `os/architecture[/variant]`; linux/amd64 unless told otherwise. */
  readonly platform?: string;
  /** The runtime part of the config (`Env`, `Cmd`, `Labels`…). */
  readonly config?: JsonObject;
  /** One line per layer unless told otherwise. */
  readonly history?: readonly JsonObject[];
  /** The media types of the documents; OCI's unless told otherwise. */
  readonly format?: 'oci' | 'docker';
  /** Keys of the config document to add or replace; `undefined` removes one. */
  readonly configDocument?: JsonObject;
  /** Keys of the manifest to add or replace; `undefined` removes one. */
  readonly manifestDocument?: JsonObject;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}

export interface BuiltImage extends Descriptor {
  readonly kind: 'image';
  readonly layers: readonly BuiltLayer[];
  readonly platform: JsonObject;
  /** The config document's bytes. */
  readonly config: Buffer;
  readonly configDigest: Digest;
  /** The manifest's bytes; {@link Descriptor} is the manifest's. */
  readonly manifest: Buffer;
}

export interface BuiltIndex extends Descriptor {
  readonly kind: 'index';
  readonly members: readonly (BuiltImage | BuiltIndex)[];
  /** The index document's bytes; {@link Descriptor} is the index's. */
  readonly bytes: Buffer;
}

const created = '2023-11-14T22:13:20Z';

const mediaTypes = {
  oci: {
    config: 'application/vnd.oci.image.config.v1+json',
    manifest: 'application/vnd.oci.image.manifest.v1+json',
  },
  docker: {
    config: 'application/vnd.docker.container.image.v1+json',
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  },
} as const;

const indexMediaType = 'application/vnd.oci.image.index.v1+json';

/** An image of these layers, bottom layer first. */
export function imageOf(layers: readonly BuiltLayer[], options: ImageOptions = {}): BuiltImage {
  const types = mediaTypes[options.format ?? 'oci'];
  const platform = platformOf(options.platform ?? 'linux/amd64');
  const config = jsonBytes({
    created,
    ...platform,
    config: options.config ?? {},
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
    history: options.history ?? layers.map((_, index) => ({ created, created_by: `layer ${index + 1}` })),
    ...options.configDocument,
  });
  const configDigest = sha256Of(config);
  const manifest = jsonBytes({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: { mediaType: types.config, digest: configDigest, size: config.length },
    layers: layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
    ...options.manifestDocument,
  });
  const digest = sha256Of(manifest);
  const own = { mediaType: types.manifest, digest, size: manifest.length };
  return { kind: 'image', ...own, layers, platform, config, configDigest, manifest };
}

/** An index of these images (or indexes), each image with its platform. */
export function indexOf(members: readonly (BuiltImage | BuiltIndex)[], document: JsonObject = {}): BuiltIndex {
  const bytes = jsonBytes({
    schemaVersion: 2,
    mediaType: indexMediaType,
    manifests: members.map((member) => ({
      ...descriptorOf(member),
      ...(member.kind === 'image' ? { platform: member.platform } : {}),
    })),
    ...document,
  });
  return { kind: 'index', mediaType: indexMediaType, digest: sha256Of(bytes), size: bytes.length, members, bytes };
}

/** How an index refers to an image or index. */
export function descriptorOf({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

/** A document's bytes: compact JSON in the order of its keys. */
export function jsonBytes(document: unknown): Buffer {
  return Buffer.from(JSON.stringify(document));
}

function platformOf(text: string): JsonObject {
  const [os = 'linux', architecture = 'amd64', variant] = text.split('/');
  return { architecture, os, ...(variant === undefined ? {} : { variant }) };
}
