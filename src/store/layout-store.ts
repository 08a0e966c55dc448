/** The contract of an OCI layout directory that is written to: the local store, `oci:` destinations, `serve`. */
import type { Digest } from '../base/index.ts';
import type { Descriptor } from '../oci/index.ts';

/** An open, complete blob. Disposing closes it. */
export interface StoredBlob extends Disposable {
  readonly fd: number;
  readonly size: number;
}

/**
 * A blob that is being written: one file, locked for this process, that a later process resumes when this one dies.
 * Disposing it without a commit keeps what has arrived.
 */
export interface BlobIngest extends Disposable {
  /**
   * Open for reading too: what has arrived can be read while the rest is on its way, and all of it until this is disposed
   * of.
   */
  readonly fd: number;
  /** Bytes that are there, from this and earlier attempts. Those of earlier attempts are not verified. */
  readonly received: number;
  /** Appends. @throws HOST_REFUSED, SIZE_MISMATCH past the descriptor's size */
  write(bytes: Uint8Array): void;
  /** Forgets everything that has arrived. @throws HOST_REFUSED */
  restart(): void;
  /**
   * Hashes the file, makes it durable and gives it its name. A file that is wrong is removed.
   * @throws DIGEST_MISMATCH, SIZE_MISMATCH, HOST_REFUSED, and the reason of the signal
   */
  commit(signal?: AbortSignal): Promise<void>;
  /** The same for a caller who has read every byte through {@link fd} and found the digest right. */
  commitVerified(): Promise<void>;
  /**
   * Takes over a file that has the whole blob and is on the same file system, without copying: `cloned`, the bytes are shared
   * for as long as neither changes; `linked`, the file has one more name, where that is allowed. Only a file that nobody else
   * can write to, and nobody less can read than one of ours, gets a name here. It is hashed, made durable and has its name afterwards, as with
   * {@link commit}. Undefined, and nothing done, where neither can be.
   * @throws as {@link commit}
   */
  adopt(file: number, options?: AdoptOptions): Promise<'cloned' | 'linked' | undefined>;
  /** Removes what has arrived. */
  discard(): void;
}

export interface AdoptOptions {
  /** Whether it may get one more name: only a file that is never written to again is the blob for ever. */
  readonly isImmutable?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes hashed so far; what it throws ends the work. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/**
 * While it is open, `collectGarbage` of any process removes no blob that this store was asked for or given: it may be
 * about to be referred to.
 */
export interface LayoutStore extends Disposable {
  /** As it was given. */
  readonly directory: string;
  /** Opens a complete blob; undefined when it is not there. @throws STORE_INVALID, HOST_REFUSED */
  open(digest: Digest): StoredBlob | undefined;
  /**
   * Begins or resumes a blob. When another process is at it, waits for that one, as long as more and more of it arrives
   * there; undefined when the blob is then there.
   * @throws HOST_REFUSED and the reason of the signal
   */
  ingest(descriptor: Pick<Descriptor, 'digest' | 'size'>, signal?: AbortSignal): Promise<BlobIngest | undefined>;
  /** A small blob in one step. @throws DIGEST_MISMATCH, SIZE_MISMATCH, HOST_REFUSED */
  put(descriptor: Pick<Descriptor, 'digest' | 'size'>, bytes: Uint8Array, signal?: AbortSignal): Promise<void>;
  /** Removes a blob, whoever refers to it; false when it was not there. @throws HOST_REFUSED */
  remove(digest: Digest): boolean;
  /** The entries of index.json as they are now. @throws every code of documents */
  manifests(): readonly Descriptor[];
  /**
   * Replaces the entries of index.json, under a lock: nothing that others wrote meanwhile gets lost, readers see the old
   * index or the new one, also after a crash. What the index has besides its entries stays, and so does what an entry has
   * that only other tools understand.
   * @param change pure: it is called again when a tool that knows no locks writes meanwhile.
   * @throws BLOB_MISSING for a new entry whose blob is not there, every code of documents, LIMIT_EXCEEDED, HOST_REFUSED
   */
  update(change: (manifests: readonly Descriptor[]) => readonly Descriptor[], signal?: AbortSignal): Promise<void>;
  /**
   * Names an image, in place of every entry that had this name and of entries for the same blob that have neither name nor
   * annotations. `undefined` adds a nameless one.
   * @throws as {@link LayoutStore.update}
   */
  tag(name: string | undefined, descriptor: Descriptor, signal?: AbortSignal): Promise<void>;
  /**
   * Records that an image was used now, perhaps under a name: for that long it and what it refers to is kept by
   * `collectGarbage`, with or without an entry in index.json, and complete or not. Never fails for want of permission.
   */
  markUsed(image: Pick<Descriptor, 'mediaType' | 'digest' | 'size'>, name?: string): void;
}
