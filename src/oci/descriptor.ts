/** Descriptors: what points from one document to a blob (OCI image-spec, descriptor.md). */
import { createHash } from 'node:crypto';
import type * as v from 'valibot';
import { type Digest, digestAlgorithm, digestHex, HoldfastError } from '../base/index.ts';
import { invalid } from './json.ts';
import { type DocumentPlatform, documentPlatform } from './platform.ts';
import { digest, list, optional, record, size, type StringMap, stringMap, text } from './shape.ts';

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes of the blob. */
  readonly size: number;
  readonly platform?: DocumentPlatform | undefined;
  readonly annotations?: StringMap | undefined;
  /** Where a foreign layer can be had. Never fetched unasked. */
  readonly urls?: readonly string[] | undefined;
  readonly artifactType?: string | undefined;
  /** The blob itself in base64; see {@link embeddedData}. */
  readonly data?: string | undefined;
}

export const descriptor: v.GenericSchema<unknown, Descriptor> = record({
  mediaType: text,
  digest,
  size,
  platform: optional(documentPlatform),
  annotations: optional(stringMap),
  urls: optional(list(text)),
  artifactType: optional(text),
  data: optional(text),
});

/**
 * The blob a descriptor carries inside itself, verified; undefined when it carries none.
 *
 * @throws DOCUMENT_INVALID for malformed base64, SIZE_MISMATCH, DIGEST_MISMATCH
 */
export function embeddedData(descriptor: Descriptor, what: string): Uint8Array | undefined {
  if (descriptor.data === undefined) return undefined;
  const bytes = Buffer.from(descriptor.data, 'base64');
  if (bytes.toString('base64') !== descriptor.data) throw invalid(what, 'the data of a descriptor is not base64');
  const embedded = `the data embedded in ${what}`;
  if (bytes.length !== descriptor.size) {
    throw new HoldfastError('SIZE_MISMATCH', { expected: descriptor.size, actual: bytes.length, what: embedded });
  }
  const algorithm = digestAlgorithm(descriptor.digest);
  const hex = createHash(algorithm).update(bytes).digest('hex');
  if (hex === digestHex(descriptor.digest)) return bytes;
  const actual = `${algorithm}:${hex}`;
  throw new HoldfastError('DIGEST_MISMATCH', { expected: descriptor.digest, actual, what: embedded });
}

/** The annotation that names an image inside a layout (OCI image-spec, annotations.md). */
const refName = 'org.opencontainers.image.ref.name';

/** The name of an entry of a layout's index; undefined for a nameless one. */
export function refNameOf(descriptor: Descriptor): string | undefined {
  const annotations = descriptor.annotations;
  return annotations && Object.hasOwn(annotations, refName) ? annotations[refName] : undefined;
}
