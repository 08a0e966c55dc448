/** PUT of manifests, by tag or by digest. */
import { type Digest, digestAlgorithm, HoldfastError } from '../base/index.ts';
import { digestOf } from '../codec/index.ts';
import { type Descriptor, type ImageDocument, parseDocument } from '../oci/index.ts';
import type { LayoutStore } from '../store/index.ts';
import { type Answer, fault } from './answer.ts';
import { type Entries, withManifest, withTag } from './change-entries.ts';
import { factsOfDocument } from './manifest-facts.ts';
import { isTag } from './names.ts';
import type { RegistryState } from './registry-state.ts';
import { readDocument, type Request } from './request.ts';
import { readDigest } from './routes.ts';

/**
 * Nothing that a manifest needs may be missing, but for foreign layers; what an index or a subject refers to may.
 *
 * @throws every code of documents, BLOB_MISSING, SIZE_MISMATCH, DIGEST_MISMATCH, HOST_REFUSED
 */
export async function putManifest(
  state: RegistryState,
  request: Request,
  repository: string,
  reference: string,
): Promise<Answer> {
  const digest = readDigest(reference);
  const tags = digest === undefined ? [reference] : request.query.getAll('tag');
  const problem = problemOf(reference, digest, tags);
  if (problem !== undefined) return problem;
  const bytes = await readDocument(request);
  if (bytes === undefined) return fault('TOOMANYREQUESTS', 'too many manifests at once');
  const document = parseDocument(bytes, { mediaType: declaredType(request), what: 'the manifest' });
  const descriptor = describe(bytes, document, digest);
  await save(state.store, { bytes, document, descriptor }, (entries) => {
    const target = { repository, home: state.home };
    const added = withManifest(entries, target, descriptor);
    return tags.reduce((changed, tag) => withTag(changed, target, tag, descriptor), added);
  });
  return created(repository, descriptor, document, digest === undefined ? [] : tags);
}

function problemOf(reference: string, digest: Digest | undefined, tags: readonly string[]): Answer | undefined {
  if (digest === undefined && reference.includes(':'))
    return fault('DIGEST_INVALID', 'the digest is malformed or of an unknown algorithm');
  const wrong = tags.find((tag) => !isTag(tag));
  if (wrong !== undefined) return fault('TAG_INVALID', 'the tag is malformed');
  return undefined;
}

/** What clients send that do not know better says nothing. */
function declaredType(request: Request): string | undefined {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';', 1);
  const mediaType = type.trim().toLowerCase();
  const isVague = ['', 'application/octet-stream', 'application/json', 'text/plain'].includes(mediaType);
  return isVague ? undefined : mediaType;
}

/** @throws DIGEST_MISMATCH */
function describe(bytes: Uint8Array, { mediaType }: ImageDocument, expected: Digest | undefined): Descriptor {
  const digest = digestOf(bytes, expected === undefined ? 'sha256' : digestAlgorithm(expected));
  if (expected === undefined || expected === digest) return { mediaType, digest, size: bytes.length };
  throw new HoldfastError('DIGEST_MISMATCH', { expected, actual: digest, what: 'the manifest' });
}

const mostAttempts = 3;

interface PushedManifest {
  readonly bytes: Uint8Array;
  readonly document: ImageDocument;
  readonly descriptor: Descriptor;
}

/** Under the lock of the index, so that nobody removes a blob between the look and the entry. */
async function save(
  store: LayoutStore,
  { bytes, document, descriptor }: PushedManifest,
  change: (entries: Entries) => Entries,
): Promise<void> {
  const { blobs } = factsOfDocument(document);
  for (let attempt = 1; ; attempt++) {
    await store.put(descriptor, bytes);
    let isSwept = false;
    await store.update((entries) => {
      isSwept = !isThere(store, descriptor);
      if (isSwept && attempt < mostAttempts) return entries;
      for (const blob of [descriptor, ...blobs]) requireBlob(store, blob);
      return change(entries);
    });
    if (!isSwept) return;
  }
}

function isThere(store: LayoutStore, { digest }: Descriptor): boolean {
  using blob = store.open(digest);
  return blob !== undefined;
}

/** @throws BLOB_MISSING, SIZE_MISMATCH */
function requireBlob(store: LayoutStore, { digest, size }: Descriptor): void {
  using blob = store.open(digest);
  if (blob === undefined) throw new HoldfastError('BLOB_MISSING', { digest, where: 'it was not pushed' });
  if (blob.size === size) return;
  throw new HoldfastError('SIZE_MISMATCH', { expected: size, actual: blob.size, what: `the blob ${digest}` });
}

function created(repository: string, { digest }: Descriptor, document: ImageDocument, tags: readonly string[]): Answer {
  return {
    status: 201,
    headers: {
      Location: `/v2/${repository}/manifests/${digest}`,
      'Docker-Content-Digest': digest,
      ...(document.subject === undefined ? {} : { 'OCI-Subject': document.subject.digest }),
      ...(tags.length === 0 ? {} : { 'OCI-Tag': tags }),
    },
  };
}
