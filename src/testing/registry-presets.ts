/**
 * What clients trip over in registries that are in use: habits that were reported of them, some of old versions. A preset
 * is made for tests of clients and does not claim to be the whole registry; it has no users.
 */
import type { RegistryPreset } from './registry.ts';

const docker = 'application/vnd.docker.distribution';

export const registryPresets = {
  /** Rate limits in headers, no catalog, deletes only in its own API, 400 for a mount from a name it finds invalid. */
  dockerHub: {
    quirks: {
      headers: { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '76;w=21600' },
      catalog: 401,
      mountMissing: 400,
      uploadLocation: 'absolute',
      uploadState: true,
      tagDelete: 405,
      manifestDelete: 405,
    },
    auth: { kind: 'bearer', service: 'registry.docker.io', anonymous: ['pull'] },
  },
  /** A mount that names no repository is an error. */
  quay: {
    quirks: { anonymousMount: 400, pageLimit: 100 },
    auth: { kind: 'bearer', tokenPath: '/v2/auth', anonymous: ['pull'], oauth2: 405 },
  },
  /** 401 for a mount from a project that is missing. */
  harbor: {
    quirks: { mountMissing: 401, uploadLocation: 'absolute', uploadState: true },
    auth: { kind: 'bearer', service: 'harbor-registry', tokenPath: '/service/token', oauth2: 405 },
  },
  /** Basic; repositories must be made first; no digest header; lists of at most 1000; 201 already for a PATCH. */
  ecr: {
    quirks: {
      repositories: 'required',
      manifestDigest: 'absent',
      pageLimit: 1000,
      pageLimitExceeded: 'refused',
      patchStatus: 201,
      catalog: 405,
    },
    auth: { kind: 'basic' },
  },
  /** HEAD of a manifest is refused; an index and its manifests must be of one family. */
  artifactRegistry: {
    quirks: { manifestHead: 405, refusesMixedIndexes: true, uploadLocation: 'absolute' },
    auth: { kind: 'bearer', tokenPath: '/v2/token', tokenField: 'token' },
  },
  /** Tokens for a refresh token by OAuth2, in one field and without a lifetime. */
  acr: {
    quirks: { uploadState: true, mountMissing: 'ignored' },
    auth: { kind: 'bearer', tokenPath: '/oauth2/token', tokenField: 'access_token', expiresIn: 'absent' },
  },
  /** Only some types of configs; 401 for a blob that is not there; refuses tokens that would allow less. */
  gitlab: {
    quirks: {
      missingBlobHead: 401,
      configTypes: ['application/vnd.oci.image.config.v1+json', 'application/vnd.docker.container.image.v1+json'],
    },
    auth: { kind: 'bearer', service: 'container_registry', tokenPath: '/jwt/auth', oauth2: 404, deniedToken: 403 },
  },
  /** Old versions: 401 for the types of OCI, no referrers; Basic is offered beside Bearer. */
  artifactory: {
    quirks: {
      manifestTypes: [`${docker}.manifest.v2+json`, `${docker}.manifest.list.v2+json`],
      manifestTypesRefusal: 401,
      referrers: 404,
      subjectHeader: 'absent',
      uploadLocation: 'absolute',
    },
    auth: {
      kind: 'bearer',
      tokenPath: '/artifactory/api/docker/local/v2/token',
      challenges: ['Basic realm="Artifactory Realm"', 'Bearer realm="{realm}",service="{service}",scope="{scope}"'],
      oauth2: 405,
    },
  },
  /** No referrers, no deletes, no catalog; 403 from the token endpoint for what is not allowed. */
  ghcr: {
    quirks: { catalog: 404, referrers: 404, subjectHeader: 'absent', tagDelete: 405, manifestDelete: 405 },
    auth: { kind: 'bearer', service: 'ghcr.io', anonymous: ['pull'], oauth2: 405, deniedToken: 403 },
  },
  /** GitHub's registry before that: HEAD of a manifest is refused, Basic only. */
  githubPackages: {
    quirks: { manifestHead: 405, catalog: 404, referrers: 405, subjectHeader: 'absent' },
    auth: { kind: 'basic' },
  },
} as const satisfies Readonly<Record<string, RegistryPreset>>;
