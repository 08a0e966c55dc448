/** Deleting: a tag without what other tags share, or a manifest with all its tags. */
import { randomUUID } from 'node:crypto';
import { type Digest, HoldfastError, isHoldfastError } from '../base/index.ts';
import { digestOf } from '../codec/index.ts';
import type { HttpResponse } from '../http/index.ts';
import { mediaTypes } from '../oci/index.ts';
import { accessTo, pathOf, type Place } from './place.ts';
import { fetchManifest, resolveManifest } from './pull-manifest.ts';
import { putDocument } from './put-document.ts';
import { type Referrer, referrerOf, removeReferrer } from './referrers-index.ts';
import { complainsOf, readRefusal, type Refusal, refusalError } from './registry-errors.ts';
import type { FetchedManifest } from './registry-client.ts';

export interface Deletion {
  /** The whole name, for errors. */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
}

/** Deletes a manifest; every tag of it goes too. @throws REGISTRY_LACKS, IMAGE_NOT_FOUND */
export async function deleteByDigest(place: Place, digest: Digest, deletion: Deletion): Promise<void> {
  const referrer = await referrerBefore(place, digest, deletion);
  const refusal = await tryDelete(place, digest, deletion);
  if (refusal) throw await failure(place, refusal, deletion);
  // The manifest is gone in any case; a list that still names it does no harm.
  if (referrer) await removeReferrer(place, referrer, deletion.signal).catch(ignoreRefusal);
}

function ignoreRefusal(error: unknown): void {
  if (!isHoldfastError(error)) throw error;
}

/**
 * Deletes a tag and nothing else. Where a registry deletes manifests only, the tag is first given to a manifest of its
 * own, and that is deleted: what the tag meant, and other tags of it, stay.
 *
 * @throws REGISTRY_LACKS, IMAGE_NOT_FOUND
 */
export async function deleteTag(place: Place, tag: string, deletion: Deletion): Promise<void> {
  const refusal = await tryDelete(place, tag, deletion);
  if (refusal === undefined) return;
  if (!isLack(refusal)) throw await failure(place, refusal, deletion);
  // A tag that is not there must not come into being.
  const { digest } = await resolveManifest(place, { ...deletion, reference: tag, digest: undefined });
  await deleteByStandIn(place, tag, { ...deletion, digest });
}

/** Undefined when it worked. */
async function tryDelete(place: Place, reference: string, { signal }: Deletion): Promise<Refusal | undefined> {
  const response = await place.host.send({
    method: 'DELETE',
    target: pathOf(place, `manifests/${reference}`),
    access: accessTo(place, 'delete'),
    signal,
  });
  if (!isDeleted(response)) return readRefusal(response);
  await response.discard();
  return undefined;
}

function isDeleted({ status }: HttpResponse): boolean {
  return status === 202 || status === 200 || status === 204;
}

function isLack(refusal: Refusal): boolean {
  const { status } = refusal;
  return status === 405 || status === 400 || status === 501 || complainsOf(refusal, 'UNSUPPORTED', 'DIGEST_INVALID');
}

async function failure(place: Place, refusal: Refusal, { what }: Deletion): Promise<HoldfastError> {
  const { host } = place;
  if (isLack(refusal)) {
    const hint = 'deleting may be switched off there; ask whoever runs the registry';
    return new HoldfastError('REGISTRY_LACKS', { host: host.registry, what: 'deleting', hint });
  }
  return refusalError(refusal, await host.question(what, accessTo(place, 'delete')));
}

/** That deleting works at all is tried with a manifest that no tag has, before the tag is touched. */
async function deleteByStandIn(
  place: Place,
  tag: string,
  deletion: Deletion & { readonly digest: Digest },
): Promise<void> {
  const { what, digest, signal } = deletion;
  const lacks = (): HoldfastError => {
    const hint = `delete the manifest with all its tags instead: holdfast delete ${place.host.registry}/${place.repository}@${digest}`;
    return new HoldfastError('REGISTRY_LACKS', { host: place.host.registry, what: 'deleting a single tag', hint });
  };
  const trial = standIn();
  // Of a manifest that is not there, so that nothing is left behind where deleting is switched off.
  const probe = await tryDelete(place, trial.digest, deletion);
  if (probe && isLack(probe)) throw await failure(place, probe, deletion);
  if (probe && probe.status !== 404) throw lacks();
  try {
    await putDocument(place, { manifest: trial, reference: trial.digest, what, signal });
  } catch (error) {
    if (isHoldfastError(error, 'REGISTRY_REFUSED') || isHoldfastError(error, 'ACCESS_DENIED')) throw lacks();
    throw error;
  }
  if (await tryDelete(place, trial.digest, deletion)) throw lacks();
  const last = standIn();
  await putDocument(place, { manifest: last, reference: tag, what, signal });
  const refusal = await tryDelete(place, last.digest, deletion);
  if (refusal) throw await failure(place, refusal, deletion);
}

/** An index of nothing that has never been anywhere: it refers to no blob, so that none has to be there. */
function standIn(): FetchedManifest {
  const mediaType = mediaTypes.ociIndex;
  const annotations = { 'org.opencontainers.image.description': `to be deleted: ${randomUUID()}` };
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests: [], annotations }));
  return { bytes, mediaType, digest: digestOf(bytes) };
}

/** The manifest as an entry of a list of referrers, while it can still be read; what cannot be read is in none. */
async function referrerBefore(place: Place, digest: Digest, { what, signal }: Deletion): Promise<Referrer | undefined> {
  try {
    return referrerOf(await fetchManifest(place, { reference: digest, digest, what, signal }), what);
  } catch (error) {
    if (isHoldfastError(error)) return undefined;
    throw error;
  }
}
