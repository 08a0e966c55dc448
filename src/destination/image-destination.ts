/** The contract of a place that images are copied to. */
import type { BlobContent, BlobOutcome, Digest } from '../base/index.ts';
import type { Descriptor, ImageDocument } from '../oci/index.ts';

/** A manifest or index with its exact bytes. */
export interface DestinationDocument {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly document: ImageDocument;
}

export interface PutOptions {
  readonly signal?: AbortSignal | undefined;
  /** Repositories of the same registry that may hold the blob. */
  readonly mountFrom?: readonly string[];
  /** Told the bytes of this blob that were taken so far. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

export interface Delivered {
  /** Digest of what the destination holds now under its name. */
  readonly digest: Digest;
  /** Why that is not the digest of the source; undefined when it is. */
  readonly changed?: string;
}

/**
 * Takes blobs and documents, children before parents, and shows nothing under its name before {@link finish}, after
 * which it takes nothing more. Disposing without it leaves no trace under the name.
 */
export interface ImageDestination extends AsyncDisposable {
  /** As the user gave it. */
  readonly reference: string;
  /** Whether an index can be kept as it is; where not, one platform has to be chosen. */
  readonly holdsIndexes: boolean;
  /**
   * An archive is written from front to back: blobs follow each other in the order of the calls, and the same order
   * gives the same bytes.
   */
  readonly isSequential: boolean;
  /** Takes a blob, or finds that it is there already. @throws DIGEST_MISMATCH, SIZE_MISMATCH, the codes of the transport */
  putBlob(descriptor: Descriptor, content: BlobContent, options?: PutOptions): Promise<BlobOutcome>;
  /** Takes a document that is not the root: an image of an index, a referrer. Its blobs are there already. */
  putDocument(document: DestinationDocument, options?: PutOptions): Promise<void>;
  /** Takes the root and gives it the name of the reference. Everything it refers to is there already. */
  finish(root: DestinationDocument, options?: PutOptions): Promise<Delivered>;
}
