/** Where a test registry departs from the specification: plain data, so that a registry's habits can be written down. */

/** A status with which the registry answers instead of doing what it was asked. */
export type RefusalStatus = number;

export type ManifestHeader = 'digest' | 'length' | 'type';

/** Every flag has a default that follows the OCI distribution specification; see {@link defaultQuirks}. */
export interface RegistryQuirks {
  /** `GET /v2/`. */
  readonly ping?: 'answered' | RefusalStatus;
  /** Headers of every answer, such as `ratelimit-remaining` or `warning`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Answer 400 to a request with an Authorization header, as object storage does behind a signed URL. */
  readonly refusesAuthorization?: boolean;
  /** `created`: pushing makes a repository. `required`: it must have been made, by `seed…` or `createRepository`. */
  readonly repositories?: 'created' | 'required';

  readonly manifestHead?: 'answered' | RefusalStatus;
  /** Headers that the answer to HEAD of a manifest lacks. */
  readonly manifestHeadLacks?: readonly ManifestHeader[];
  /** The `Docker-Content-Digest` of manifests. */
  readonly manifestDigest?: 'right' | 'absent' | 'wrong';
  /** The Content-Type of manifests; `{type}` stands for the right one: `{type}; charset=utf-8`. */
  readonly manifestType?: string;
  /** `required`: 404 for a manifest whose media type the Accept header does not name. */
  readonly manifestAccept?: 'ignored' | 'required';
  readonly manifestPutStatus?: 200 | 201 | 202;
  /** Media types of manifests and indexes that may be pushed; all when empty. */
  readonly manifestTypes?: readonly string[];
  /** The answer to pushing another. */
  readonly manifestTypesRefusal?: RefusalStatus;
  /** Media types of configs whose manifests may be pushed; all when empty. */
  readonly configTypes?: readonly string[];
  /** Refuse an index whose children are of the other family: Docker's lists with OCI manifests, and the reverse. */
  readonly refusesMixedIndexes?: boolean;
  /** `accepted`: an index may be pushed before its children. Configs and layers must always be there. */
  readonly sparseIndexes?: 'refused' | 'accepted';
  /** Bytes of the largest manifest that may be pushed. */
  readonly manifestLimit?: number;
  /** `accepted`: `?tag=` of a push by digest makes tags, answered with `OCI-Tag`. */
  readonly tagParameters?: 'ignored' | 'accepted';

  /** The answer to HEAD of a blob that is not there. */
  readonly missingBlobHead?: RefusalStatus;
  readonly blobHead?: 'answered' | RefusalStatus;
  /** `ignored`: the whole blob with status 200, and no `Accept-Ranges`. */
  readonly ranges?: 'answered' | 'ignored';
  /** Redirect GET of a blob to this URL; `{repository}` and `{digest}` are filled in. Query strings stay as they are. */
  readonly blobRedirect?: string;
  readonly blobType?: string;

  /** `ignored`: an upload begins instead (202). A number refuses. */
  readonly mount?: 'answered' | 'ignored' | RefusalStatus;
  /** The answer to a mount from a repository that is not there; `ignored`: an upload begins. */
  readonly mountMissing?: 'ignored' | RefusalStatus;
  /** A mount that names no repository; `answered`: from any repository that has the blob. */
  readonly anonymousMount?: 'answered' | 'ignored' | RefusalStatus;
  /** The form of the Location of an upload. */
  readonly uploadLocation?: 'relative' | 'absolute';
  /** Origin in the Location of an upload, such as that of a second registry that shares the content of this one. */
  readonly uploadOrigin?: string;
  /** Put state into the query of the Location of an upload, new with each answer; requests without it get 400. */
  readonly uploadState?: boolean;
  /** `POST ?digest=` with the blob as its body; `ignored`: an upload begins. */
  readonly singlePost?: 'answered' | 'ignored';
  readonly patchStatus?: 201 | 202 | 204;
  readonly uploadPutStatus?: 201 | 202 | 204;
  /** Whether GET of an upload tells how much has arrived. */
  readonly uploadProgress?: 'answered' | RefusalStatus;
  /** `lost`: what a request brought counts for nothing when its connection breaks. */
  readonly brokenUpload?: 'kept' | 'lost';
  /** Bytes for `OCI-Chunk-Min-Length`; smaller chunks get 416 unless they are the last. None when 0. */
  readonly chunkMinimum?: number;
  /** Bytes of a request body past which an upload is answered with 413. */
  readonly chunkLimit?: number;

  /** The largest `n` of a list. */
  readonly pageLimit?: number;
  /** What happens past it. */
  readonly pageLimitExceeded?: 'capped' | 'refused';
  /** Entries of a page when no `n` is given. */
  readonly pageSize?: number;
  /** The form of the `Link` to the next page; `absent`: only `last` leads there. */
  readonly link?: 'relative' | 'absolute' | 'absent';
  readonly catalog?: 'answered' | RefusalStatus;
  readonly tagList?: 'answered' | RefusalStatus;

  readonly referrers?: 'answered' | RefusalStatus;
  /** Whether `artifactType` filters, and `OCI-Filters-Applied` says so. */
  readonly referrersFilter?: 'answered' | 'ignored';
  /** Descriptors of a page of referrers. */
  readonly referrersPageSize?: number;
  /** Whether `OCI-Subject` answers a push with a subject. */
  readonly subjectHeader?: 'sent' | 'absent';

  readonly tagDelete?: 'answered' | RefusalStatus;
  readonly manifestDelete?: 'answered' | RefusalStatus;
  readonly blobDelete?: 'answered' | RefusalStatus;
}

/** What a registry does that follows the specification in everything. */
export const defaultQuirks: Required<RegistryQuirks> = {
  ping: 'answered',
  headers: {},
  refusesAuthorization: false,
  repositories: 'created',
  manifestHead: 'answered',
  manifestHeadLacks: [],
  manifestDigest: 'right',
  manifestType: '{type}',
  manifestAccept: 'ignored',
  manifestPutStatus: 201,
  manifestTypes: [],
  manifestTypesRefusal: 400,
  configTypes: [],
  refusesMixedIndexes: false,
  sparseIndexes: 'refused',
  manifestLimit: 4 * 1024 * 1024,
  tagParameters: 'ignored',
  missingBlobHead: 404,
  blobHead: 'answered',
  ranges: 'answered',
  blobRedirect: '',
  blobType: 'application/octet-stream',
  mount: 'answered',
  mountMissing: 'ignored',
  anonymousMount: 'ignored',
  uploadLocation: 'relative',
  uploadOrigin: '',
  uploadState: false,
  singlePost: 'answered',
  patchStatus: 202,
  uploadPutStatus: 201,
  uploadProgress: 'answered',
  brokenUpload: 'kept',
  chunkMinimum: 0,
  chunkLimit: Number.MAX_SAFE_INTEGER,
  pageLimit: Number.MAX_SAFE_INTEGER,
  pageLimitExceeded: 'capped',
  pageSize: Number.MAX_SAFE_INTEGER,
  link: 'relative',
  catalog: 'answered',
  tagList: 'answered',
  referrers: 'answered',
  referrersFilter: 'answered',
  referrersPageSize: Number.MAX_SAFE_INTEGER,
  subjectHeader: 'sent',
  tagDelete: 'answered',
  manifestDelete: 'answered',
  blobDelete: 'answered',
};
