/** GET, HEAD and DELETE of blobs. All repositories share them: a layout does not say whose a blob is. */
import type { Digest } from '../base/index.ts';
import { type Answer, fault } from './answer.ts';
import { parseRange } from './byte-ranges.ts';
import { reachableFrom } from './catalogue.ts';
import type { Entries } from './change-entries.ts';
import type { RegistryState } from './registry-state.ts';
import type { Request } from './request.ts';
import { openBlob } from './stored-blob.ts';

export function getBlob({ store }: RegistryState, request: Request, digest: Digest): Answer {
  const blob = openBlob(store, digest);
  if (blob === undefined) return fault('BLOB_UNKNOWN', `there is no blob ${digest}`);
  const etag = `"${digest}"`;
  const headers = {
    'Docker-Content-Digest': digest,
    'Content-Type': 'application/octet-stream',
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'max-age=31536000, immutable',
    ETag: etag,
  };
  const asked = rangeHeader(request, etag);
  const range = asked === undefined ? 'whole' : parseRange(asked, blob.size);
  if (range === 'whole') return { status: 200, headers, body: { blob, start: 0, length: blob.size } };
  if (range === 'unsatisfiable') {
    const unsatisfiable = { 'Content-Range': `bytes */${blob.size}` };
    blob[Symbol.dispose]();
    return fault('SIZE_INVALID', 'the blob has no such range', { status: 416, headers: unsatisfiable });
  }
  const contentRange = `bytes ${range.start}-${range.start + range.length - 1}/${blob.size}`;
  return { status: 206, headers: { ...headers, 'Content-Range': contentRange }, body: { blob, ...range } };
}

/** Ranges of HEAD mean nothing, nor does one of another blob (RFC 9110, 13.1.5 and 14.2). */
function rangeHeader({ method, headers }: Request, etag: string): string | undefined {
  const condition = headers['if-range'];
  return method === 'GET' && (condition === undefined || condition === etag) ? headers.range : undefined;
}

/** What a manifest in the layout needs is refused, whichever repository it is in. @throws HOST_REFUSED */
export async function deleteBlob(state: RegistryState, digest: Digest): Promise<Answer> {
  let answer: Answer = { status: 202 };
  await state.store.update((entries) => {
    answer = isNeeded(state, entries, digest)
      ? fault('DENIED', `a manifest still needs ${digest}; delete that first`, { status: 409 })
      : removeBlob(state, digest);
    return entries;
  });
  return answer;
}

function isNeeded({ facts }: RegistryState, entries: Entries, digest: Digest): boolean {
  const manifests = reachableFrom(entries, facts);
  if (manifests.has(digest)) return true;
  return [...manifests.values()].some((manifest) => facts.read(manifest)?.blobs.some((blob) => blob.digest === digest));
}

function removeBlob({ store }: RegistryState, digest: Digest): Answer {
  return store.remove(digest) ? { status: 202 } : fault('BLOB_UNKNOWN', `there is no blob ${digest}`);
}
