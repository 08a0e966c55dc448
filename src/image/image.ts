/** An opened image: everything about it but the content of its layers. */
import type { Digest, DiffId, Note } from '../base/index.ts';
import type { ImageConfig, ImageManifest, Platform } from '../oci/index.ts';
import type { BlobLocation } from './files.ts';

/** One layer, as the manifest names it. Its bytes are verified by whoever reads them. */
export interface ImageLayer {
  /** From 1, bottom first. */
  readonly number: number;
  /** Of the blob as stored. */
  readonly digest: Digest;
  /** Bytes of the blob as stored. */
  readonly size: number;
  readonly mediaType: string;
  /** What the config says the uncompressed layer hashes to. */
  readonly diffId: DiffId;
  /**
   * Where the blob is; one that is not here yet begins to arrive. The file is opened once and stays open until the
   * image is disposed.
   *
   * @throws BLOB_MISSING, SIZE_MISMATCH, HOST_REFUSED, the codes of the store
   */
  open(): Promise<BlobLocation>;
}

/** Disposing it closes its files. */
export interface Image extends AsyncDisposable {
  /** As the user gave it. */
  readonly reference: string;
  readonly manifestDigest: Digest;
  readonly manifestBytes: Uint8Array;
  readonly mediaType: string;
  readonly manifest: ImageManifest;
  readonly configBytes: Uint8Array;
  readonly config: ImageConfig;
  /** By the config; `unknown` where it does not say. */
  readonly platform: Platform;
  /** Bottom first. */
  readonly layers: readonly ImageLayer[];
  readonly notes: readonly Note[];
}
