/** What the verbs of this folder have in common: what they take, what they do to one image, and what they tell. */
import type { Digest, DiffId, Limits, Note, OperationOptions } from '../base/index.ts';
import type { DestinationServices } from '../destination/index.ts';
import type { Image } from '../image/index.ts';
import type { RegistryUse } from '../registry/index.ts';
import type { CopiedBlobs } from '../transfer/index.ts';
import type { ImageState, LayerOrigin } from './image-state.ts';
import type { JsonObject } from './json-object.ts';

export interface EditOptions extends OperationOptions, RegistryUse {
  /**
   * Of an index, the image of this platform (this machine's by default); with {@link all}, the images of the index that
   * are edited.
   */
  readonly platforms?: readonly string[];
  /** The whole index, every image of it. */
  readonly all?: boolean;
  /**
   * Keep what an index has of attestations of images that change. They still say what was true of the images before.
   */
  readonly keepAttestations?: boolean;
  /** RFC 3339: when the image is said to be made, and what its history gets. What the image says unless given. */
  readonly created?: string;
  /** How the history describes what was done; a line of the edit's own unless given. */
  readonly history?: string;
  readonly limits?: Limits;
  /** Layers read, blocks compressed, or blobs moved at once. */
  readonly jobs?: number;
  /** What `-` reads as a source; standard input by default. */
  readonly stdin?: AsyncIterable<Uint8Array> | undefined;
  /** What `-` writes as a destination; standard output by default. */
  readonly stdout?: DestinationServices['stdout'];
}

export interface EditResult {
  readonly source: string;
  readonly destination: string;
  /** Of what was edited, at the source. */
  readonly sourceDigest: Digest;
  /** What the destination holds now under its name. */
  readonly digest: Digest;
  readonly mediaType: string;
  /** Why the destination holds something else than what was made; absent when it does not. */
  readonly changed?: string;
  /** In the order of the index; one for an image alone. */
  readonly images: readonly EditedImage[];
  readonly blobs: CopiedBlobs;
  readonly notes: readonly Note[];
}

export interface EditedImage {
  readonly platform: string;
  readonly sourceDigest: Digest;
  readonly digest: Digest;
  /** Bottom first. */
  readonly layers: readonly EditedLayer[];
}

export interface EditedLayer {
  readonly digest: Digest;
  /** Bytes of the blob as stored. */
  readonly size: number;
  readonly mediaType: string;
  readonly diffId: DiffId;
  readonly origin: LayerOrigin;
}

/** What is done to each image. */
export interface Edit {
  image(image: Image, state: ImageState): Promise<ImageState>;
  /** What is done to the index itself, once its entries are done. */
  index?(index: JsonObject, mediaType: string): JsonObject | Promise<JsonObject>;
}
