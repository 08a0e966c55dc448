/** The contract of the distribution client. */
import type { BlobContent, Digest, NetworkEvent } from '../base/index.ts';
import type { CredentialStore } from '../credentials/index.ts';
import type { HttpClient } from '../http/index.ts';
import type { Descriptor, ImageName } from '../oci/index.ts';
import type { RegistrySettings } from './registry-settings.ts';
import type { Quirks } from './quirks.ts';

/** A repository of a registry. */
export interface Repository {
  /** Host with port, as in {@link ImageName}: `docker.io` for Docker Hub. */
  readonly registry: string;
  readonly repository: string;
}

/** A manifest or index as a registry gave it: exact bytes, checked against the digest that was asked for. */
export interface FetchedManifest {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  readonly mediaType: string;
}

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface PutBlobOptions extends RequestOptions {
  /** Repositories of the same registry that may hold the blob. */
  readonly mountFrom?: readonly string[];
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

export interface RegistryOptions extends RegistrySettings {
  /** Is not disposed of with the client. */
  readonly http: HttpClient;
  /** Without it everything is anonymous. */
  readonly credentials?: CredentialStore | undefined;
  /** Bytes of one request of an upload, once the whole in one did not work; 16 MiB unless given. */
  readonly chunkBytes?: number;
  /** Scales every delay before an attempt is repeated; 1 unless given. Tests use less. */
  readonly delayScale?: number;
  /** What is known about a registry by its host; the table of real registries unless given. */
  readonly quirks?: (registry: string) => Quirks;
  /** Seconds of a clock that never goes back, for the lifetime of tokens. */
  readonly now?: () => number;
  /** Told when a mirror is passed over. */
  readonly onEvent?: ((event: NetworkEvent) => void) | undefined;
}

/**
 * Talks the OCI distribution protocol to any registry. Everything it gives was checked; what a registry says about
 * itself is not believed. {@link resolve}, {@link getManifest} and {@link getBlob} ask mirrors first.
 *
 * Every call throws IMAGE_NOT_FOUND, AUTH_REQUIRED, ACCESS_DENIED, RATE_LIMITED, REGISTRY_REFUSED, REGISTRY_PROTOCOL,
 * CREDENTIALS_INVALID, REFERENCE_INVALID for what can be no host or repository, HOST_UNREACHABLE, TLS_REFUSED,
 * TRANSFER_INTERRUPTED, and the reason of the signal.
 */
export interface RegistryClient extends AsyncDisposable {
  /**
   * Digest, size and media type of what a name means now: HEAD, and GET where that is not answered properly. What HEAD
   * says is checked by whoever fetches the digest.
   */
  resolve(name: ImageName, options?: RequestOptions): Promise<Descriptor>;
  /** By digest when the name has one. @throws DIGEST_MISMATCH, LIMIT_EXCEEDED past 4 MiB, MEDIA_TYPE_UNSUPPORTED */
  getManifest(name: ImageName, options?: RequestOptions): Promise<FetchedManifest>;
  /**
   * The bytes of a blob from a position on, resumed by itself after a broken connection. Never gives more than the
   * descriptor's size. The digest is for the caller to check.
   * @throws BLOB_MISSING, SIZE_MISMATCH, TRANSFER_INTERRUPTED
   */
  getBlob(
    repository: Repository,
    descriptor: Descriptor,
    position: number,
    options?: RequestOptions,
  ): AsyncIterable<Uint8Array>;
  /** Whether it is there, in the size of the descriptor; mirrors do not count. */
  hasBlob(repository: Repository, descriptor: Descriptor, options?: RequestOptions): Promise<boolean>;
  /** Whether it is there; mirrors do not count. */
  hasManifest(repository: Repository, digest: Digest, options?: RequestOptions): Promise<boolean>;
  /**
   * Uploads unless it is there already or can be mounted; recovers from broken connections, for which it opens the content
   * again where the registry has stopped.
   * @throws DIGEST_MISMATCH, SIZE_MISMATCH, and what the content throws
   */
  putBlob(
    repository: Repository,
    descriptor: Descriptor,
    content: BlobContent,
    options?: PutBlobOptions,
  ): Promise<'existed' | 'mounted' | 'uploaded'>;
  /**
   * Exact bytes under the tag of the name or, without one, its digest. For a manifest with a subject the fall-back tag
   * is kept where the registry has no referrers API.
   * @throws DIGEST_MISMATCH for bytes of another digest than they or the name say
   */
  putManifest(name: ImageName, manifest: FetchedManifest, options?: RequestOptions): Promise<void>;
  /** In the order of the registry, page by page. */
  tags(repository: Repository, options?: RequestOptions): AsyncIterable<string>;
  /** Repositories of a registry. @throws REGISTRY_LACKS */
  catalog(registry: string, options?: RequestOptions): AsyncIterable<string>;
  /** By the referrers API, or by the fall-back tag. Filtered by artifact type here, whatever the registry filtered. */
  referrers(
    repository: Repository,
    subject: Digest,
    options?: RequestOptions & { readonly artifactType?: string | undefined },
  ): Promise<readonly Descriptor[]>;
  /** A tag when the name has one and no digest, else the manifest. @throws REGISTRY_LACKS, IMAGE_NOT_FOUND */
  deleteManifest(name: ImageName, options?: RequestOptions): Promise<void>;
  /** Asks whether a credential is accepted; anonymous where there is none. @throws AUTH_REQUIRED, ACCESS_DENIED */
  checkAccess(registry: string, options?: RequestOptions): Promise<void>;
}
