/** What a name means: by HEAD where that is answered properly, by GET where not. */
import { type Digest, isHoldfastError, maxDocumentBytes } from '../base/index.ts';
import type { HttpResponse } from '../http/index.ts';
import type { Descriptor } from '../oci/index.ts';
import {
  acceptedDocuments,
  claimedDigest,
  contentLengthOf,
  contentTypeOf,
  isDocumentMediaType,
  isEncoded,
  readDocument,
} from './document-answer.ts';
import { accessTo, pathOf, type Place } from './place.ts';
import type { FetchedManifest } from './registry-client.ts';

export interface ManifestQuestion {
  /** The tag, or the digest where there is one. */
  readonly reference: string;
  /** Set when the reference is a digest. */
  readonly digest: Digest | undefined;
  /** The whole name, for errors. */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Digest, size and media type. For a tag these are what the registry says, where it says all of them: whoever fetches
 * the digest has them checked.
 */
export async function resolveManifest(place: Place, question: ManifestQuestion): Promise<Descriptor> {
  const known = place.host.quirks.lacksManifestHead === true ? undefined : await headDescriptor(place, question);
  if (known) return known;
  const { bytes, digest, mediaType } = await fetchManifest(place, question);
  return { mediaType, digest, size: bytes.length };
}

/** @throws IMAGE_NOT_FOUND and what {@link readDocument} throws */
export async function fetchManifest(place: Place, question: ManifestQuestion): Promise<FetchedManifest> {
  return (await fetchTaggedManifest(place, question)).manifest;
}

/** The same with the entity tag of the answer, by which a later change can be made conditional. */
export async function fetchTaggedManifest(
  place: Place,
  question: ManifestQuestion,
): Promise<{ readonly manifest: FetchedManifest; readonly etag: string | undefined }> {
  for (let attempt = 1; ; attempt++) {
    const response = await ask(place, 'GET', question);
    if (response.status !== 200) throw await refusal(place, response, question);
    if (isEncoded(response) && attempt === 1) {
      await response.discard();
      continue;
    }
    try {
      const { digest: wanted, what } = question;
      const etag = response.header('etag');
      return { manifest: await readDocument(response, { host: place.host, what, wanted }), etag };
    } catch (error) {
      if (attempt >= maxAttempts || !isHoldfastError(error, 'TRANSFER_INTERRUPTED')) throw error;
    }
  }
}

/** Whether a manifest is there; asked of the registry itself, so that nothing needs to be fetched. */
export async function hasManifest(place: Place, question: ManifestQuestion): Promise<boolean> {
  if (place.host.quirks.lacksManifestHead !== true) {
    const response = await ask(place, 'HEAD', question);
    await response.discard();
    if (response.status === 200) return true;
    if (response.status === 404) return false;
    if (isHopeless.has(response.status)) throw await refusal(place, response, question);
  }
  const response = await ask(place, 'GET', question);
  if (response.status === 404) {
    await response.discard();
    return false;
  }
  if (response.status !== 200) throw await refusal(place, response, question);
  await response.discard();
  return true;
}

const maxAttempts = 4;
/** What GET would be answered with as well, after as much waiting as HEAD. */
const isHopeless: ReadonlySet<number> = new Set([429, 502, 503, 504]);

async function headDescriptor(place: Place, question: ManifestQuestion): Promise<Descriptor | undefined> {
  const response = await ask(place, 'HEAD', question);
  await response.discard();
  if (isHopeless.has(response.status)) throw await refusal(place, response, question);
  if (response.status !== 200 || isEncoded(response)) return undefined;
  const [mediaType, digest, size] = [contentTypeOf(response), claimedDigest(response), contentLengthOf(response)];
  if (!isDocumentMediaType(mediaType) || digest === undefined || !size || size > maxDocumentBytes) return undefined;
  // A registry that answers with another document than the one asked for is asked for the bytes.
  if (question.digest !== undefined && question.digest !== digest) return undefined;
  return { mediaType, digest, size };
}

function ask(place: Place, method: 'GET' | 'HEAD', { reference, signal }: ManifestQuestion): Promise<HttpResponse> {
  return place.host.send({
    method,
    target: pathOf(place, `manifests/${reference}`),
    access: accessTo(place, 'pull'),
    headers: { accept: acceptedDocuments },
    signal,
  });
}

function refusal(place: Place, response: HttpResponse, { what }: ManifestQuestion): Promise<Error> {
  return place.host.refusal(response, what, accessTo(place, 'pull'));
}
