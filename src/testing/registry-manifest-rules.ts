/** Which manifests a test registry takes. */
import type { Digest } from '../base/index.ts';
import { isForeignLayerMediaType } from '../oci/index.ts';
import type { JsonObject } from './image-of.ts';
import type { RepositoryContent } from './registry-content.ts';
import type { RegistryQuirks } from './registry-quirks.ts';

interface PushedManifest {
  readonly document: JsonObject | undefined;
  readonly mediaType: string;
  readonly repository: RepositoryContent;
  readonly quirks: Required<RegistryQuirks>;
}

interface Problem {
  readonly status?: number;
  readonly code: string;
  readonly message: string;
}

/** A JSON object, or undefined for anything else. */
export function documentOf(bytes: Buffer): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

/** What is wrong with a manifest that is pushed. */
export function problemOf(pushed: PushedManifest): Problem | undefined {
  const { document, mediaType, quirks } = pushed;
  if (document === undefined) return invalid('the manifest is not a JSON object');
  const own = document['mediaType'];
  if (own !== undefined && own !== mediaType)
    return invalid('the manifest and Content-Type name different media types');
  if (quirks.manifestTypes.length > 0 && !quirks.manifestTypes.includes(mediaType)) {
    return { ...invalid(`manifests of type ${mediaType} are not taken`), status: quirks.manifestTypesRefusal };
  }
  return problemOfConfig(pushed, document) ?? problemOfBlobs(pushed, document) ?? problemOfChildren(pushed, document);
}

function problemOfConfig({ quirks }: PushedManifest, document: JsonObject): Problem | undefined {
  const [config] = descriptorsOf([document['config']]);
  if (config === undefined || quirks.configTypes.length === 0) return undefined;
  return quirks.configTypes.includes(config.mediaType)
    ? undefined
    : invalid(`configs of type ${config.mediaType} are not taken`);
}

function problemOfBlobs({ repository }: PushedManifest, document: JsonObject): Problem | undefined {
  const blobs = [...descriptorsOf([document['config']]), ...descriptorsOf(document['layers'])];
  const missing = blobs.find(
    ({ digest, mediaType }) => !repository.blobs.has(digest) && !isForeignLayerMediaType(mediaType),
  );
  return missing && { code: 'MANIFEST_BLOB_UNKNOWN', message: `the blob ${missing.digest} is not in this repository` };
}

function problemOfChildren({ repository, quirks, mediaType }: PushedManifest, document: JsonObject) {
  const children = descriptorsOf(document['manifests']);
  const missing = children.find(({ digest }) => !repository.manifests.has(digest));
  if (missing && quirks.sparseIndexes === 'refused') {
    return { code: 'MANIFEST_BLOB_UNKNOWN', message: `the manifest ${missing.digest} is not in this repository` };
  }
  const mixed = children.some((child) => isDocker(child.mediaType) !== isDocker(mediaType));
  return quirks.refusesMixedIndexes && mixed
    ? invalid('an index and its manifests are of different families')
    : undefined;
}

function isDocker(mediaType: string): boolean {
  return mediaType.startsWith('application/vnd.docker.');
}

function descriptorsOf(value: unknown): readonly { readonly digest: Digest; readonly mediaType: string }[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown) => {
    if (typeof item !== 'object' || item === null) return [];
    const { digest, mediaType } = item as JsonObject;
    return typeof digest === 'string' ? [{ digest: digest as Digest, mediaType: String(mediaType) }] : [];
  });
}

function invalid(message: string): Problem {
  return { code: 'MANIFEST_INVALID', message };
}
