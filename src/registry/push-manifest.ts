/** Bringing a manifest into a repository, byte by byte, and the list of its subject's referrers up to date. */
import { digestAlgorithm, HoldfastError } from '../base/index.ts';
import { digestOf } from '../codec/index.ts';
import type { Place } from './place.ts';
import { type DocumentPut, putDocument } from './put-document.ts';
import { addReferrer, referrerOf } from './referrers-index.ts';

/** @throws DIGEST_MISMATCH when the bytes do not have the digest they are said to have */
export async function pushManifest(place: Place, put: DocumentPut): Promise<void> {
  const { manifest, what, signal } = put;
  const actual = digestOf(manifest.bytes, digestAlgorithm(manifest.digest));
  if (actual !== manifest.digest) {
    throw new HoldfastError('DIGEST_MISMATCH', { expected: manifest.digest, actual, what });
  }
  const { knowsSubject } = await putDocument(place, put);
  const referrer = knowsSubject ? undefined : referrerOf(manifest, what);
  if (referrer) await addReferrer(place, referrer, signal);
}
