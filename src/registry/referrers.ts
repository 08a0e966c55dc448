/** What refers to a manifest: signatures, attestations, bills of material. */
import { type Digest, digestAlgorithm, digestHex, isHoldfastError, maxDocumentBytes } from '../base/index.ts';
import { type Descriptor, mediaTypes, parseIndex } from '../oci/index.ts';
import { readDocumentBytes } from './document-answer.ts';
import { nextPage, PageGuard } from './paging.ts';
import { accessTo, pathOf, type Place } from './place.ts';
import { fetchManifest } from './pull-manifest.ts';

export interface ReferrersQuestion {
  readonly subject: Digest;
  readonly artifactType?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The tag under which clients keep the list where a registry has no referrers API (OCI distribution-spec, "Referrers Tag
 * Schema").
 */
export function fallbackTag(subject: Digest): string {
  return `${digestAlgorithm(subject)}-${digestHex(subject).slice(0, 64)}`;
}

/** Whatever a registry filtered, only those of the wanted type. */
export async function listReferrers(place: Place, question: ReferrersQuestion): Promise<readonly Descriptor[]> {
  const all = (await fromApi(place, question)) ?? (await fromTag(place, question));
  const { artifactType } = question;
  const unique = new Map(all.map((descriptor) => [descriptor.digest, descriptor]));
  return [...unique.values()].filter((one) => artifactType === undefined || one.artifactType === artifactType);
}

/** How registries say that they do not know the API; 404 is the right way. */
const lacksApi: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 406, 500, 501]);
/** No manifest has more; nor is any list so long, in bytes. */
const maxReferrers = 100_000;
const maxListBytes = 8 * maxDocumentBytes;

/** Undefined where there is no referrers API, however that is said. */
async function fromApi(place: Place, question: ReferrersQuestion): Promise<readonly Descriptor[] | undefined> {
  const { subject, artifactType, signal } = question;
  const what = whatOf(place, question);
  const query = artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(artifactType)}`;
  let target: string | URL | undefined = pathOf(place, `referrers/${subject}${query}`);
  const guard = new PageGuard(place.host, what);
  const found: Descriptor[] = [];
  let listBytes = 0;
  while (target !== undefined) {
    const headers = { accept: mediaTypes.ociIndex };
    const response = await place.host.send({ method: 'GET', target, access: accessTo(place, 'pull'), headers, signal });
    if (response.status !== 200 && !lacksApi.has(response.status)) {
      throw await place.host.refusal(response, what, accessTo(place, 'pull'));
    }
    if (response.status !== 200) {
      await response.discard();
      return undefined;
    }
    await guard.check(response);
    const bytes = await readDocumentBytes(response, what);
    const page = readIndex(bytes, what);
    if (page === undefined) return undefined;
    for (const descriptor of page) found.push(descriptor);
    listBytes += bytes.length;
    if (found.length > maxReferrers || listBytes > maxListBytes) throw place.host.nonsense(what, 'there are too many');
    target = nextPage(place.host, response, what);
  }
  return found;
}

/** A page of something else (a login page, an empty object) is as good as no API. */
function readIndex(bytes: Uint8Array, what: string): readonly Descriptor[] | undefined {
  try {
    return parseIndex(bytes, { what }).manifests;
  } catch (error) {
    if (isHoldfastError(error)) return undefined;
    throw error;
  }
}

async function fromTag(place: Place, question: ReferrersQuestion): Promise<readonly Descriptor[]> {
  const reference = fallbackTag(question.subject);
  const what = whatOf(place, question);
  try {
    const { bytes } = await fetchManifest(place, { reference, digest: undefined, what, signal: question.signal });
    return parseIndex(bytes, { what }).manifests;
  } catch (error) {
    if (isHoldfastError(error, 'IMAGE_NOT_FOUND')) return [];
    throw error;
  }
}

function whatOf({ host, repository }: Place, { subject }: ReferrersQuestion): string {
  return `the referrers of ${host.registry}/${repository}@${subject}`;
}
