/** The distribution client, put together. */
import { HoldfastError } from '../base/index.ts';
import { formatImageName, type ImageName } from '../oci/index.ts';
import { checkAccess } from './check-access.ts';
import { deleteByDigest, deleteTag } from './delete-manifest.ts';
import { hasBlob } from './has-blob.ts';
import { listRepositories, listTags } from './list-names.ts';
import type { Place } from './place.ts';
import { Places } from './places.ts';
import { pullBlob } from './pull-blob.ts';
import { fetchManifest, hasManifest, type ManifestQuestion, resolveManifest } from './pull-manifest.ts';
import { pushBlob } from './push-blob.ts';
import { pushManifest } from './push-manifest.ts';
import { listReferrers } from './referrers.ts';
import type { RegistryClient, RegistryOptions, Repository } from './registry-client.ts';
import { pullFromFirst, tryEach } from './try-each.ts';

const usualChunkBytes = 16 * 1024 * 1024;

/** A client of registries. What it is given (HTTP, credentials) stays open when it is disposed of. */
export function createRegistryClient(options: RegistryOptions): RegistryClient {
  const places = new Places(options);
  const { delayScale = 1, chunkBytes = usualChunkBytes } = options;
  const pulling = (name: ImageName): readonly [...Place[], Place] =>
    places.forPull(name, name.digest === undefined ? 'tag' : 'digest');
  return {
    resolve: async (name, { signal } = {}) =>
      tryEach(pulling(name), (place) => resolveManifest(place, questionOf(name, signal)), { ...options, signal }),
    getManifest: async (name, { signal } = {}) =>
      tryEach(pulling(name), (place) => fetchManifest(place, questionOf(name, signal)), { ...options, signal }),
    getBlob: (repository, descriptor, position, { signal } = {}) =>
      pullFromFirst(
        () => places.forPull(repository, 'digest'),
        (place, at) => pullBlob(place, { descriptor, position: at, delayScale, signal }),
        { ...options, position, signal },
      ),
    hasBlob: async (repository, descriptor, request = {}) => hasBlob(places.origin(repository), descriptor, request),
    hasManifest: async (repository, digest, { signal } = {}) =>
      hasManifest(places.origin(repository), questionOf({ ...repository, digest }, signal)),
    putBlob: async (repository, descriptor, content, { mountFrom = [], onProgress, signal } = {}) => {
      const place = places.origin(repository);
      const push = { descriptor, content, chunkBytes, delayScale, onProgress, signal };
      return pushBlob(place, { ...push, mountFrom: sourcesAt(places, place, { repository, mountFrom }) });
    },
    putManifest: async (name, manifest, { signal } = {}) => {
      const what = formatImageName(name);
      if (name.digest !== undefined && name.digest !== manifest.digest) {
        throw new HoldfastError('DIGEST_MISMATCH', { expected: name.digest, actual: manifest.digest, what });
      }
      const reference = name.tag ?? manifest.digest;
      return pushManifest(places.origin(name), { manifest, reference, what, signal });
    },
    tags: (repository, request = {}) => listTags(() => places.origin(repository), request),
    catalog: (registry, request = {}) =>
      listRepositories(() => places.origin({ registry, repository: '' }).host, request),
    referrers: async (repository, subject, { signal, artifactType } = {}) =>
      listReferrers(places.origin(repository), { subject, artifactType, signal }),
    deleteManifest: async (name, { signal } = {}) => {
      const deletion = { what: formatImageName(name), signal };
      const place = places.origin(name);
      if (name.digest !== undefined) return deleteByDigest(place, name.digest, deletion);
      return deleteTag(place, name.tag ?? 'latest', deletion);
    },
    checkAccess: async (registry, request = {}) => checkAccess(places.origin({ registry, repository: '' }), request),
    [Symbol.asyncDispose]: async () => places.close(),
  };
}

function questionOf(name: ImageName, signal: AbortSignal | undefined): ManifestQuestion {
  const reference = name.digest ?? name.tag ?? 'latest';
  return { reference, digest: name.digest, what: formatImageName(name), signal };
}

/** Where repositories are that a blob may be mounted from; those on other hosts are of no use. */
function sourcesAt(places: Places, place: Place, given: Given): readonly string[] {
  const { registry } = given.repository;
  return given.mountFrom
    .map((repository) => places.origin({ registry, repository }))
    .filter(({ host }) => host === place.host)
    .map(({ repository }) => repository);
}

interface Given {
  readonly repository: Repository;
  readonly mountFrom: readonly string[];
}
