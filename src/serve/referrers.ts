/** What refers to a manifest: signatures, SBOMs and the like. */
import type { Digest } from '../base/index.ts';
import { type Descriptor, mediaTypes } from '../oci/index.ts';
import { type Answer, json } from './answer.ts';
import type { RegistryState } from './registry-state.ts';
import type { Request } from './request.ts';

/** Bytes of descriptors on one page; clients accept documents of 4 MiB. */
const pageBytes = 3 * 1024 * 1024;

/** The answer is an index, empty for a subject that nobody has heard of. */
export function listReferrers(state: RegistryState, request: Request, repository: string, subject: Digest): Answer {
  const wanted = request.query.get('artifactType') ?? '';
  const last = request.query.get('last') ?? '';
  const found = referrersOf(state, repository, subject)
    .filter((referrer) => wanted === '' || referrer.artifactType === wanted)
    .filter((referrer) => referrer.digest > last)
    .sort((a, b) => (a.digest < b.digest ? -1 : 1));
  const shown = firstPage(found);
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: shown };
  const next = new URLSearchParams({
    ...(wanted === '' ? {} : { artifactType: wanted }),
    last: shown.at(-1)?.digest ?? '',
  });
  return json(index, {
    headers: {
      'Content-Type': mediaTypes.ociIndex,
      ...(wanted === '' ? {} : { 'OCI-Filters-Applied': 'artifactType' }),
      ...(shown.length < found.length
        ? { Link: `</v2/${repository}/referrers/${subject}?${next.toString()}>; rel="next"` }
        : {}),
    },
  });
}

function referrersOf({ catalogue, facts }: RegistryState, repository: string, subject: Digest): Descriptor[] {
  return [...catalogue.manifests(repository).values()].flatMap((manifest) => {
    const known = facts.read(manifest);
    if (known?.subject !== subject) return [];
    const { mediaType, digest, size } = manifest;
    const { artifactType, annotations } = known;
    return [{ mediaType, digest, size, artifactType, annotations }];
  });
}

function firstPage(referrers: readonly Descriptor[]): readonly Descriptor[] {
  let bytes = 0;
  const tooMany = referrers.findIndex((referrer, position) => {
    bytes += JSON.stringify(referrer).length;
    return bytes > pageBytes && position > 0;
  });
  return tooMany < 0 ? referrers : referrers.slice(0, tooMany);
}
