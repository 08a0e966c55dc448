/** Manifests and indexes, of OCI and of Docker: parsed once, at the edge, into typed values. */
import * as v from 'valibot';
import { HoldfastError, maxLayers, quoteText } from '../base/index.ts';
import { type Descriptor, descriptor, embeddedData } from './descriptor.ts';
import { invalid, parseJson } from './json.ts';
import {
  type IndexMediaType,
  isIndexMediaType,
  isManifestMediaType,
  isSchema1MediaType,
  type ManifestMediaType,
  mediaTypes,
} from './media-types.ts';
import { list, optional, record, shape, type StringMap, stringMap, text } from './shape.ts';

/** One image: a config and layers, bottom first. Unknown fields are kept. */
export interface ImageManifest {
  readonly kind: 'manifest';
  readonly mediaType: ManifestMediaType;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations?: StringMap | undefined;
  readonly artifactType?: string | undefined;
  readonly subject?: Descriptor | undefined;
}

/** Several images, usually one per platform. Unknown fields are kept. */
export interface ImageIndex {
  readonly kind: 'index';
  readonly mediaType: IndexMediaType;
  readonly manifests: readonly Descriptor[];
  readonly annotations?: StringMap | undefined;
  readonly artifactType?: string | undefined;
  readonly subject?: Descriptor | undefined;
}

export type ImageDocument = ImageManifest | ImageIndex;

export interface DocumentOptions {
  /** What the descriptor that led here says; without it the document's own word or its content decides. */
  readonly mediaType?: string | undefined;
  /** Names the document in errors, such as "the manifest". */
  readonly what: string;
}

/**
 * A manifest or an index.
 *
 * @throws DOCUMENT_INVALID, DIGEST_INVALID
 * @throws DOCUMENT_AMBIGUOUS when readers could take it for one or the other (CVE-2021-41190)
 * @throws MEDIA_TYPE_UNSUPPORTED for Docker schema 1 and for types that are neither
 * @throws LIMIT_EXCEEDED past 4 MiB or 1000 layers
 * @throws SIZE_MISMATCH, DIGEST_MISMATCH for embedded data that is not what its descriptor says
 */
export function parseDocument(bytes: Uint8Array, options: DocumentOptions): ImageDocument {
  const { what } = options;
  const value = parseJson(bytes, what);
  const header = shape(documentHeader, value, what);
  refuseSchema1(header, options);
  refuseBothKinds(header, what);
  const mediaType = decideMediaType(header, options);
  if (header.schemaVersion !== 2) throw invalid(what, 'schemaVersion should be 2');
  if (isManifestMediaType(mediaType)) return asManifest(value, mediaType, what);
  if (isIndexMediaType(mediaType)) return asIndex(value, mediaType, what);
  throw new HoldfastError('MEDIA_TYPE_UNSUPPORTED', { mediaType, what });
}

/** @throws as {@link parseDocument}, and DOCUMENT_INVALID for an index */
export function parseManifest(bytes: Uint8Array, options: DocumentOptions): ImageManifest {
  const document = parseDocument(bytes, options);
  if (document.kind === 'manifest') return document;
  throw invalid(options.what, 'it is an index, not the manifest of one image');
}

/** @throws as {@link parseDocument}, and DOCUMENT_INVALID for a manifest */
export function parseIndex(bytes: Uint8Array, options: DocumentOptions): ImageIndex {
  const document = parseDocument(bytes, options);
  if (document.kind === 'index') return document;
  throw invalid(options.what, 'it is the manifest of one image, not an index');
}

const documentHeader = record({
  schemaVersion: v.nullish(v.number()),
  mediaType: optional(text),
  config: v.optional(v.unknown()),
  layers: v.optional(v.unknown()),
  manifests: v.optional(v.unknown()),
  fsLayers: v.optional(v.unknown()),
});

type DocumentHeader = v.InferOutput<typeof documentHeader>;

const manifestFields: v.GenericSchema<unknown, Omit<ImageManifest, 'kind' | 'mediaType'>> = record({
  config: descriptor,
  layers: list(descriptor),
  annotations: optional(stringMap),
  artifactType: optional(text),
  subject: optional(descriptor),
});

const indexFields: v.GenericSchema<unknown, Omit<ImageIndex, 'kind' | 'mediaType'>> = record({
  manifests: list(descriptor),
  annotations: optional(stringMap),
  artifactType: optional(text),
  subject: optional(descriptor),
});

function refuseSchema1(header: DocumentHeader, { mediaType, what }: DocumentOptions): void {
  const declared = mediaType ?? header.mediaType ?? '';
  const isSchema1 = header.schemaVersion === 1 || 'fsLayers' in header || isSchema1MediaType(declared);
  if (!isSchema1) return;
  throw new HoldfastError('MEDIA_TYPE_UNSUPPORTED', {
    mediaType: isSchema1MediaType(declared) ? declared : 'application/vnd.docker.distribution.manifest.v1+json',
    what,
    hint: 'this is Docker image manifest version 2, schema 1, which registries no longer accept; push the image again with a current Docker, podman or skopeo',
  });
}

function refuseBothKinds(header: DocumentHeader, what: string): void {
  if (!('manifests' in header) || !('layers' in header || 'config' in header)) return;
  const reason = `it has "manifests" as an index has, and "${'layers' in header ? 'layers' : 'config'}" as a manifest has`;
  throw new HoldfastError('DOCUMENT_AMBIGUOUS', { what, reason });
}

function decideMediaType(header: DocumentHeader, { mediaType, what }: DocumentOptions): string {
  const own = header.mediaType;
  if (own !== undefined && mediaType !== undefined && own !== mediaType) {
    const reason = `it says its media type is ${quoteText(own)}, what refers to it says ${quoteText(mediaType)}`;
    throw new HoldfastError('DOCUMENT_AMBIGUOUS', { what, reason });
  }
  const declared = own ?? mediaType;
  if (declared !== undefined) return declared;
  if ('manifests' in header) return mediaTypes.ociIndex;
  if ('layers' in header || 'config' in header) return mediaTypes.ociManifest;
  throw invalid(what, 'it is neither a manifest nor an index');
}

function asManifest(value: unknown, mediaType: ManifestMediaType, what: string): ImageManifest {
  const fields = shape(manifestFields, value, what);
  if (fields.layers.length > maxLayers) {
    throw new HoldfastError('LIMIT_EXCEEDED', { limit: 'layers', flag: '', value: String(maxLayers) });
  }
  for (const part of [fields.config, ...fields.layers]) embeddedData(part, what);
  return { ...fields, kind: 'manifest', mediaType };
}

function asIndex(value: unknown, mediaType: IndexMediaType, what: string): ImageIndex {
  const fields = shape(indexFields, value, what);
  for (const part of fields.manifests) embeddedData(part, what);
  return { ...fields, kind: 'index', mediaType };
}
