/** Manifests and indexes as answers: their bytes, their media type, their digest, none of it believed unchecked. */
import { type Digest, digestAlgorithm, HoldfastError, isHoldfastError, parseDigest } from '../base/index.ts';
import { digestOf } from '../codec/index.ts';
import { documentTooLarge, isIndexMediaType, isManifestMediaType, mediaTypes, parseDocument } from '../oci/index.ts';
import type { HttpResponse } from '../http/index.ts';
import { maxDocumentBytes } from '../base/index.ts';
import type { FetchedManifest } from './registry-client.ts';
import type { RegistryHost } from './registry-host.ts';

/** Schema 1 is asked for only to be told apart from a missing image: registries convert or hide it otherwise. */
export const acceptedDocuments = [
  mediaTypes.ociIndex,
  mediaTypes.ociManifest,
  mediaTypes.dockerManifestList,
  mediaTypes.dockerManifest,
  'application/vnd.docker.distribution.manifest.v1+prettyjws;q=0.1',
  'application/vnd.docker.distribution.manifest.v1+json;q=0.1',
].join(', ');

/** The media type without parameters, in lower case; empty when there is none. */
export function contentTypeOf(response: HttpResponse): string {
  return (response.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** Bytes, as Content-Length says; undefined for none or an unusable one. */
export function contentLengthOf(response: HttpResponse): number | undefined {
  const text = response.header('content-length') ?? '';
  const value = /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  return value;
}

/** Docker-Content-Digest, undefined for none or an unusable one. It is a claim, no more. */
export function claimedDigest(response: HttpResponse): Digest | undefined {
  try {
    return parseDigest(response.header('docker-content-digest')?.trim() ?? '');
  } catch (error) {
    if (isHoldfastError(error, 'DIGEST_INVALID')) return undefined;
    throw error;
  }
}

/** Whether the body is compressed for the transfer, which was asked not to be. */
export function isEncoded(response: HttpResponse): boolean {
  return !/^(?:identity)?$/i.test((response.header('content-encoding') ?? '').trim());
}

/** @throws LIMIT_EXCEEDED past 4 MiB, TRANSFER_INTERRUPTED */
export async function readDocumentBytes(response: HttpResponse, what: string): Promise<Uint8Array> {
  if ((contentLengthOf(response) ?? 0) > maxDocumentBytes) {
    await response.discard();
    throw documentTooLarge(what);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body) {
      size += chunk.length;
      if (size > maxDocumentBytes) throw documentTooLarge(what);
      chunks.push(Buffer.from(chunk));
    }
  } finally {
    await response.discard();
  }
  return Buffer.concat(chunks);
}

/**
 * The document of an answer.
 *
 * @param wanted the digest that was asked for. Without one the digest is computed from the bytes, by the algorithm that the
 * registry uses for it; what else the registry says about it does not count.
 * @throws DIGEST_MISMATCH, MEDIA_TYPE_UNSUPPORTED, DOCUMENT_INVALID, DOCUMENT_AMBIGUOUS, LIMIT_EXCEEDED,
 * REGISTRY_PROTOCOL
 */
export async function readDocument(
  response: HttpResponse,
  { host, what, wanted }: { readonly host: RegistryHost; readonly what: string; readonly wanted: Digest | undefined },
): Promise<FetchedManifest> {
  const contentType = contentTypeOf(response);
  if (contentType.endsWith('/html') || isEncoded(response)) {
    await response.discard();
    const reason = isEncoded(response) ? 'it is compressed, though that was not asked for' : 'it is a web page';
    throw host.nonsense(what, reason);
  }
  const bytes = await readDocumentBytes(response, what);
  const digest = wanted === undefined ? ownDigest(bytes, claimedDigest(response)) : checked(bytes, wanted, what);
  const declared = saysNothing.has(contentType) ? undefined : contentType;
  const { mediaType } = parseDocument(bytes, { mediaType: declared, what });
  return { bytes, digest, mediaType };
}

/** Whether a media type is that of a manifest or an index. */
export function isDocumentMediaType(mediaType: string): boolean {
  return isManifestMediaType(mediaType) || isIndexMediaType(mediaType);
}

/** Types of servers that do not know what they hold: the document itself decides. */
const saysNothing: ReadonlySet<string> = new Set([
  '',
  'text/plain',
  'application/json',
  'application/octet-stream',
  'binary/octet-stream',
]);

function checked(bytes: Uint8Array, wanted: Digest, what: string): Digest {
  const actual = digestOf(bytes, digestAlgorithm(wanted));
  if (actual !== wanted) throw new HoldfastError('DIGEST_MISMATCH', { expected: wanted, actual, what });
  return wanted;
}

function ownDigest(bytes: Uint8Array, claimed: Digest | undefined): Digest {
  const sha256 = digestOf(bytes);
  if (claimed === undefined || claimed === sha256) return sha256;
  return digestOf(bytes, digestAlgorithm(claimed)) === claimed ? claimed : sha256;
}
