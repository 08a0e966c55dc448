/** Lists of a test registry, page by page: tags, repositories, referrers. */
import { mediaTypes } from '../oci/index.ts';
import type { JsonObject } from './image-of.ts';
import { type Answer, jsonAnswer, quirkRefusal, refusal } from './registry-answers.ts';
import { digestOf } from './registry-blobs.ts';
import type { RepositoryContent, StoredManifest } from './registry-content.ts';
import type { Exchange } from './registry-exchange.ts';
import { documentOf } from './registry-manifest-rules.ts';
import { subjectOf } from './registry-manifests.ts';

export function answerTags(exchange: Exchange, name: string): Answer {
  const { quirks, content } = exchange;
  if (quirks.tagList !== 'answered') return quirkRefusal(quirks.tagList);
  const repository = content.repositories.get(name);
  if (repository === undefined) return refusal(404, 'NAME_UNKNOWN', 'there is no such repository');
  return pageAnswer(exchange, [...repository.tags.keys()], (tags) => ({ name, tags }));
}

export function answerCatalog(exchange: Exchange): Answer {
  const { quirks, content } = exchange;
  if (quirks.catalog !== 'answered') return quirkRefusal(quirks.catalog);
  return pageAnswer(exchange, [...content.repositories.keys()], (repositories) => ({ repositories }));
}

export function answerReferrers(exchange: Exchange, name: string, reference: string): Answer {
  const { quirks, content, url } = exchange;
  if (quirks.referrers !== 'answered') return quirkRefusal(quirks.referrers);
  if (digestOf(reference) === undefined) return refusal(400, 'DIGEST_INVALID', 'this is not a digest');
  const type = url.searchParams.get('artifactType');
  const filters = type !== null && quirks.referrersFilter === 'answered';
  const all = referrersOf(content.repositories.get(name), reference);
  const matching = filters ? all.filter((descriptor) => descriptor['artifactType'] === type) : all;
  const at = Number(url.searchParams.get('at') ?? 0);
  const next = at + quirks.referrersPageSize;
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: matching.slice(at, next) };
  return jsonAnswer(200, index, {
    'content-type': mediaTypes.ociIndex,
    'oci-filters-applied': filters ? 'artifactType' : undefined,
    link: next < matching.length ? linkTo(exchange, { at: String(next) }) : undefined,
  });
}

function pageAnswer(exchange: Exchange, all: string[], document: (page: string[]) => JsonObject): Answer {
  const { quirks, url } = exchange;
  const asked = url.searchParams.get('n');
  const wanted = asked === null ? quirks.pageSize : Number(asked);
  if (!Number.isSafeInteger(wanted) || wanted < 0) return refusal(400, 'PAGINATION_NUMBER_INVALID', 'n is no number');
  if (wanted > quirks.pageLimit && asked !== null && quirks.pageLimitExceeded === 'refused') {
    return refusal(400, 'PAGINATION_NUMBER_INVALID', `n is larger than ${quirks.pageLimit}`);
  }
  const size = Math.min(wanted, quirks.pageLimit);
  const last = url.searchParams.get('last') ?? '';
  const rest = all.sort(inByteOrder).filter((entry) => inByteOrder(entry, last) > 0);
  const page = rest.slice(0, size);
  const end = page.at(-1);
  const hasMore = end !== undefined && rest.length > page.length;
  return jsonAnswer(200, document(page), {
    link: hasMore ? linkTo(exchange, { n: String(size), last: end }) : undefined,
  });
}

function linkTo({ url, quirks, origin }: Exchange, parameters: Readonly<Record<string, string>>): string | undefined {
  if (quirks.link === 'absent') return undefined;
  const next = new URL(url);
  for (const [name, value] of Object.entries(parameters)) next.searchParams.set(name, value);
  return `<${quirks.link === 'absolute' ? origin : ''}${next.pathname}${next.search}>; rel="next"`;
}

function inByteOrder(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function referrersOf(repository: RepositoryContent | undefined, subject: string): JsonObject[] {
  return [...(repository?.manifests.values() ?? [])].flatMap((manifest) => {
    const document = documentOf(manifest.bytes);
    return document && subjectOf(document) === subject ? [referrer(manifest, document)] : [];
  });
}

/** As distribution-spec says: a manifest without an artifact type counts as one of its config's media type. */
function referrer({ mediaType, digest, bytes }: StoredManifest, document: JsonObject): JsonObject {
  const config = document['config'] as JsonObject | undefined;
  return {
    mediaType,
    digest,
    size: bytes.length,
    artifactType: document['artifactType'] ?? config?.['mediaType'],
    annotations: document['annotations'],
  };
}
