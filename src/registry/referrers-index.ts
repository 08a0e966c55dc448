/** The list of referrers that clients keep under a tag, where a registry has no referrers API: changed by read, modify, write. */
import { type Digest, isHoldfastError, maxDocumentBytes } from '../base/index.ts';
import { digestOf } from '../codec/index.ts';
import { type Descriptor, documentTooLarge, mediaTypes, parseDocument, parseIndex } from '../oci/index.ts';
import type { Place } from './place.ts';
import { fetchTaggedManifest } from './pull-manifest.ts';
import { putDocument } from './put-document.ts';
import { fallbackTag } from './referrers.ts';
import type { FetchedManifest } from './registry-client.ts';

export interface Referrer {
  readonly subject: Digest;
  /** What stands in the list. */
  readonly descriptor: Descriptor;
}

/** A manifest as a referrer of its subject; undefined for one without a subject, or that is none. */
export function referrerOf({ bytes, digest, mediaType }: FetchedManifest, what: string): Referrer | undefined {
  try {
    const document = parseDocument(bytes, { mediaType, what });
    if (document.subject === undefined) return undefined;
    const configType = document.kind === 'manifest' ? document.config.mediaType : undefined;
    const { annotations, artifactType = configType } = document;
    const about = { ...(artifactType ? { artifactType } : {}), ...(annotations ? { annotations } : {}) };
    return { subject: document.subject.digest, descriptor: { mediaType, digest, size: bytes.length, ...about } };
  } catch (error) {
    if (isHoldfastError(error)) return undefined;
    throw error;
  }
}

/** Adds an entry unless it is there. */
export function addReferrer(place: Place, { subject, descriptor }: Referrer, signal?: AbortSignal): Promise<void> {
  return change(place, subject, {
    apply: (entries) =>
      entries.some(({ digest }) => digest === descriptor.digest) ? undefined : [...entries, descriptor],
    signal,
  });
}

/** Removes an entry if it is there. */
export function removeReferrer(place: Place, { subject, descriptor }: Referrer, signal?: AbortSignal): Promise<void> {
  return change(place, subject, {
    apply: (entries) => {
      const left = entries.filter(({ digest }) => digest !== descriptor.digest);
      return left.length === entries.length ? undefined : left;
    },
    signal,
  });
}

interface Change {
  /** Undefined when there is nothing to change. */
  readonly apply: (entries: readonly Descriptor[]) => readonly Descriptor[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

const maxAttempts = 10;
const underWay = new WeakMap<object, Map<string, Promise<unknown>>>();

/** Changes of this process take turns; those of others are found out by the entity tag, or by looking again afterwards. */
async function change(place: Place, subject: Digest, wanted: Change): Promise<void> {
  const queues = underWay.get(place.host) ?? new Map<string, Promise<unknown>>();
  underWay.set(place.host, queues);
  const key = `${place.repository}@${subject}`;
  const before = queues.get(key) ?? Promise.resolve();
  const turn = before.then(
    () => changeNow(place, subject, wanted),
    () => changeNow(place, subject, wanted),
  );
  queues.set(key, turn);
  try {
    await turn;
  } finally {
    if (queues.get(key) === turn) queues.delete(key);
  }
}

async function changeNow(place: Place, subject: Digest, { apply, signal }: Change): Promise<void> {
  const reference = fallbackTag(subject);
  const what = `the list of referrers ${place.host.registry}/${place.repository}:${reference}`;
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    signal?.throwIfAborted();
    const { entries, etag } = await read(place, reference, { what, signal });
    const changed = apply(entries);
    if (changed === undefined) return;
    const condition = etag === undefined ? {} : { condition: { 'if-match': etag } };
    const manifest = indexOf(changed, what);
    // Many registries give entity tags and ignore conditions. The next round looks whether this change is still there.
    await putDocument(place, { manifest, reference, what, signal, ...condition });
  }
  throw place.host.nonsense(what, 'others change it again and again');
}

interface Held {
  readonly entries: readonly Descriptor[];
  readonly etag?: string | undefined;
}

async function read(
  place: Place,
  reference: string,
  { what, signal }: { readonly what: string; readonly signal: AbortSignal | undefined },
): Promise<Held> {
  try {
    const { manifest, etag } = await fetchTaggedManifest(place, { reference, digest: undefined, what, signal });
    return { entries: parseIndex(manifest.bytes, { what }).manifests, etag };
  } catch (error) {
    if (isHoldfastError(error, 'IMAGE_NOT_FOUND')) return { entries: [] };
    throw error;
  }
}

function indexOf(manifests: readonly Descriptor[], what: string): FetchedManifest {
  const mediaType = mediaTypes.ociIndex;
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
  if (bytes.length > maxDocumentBytes) throw documentTooLarge(what);
  return { bytes, mediaType, digest: digestOf(bytes) };
}
