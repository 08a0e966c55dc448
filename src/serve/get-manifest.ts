/** GET and HEAD of manifests: the exact bytes, with the media type they were pushed with. */
import type { Descriptor } from '../oci/index.ts';
import { type Answer, fault } from './answer.ts';
import type { RegistryState } from './registry-state.ts';
import type { Request } from './request.ts';
import { readDigest } from './routes.ts';
import { openBlob } from './stored-blob.ts';

export function getManifest(state: RegistryState, request: Request, repository: string, reference: string): Answer {
  const holding = state.catalogue.holdings().get(repository);
  if (holding === undefined) return fault('NAME_UNKNOWN', `there is no repository ${repository}`);
  const digest = readDigest(reference);
  const found = digest === undefined ? holding.tags.get(reference) : state.catalogue.findManifest(repository, digest);
  const blob = found && openBlob(state.store, found.digest);
  if (found === undefined || blob === undefined) {
    return fault('MANIFEST_UNKNOWN', `there is no manifest ${reference} in ${repository}`);
  }
  state.markUsed(found);
  const headers = manifestHeaders(found);
  const body = { blob, start: 0, length: blob.size };
  if (request.headers['if-none-match']?.includes(headers.ETag) === true) return { status: 304, headers, body };
  return { status: 200, headers: { ...headers, 'Content-Type': found.mediaType }, body };
}

function manifestHeaders({ digest }: Descriptor): { readonly ETag: string; readonly 'Docker-Content-Digest': string } {
  return { 'Docker-Content-Digest': digest, ETag: `"${digest}"` };
}
