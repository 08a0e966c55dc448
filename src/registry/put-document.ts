/** One PUT of a manifest or index. */
import { accessTo, pathOf, type Place } from './place.ts';
import type { FetchedManifest } from './registry-client.ts';

export interface DocumentPut {
  readonly manifest: FetchedManifest;
  /** The tag, or the digest. */
  readonly reference: string;
  /** The whole name, for errors. */
  readonly what: string;
  /** `if-match`: when it does not hold, nothing is changed and that is no error. */
  readonly condition?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

export interface PutResult {
  /** The registry keeps the referrers of the subject itself. */
  readonly knowsSubject: boolean;
}

/** Exact bytes, under the media type that they have. */
export async function putDocument(place: Place, put: DocumentPut): Promise<PutResult> {
  const { manifest, reference, what, condition, signal } = put;
  const access = accessTo(place, 'pull', 'push');
  const response = await place.host.send({
    method: 'PUT',
    target: pathOf(place, `manifests/${reference}`),
    access,
    headers: { 'content-type': manifest.mediaType, ...condition },
    body: manifest.bytes,
    isRepeatable: true,
    signal,
  });
  const isStale = condition !== undefined && response.status === 412;
  const isDone = response.status === 200 || response.status === 201 || response.status === 202;
  if (!isDone && !isStale) throw await place.host.refusal(response, what, access);
  await response.discard();
  return { knowsSubject: response.header('oci-subject') !== undefined };
}
