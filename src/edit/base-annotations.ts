/** What an image says of the image it was built on (OCI image-spec, annotations.md). */
import { type Digest, isHoldfastError } from '../base/index.ts';
import { formatImageName, type ImageName, parseImageName, parseReference } from '../oci/index.ts';
import { type JsonObject, objectAt, withKey } from './json-object.ts';

const nameKey = 'org.opencontainers.image.base.name';
const digestKey = 'org.opencontainers.image.base.digest';

export interface BaseAnnotations {
  readonly name: string | undefined;
  readonly digest: string | undefined;
}

export function baseAnnotations(manifest: JsonObject): BaseAnnotations {
  const annotations = objectAt(manifest, 'annotations');
  const text = (key: string): string | undefined => {
    const value = annotations[key];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  return { name: text(nameKey), digest: text(digestKey) };
}

/** Without a reference, for a base that is nobody's or in no registry, the old name goes: it leads somewhere else. */
export function withBaseAnnotations(
  document: JsonObject,
  base: { readonly reference: string; readonly digest: Digest } | undefined,
): JsonObject {
  const before = objectAt(document, 'annotations');
  const name = base && registryName(base.reference);
  const after = {
    ...before,
    [nameKey]: name && formatImageName({ ...name, ...withoutDigest(name) }),
    [digestKey]: base?.digest,
  };
  return JSON.stringify(after) === JSON.stringify(before) ? document : withKey(document, 'annotations', after);
}

/** Such a name, as it was at a digest. */
export function referenceAt({ name, digest }: BaseAnnotations): string | undefined {
  if (name === undefined || digest === undefined) return undefined;
  const parsed = imageName(name);
  return parsed && `docker://${parsed.registry}/${parsed.repository}@${digest}`;
}

/** Such a name, as it is now. */
export function referenceOf(name: string | undefined): string | undefined {
  const parsed = name === undefined ? undefined : imageName(name);
  return parsed && `docker://${formatImageName(parsed)}`;
}

function imageName(name: string): ImageName | undefined {
  try {
    return parseImageName(name);
  } catch (error) {
    if (isHoldfastError(error, 'REFERENCE_INVALID')) return undefined;
    throw error;
  }
}

function registryName(reference: string): ImageName | undefined {
  const parsed = parseReference(reference);
  return parsed.transport === 'registry' ? parsed.name : undefined;
}

/** A name with a tag is one that can be asked again later. */
function withoutDigest({ tag, digest }: ImageName): { readonly digest?: Digest } {
  return tag === undefined && digest !== undefined ? { digest } : {};
}
