/** Blobs of a test registry: asking for them, parts of them, and deleting them. */
import { type Digest, parseDigest } from '../base/index.ts';
import { type Answer, answer, noBody, quirkRefusal, refusal } from './registry-answers.ts';
import type { Exchange } from './registry-exchange.ts';

export function answerBlob(exchange: Exchange, repository: string, reference: string): Answer {
  const digest = digestOf(reference);
  if (digest === undefined) return refusal(400, 'DIGEST_INVALID', 'this is not a digest');
  if (exchange.method === 'DELETE') return deleteBlob(exchange, repository, digest);
  const blob = exchange.content.repositories.get(repository)?.blobs.get(digest);
  return exchange.method === 'HEAD' ? head(exchange, blob, digest) : get(exchange, repository, blob, digest);
}

/** A digest, or undefined for what is none. */
export function digestOf(text: string): Digest | undefined {
  try {
    return parseDigest(text);
  } catch {
    return undefined;
  }
}

function head({ quirks }: Exchange, blob: Buffer | undefined, digest: Digest): Answer {
  if (quirks.blobHead !== 'answered') return quirkRefusal(quirks.blobHead);
  if (blob === undefined) return quirkRefusal(quirks.missingBlobHead);
  return answer(200, blobHeaders(quirks, digest), blob);
}

function get(exchange: Exchange, repository: string, blob: Buffer | undefined, digest: Digest): Answer {
  const { quirks, headers } = exchange;
  if (blob === undefined) return refusal(404, 'BLOB_UNKNOWN', 'the blob is not in this repository');
  if (quirks.blobRedirect !== '') {
    const location = quirks.blobRedirect.replaceAll('{repository}', repository).replaceAll('{digest}', digest);
    return answer(307, { location });
  }
  const range = quirks.ranges === 'answered' ? headers['range'] : undefined;
  return range === undefined
    ? answer(200, blobHeaders(quirks, digest), blob)
    : part(range, blob, blobHeaders(quirks, digest));
}

function blobHeaders(quirks: Exchange['quirks'], digest: Digest): Record<string, string> {
  return {
    'content-type': quirks.blobType,
    'docker-content-digest': digest,
    etag: `"${digest}"`,
    ...(quirks.ranges === 'answered' ? { 'accept-ranges': 'bytes' } : {}),
  };
}

/** One range of RFC 9110; anything else is answered as if there were none. */
function part(range: string, blob: Buffer, headers: Record<string, string>): Answer {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if (from === '' && to === '') return answer(200, headers, blob);
  const start = from === '' ? Math.max(0, blob.length - Number(to)) : Number(from);
  const end = from === '' || to === '' ? blob.length - 1 : Math.min(Number(to), blob.length - 1);
  if (start > end) return answer(416, { 'content-range': `bytes */${blob.length}` }, noBody);
  const contentRange = `bytes ${start}-${end}/${blob.length}`;
  return answer(206, { ...headers, 'content-range': contentRange }, blob.subarray(start, end + 1));
}

function deleteBlob({ content, quirks }: Exchange, repository: string, digest: Digest): Answer {
  if (quirks.blobDelete !== 'answered') return quirkRefusal(quirks.blobDelete);
  const isThere = content.repositories.get(repository)?.blobs.delete(digest) ?? false;
  return isThere ? answer(202) : refusal(404, 'BLOB_UNKNOWN', 'the blob is not in this repository');
}
