/** What a merge takes besides its inputs, and what it tells. */
import type { BlobOutcome, Digest } from '../base/index.ts';
import type { EditedLayer, EditOptions, EditResult, LayerWriting } from '../edit/index.ts';
import type { InputReference } from './input-reference.ts';

export interface MergeOptions extends EditOptions, LayerWriting {
  /**
   * `error`: no input may change or remove a path of an earlier one, directories over directories excepted. `replace` unless
   * given.
   */
  readonly onConflict?: 'replace' | 'error';
}

export interface MergeResult extends Omit<EditResult, 'source' | 'sourceDigest' | 'images'> {
  /** As they were given, the first at the bottom. */
  readonly inputs: readonly string[];
  /** In the order of the index of the first input; one for an image alone. */
  readonly images: readonly MergedImage[];
}

export interface MergedImage {
  readonly platform: string;
  readonly digest: Digest;
  readonly inputs: readonly MergedInput[];
  /** Bottom first. */
  readonly layers: readonly MergedLayer[];
}

/** What one reference gave to an image. */
export interface MergedInput {
  readonly reference: string;
  readonly kind: InputReference['kind'];
  /** Of the manifest of an image, or of the blob that a layer or a tree is in the result. */
  readonly digest: Digest;
  /** How many of the layers of the result are its own. */
  readonly layers: number;
}

export interface MergedLayer extends EditedLayer {
  /** Which input it is from, counted from 1. */
  readonly input: number;
  /** What became of its blob; absent for a foreign layer that nobody has. */
  readonly outcome?: BlobOutcome;
}
