/** Manifests and indexes of a test registry, by tag and by digest. */
import type { Digest } from '../base/index.ts';
import type { JsonObject } from './image-of.ts';
import { sha256Of } from './layer-of.ts';
import { type Answer, answer, quirkRefusal, refusal } from './registry-answers.ts';
import { digestOf } from './registry-blobs.ts';
import { isDigestOf, type StoredManifest } from './registry-content.ts';
import type { Exchange } from './registry-exchange.ts';
import { documentOf, problemOf } from './registry-manifest-rules.ts';

export async function answerManifest(exchange: Exchange, repository: string, reference: string): Promise<Answer> {
  switch (exchange.method) {
    case 'HEAD':
    case 'GET':
      return get(exchange, repository, reference);
    case 'PUT':
      return put(exchange, repository, reference);
    case 'DELETE':
      return deleteManifest(exchange, repository, reference);
    default:
      return refusal(405, 'UNSUPPORTED', 'manifests do not know this method');
  }
}

function get({ content, quirks, method, headers }: Exchange, repository: string, reference: string): Answer {
  if (method === 'HEAD' && quirks.manifestHead !== 'answered') return quirkRefusal(quirks.manifestHead);
  const manifest = content.manifest(repository, reference);
  if (manifest === undefined) return refusal(404, 'MANIFEST_UNKNOWN', 'there is no such manifest');
  if (quirks.manifestAccept === 'required' && !accepts(headers['accept'], manifest.mediaType)) {
    return refusal(404, 'MANIFEST_UNKNOWN', `the manifest is of type ${manifest.mediaType}, which is not accepted`);
  }
  const lacks = (header: 'digest' | 'length' | 'type'): boolean =>
    method === 'HEAD' && quirks.manifestHeadLacks.includes(header);
  return answer(
    200,
    {
      'content-type': lacks('type') ? undefined : quirks.manifestType.replaceAll('{type}', manifest.mediaType),
      'docker-content-digest': lacks('digest') ? undefined : statedDigest(quirks.manifestDigest, manifest),
      etag: `"${manifest.digest}"`,
      ...(lacks('length') ? { 'content-length': undefined } : {}),
    },
    manifest.bytes,
  );
}

function statedDigest(rule: 'right' | 'absent' | 'wrong', { digest }: StoredManifest): string | undefined {
  if (rule === 'absent') return undefined;
  return rule === 'right' ? digest : sha256Of(Buffer.from(digest));
}

function accepts(accept: string | undefined, mediaType: string): boolean {
  const types = (accept ?? '').split(',').map((type) => type.split(';')[0]?.trim());
  return types.includes(mediaType) || types.includes('*/*');
}

async function put(exchange: Exchange, repository: string, reference: string): Promise<Answer> {
  const { content, quirks, headers, url } = exchange;
  if (quirks.repositories === 'required' && !content.repositories.has(repository)) {
    return refusal(404, 'NAME_UNKNOWN', 'the repository does not exist');
  }
  const bytes = await exchange.body.bytes(quirks.manifestLimit);
  if (bytes === undefined) return refusal(413, 'SIZE_INVALID', 'the manifest is too large');
  const asked = digestOf(reference);
  if (asked !== undefined && !isDigestOf(asked, bytes)) return refusal(400, 'DIGEST_INVALID', 'that is another digest');
  const document = documentOf(bytes);
  const mediaType = headers['content-type'] ?? '';
  const problem = problemOf({ document, mediaType, repository: content.repository(repository), quirks });
  if (document === undefined || problem !== undefined) {
    const { status = 400, code = 'MANIFEST_INVALID', message = 'the manifest is not JSON' } = problem ?? {};
    return refusal(status, code, message);
  }
  const digest = asked ?? sha256Of(bytes);
  const tags = asked === undefined ? [reference] : askedTags(exchange);
  storeManifest(exchange, repository, { bytes, mediaType, digest }, tags);
  return answer(quirks.manifestPutStatus, {
    location: `/v2/${repository}/manifests/${digest}`,
    'docker-content-digest': digest,
    'oci-subject': quirks.referrers === 'answered' && quirks.subjectHeader === 'sent' ? subjectOf(document) : undefined,
    'oci-tag': asked !== undefined && url.searchParams.has('tag') && tags.length > 0 ? tags : undefined,
  });
}

function askedTags({ quirks, url }: Exchange): string[] {
  return quirks.tagParameters === 'accepted' ? url.searchParams.getAll('tag') : [];
}

function storeManifest(
  { content }: Exchange,
  repository: string,
  manifest: StoredManifest,
  tags: readonly string[],
): void {
  const { manifests, tags: known } = content.repository(repository);
  manifests.set(manifest.digest, manifest);
  for (const tag of tags) known.set(tag, manifest.digest);
}

/** The digest of the manifest that a manifest is about. */
export function subjectOf(document: JsonObject): string | undefined {
  const subject = document['subject'];
  if (typeof subject !== 'object' || subject === null) return undefined;
  const digest = (subject as JsonObject)['digest'];
  return typeof digest === 'string' ? digest : undefined;
}

function deleteManifest({ content, quirks }: Exchange, repository: string, reference: string): Answer {
  const known = content.repositories.get(repository);
  const digest = digestOf(reference);
  const rule = digest === undefined ? quirks.tagDelete : quirks.manifestDelete;
  if (rule !== 'answered') return quirkRefusal(rule);
  const isThere = digest === undefined ? known?.tags.delete(reference) : known?.manifests.delete(digest);
  if (known === undefined || isThere !== true) return refusal(404, 'MANIFEST_UNKNOWN', 'there is no such manifest');
  if (digest !== undefined) forgetTags(known.tags, digest);
  return answer(202);
}

function forgetTags(tags: Map<string, Digest>, digest: Digest): void {
  for (const [tag, target] of tags) if (target === digest) tags.delete(tag);
}
