/** What a check of a store can find. */
import type { Digest } from '../base/index.ts';

export interface HashEvent {
  readonly kind: 'blob-checked';
  readonly digest: Digest;
  /** Bytes of blobs checked so far, and of all. */
  readonly bytes: number;
  readonly totalBytes: number;
}

export interface CheckOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: HashEvent) => void) | undefined;
  /** Remove wrong blobs, and entries of index.json that lead to something missing. */
  readonly repair?: boolean | undefined;
  /** Blobs hashed at a time; by default one for each processor. */
  readonly jobs?: number | undefined;
}

/**
 * Errors:
 * - `wrong-content`: a blob is not what its name says
 * - `not-a-file`: something that is no file has the name of a blob
 * - `wrong-size`: what refers to a blob gives it another size
 * - `missing`: what is referred to is not there
 * - `invalid-document`: a manifest or index cannot be understood, or index.json cannot
 *
 * Not errors:
 * - `sparse`: an index names images for other platforms that are not here
 * - `unknown-document`: something of a type that Holdfast does not read
 * - `stray`: something that is no part of a layout
 */
export type ProblemKind =
  | 'wrong-content'
  | 'not-a-file'
  | 'wrong-size'
  | 'missing'
  | 'invalid-document'
  | 'sparse'
  | 'unknown-document'
  | 'stray';

export interface StoreProblem {
  readonly kind: ProblemKind;
  readonly severity: 'error' | 'note';
  /** Inside the store. */
  readonly path?: string;
  readonly digest?: Digest;
  /** The image in which it was found: its name, or its digest after an `@`. */
  readonly image?: string;
  readonly text: string;
  readonly repaired?: boolean;
}

export interface StoreCheck {
  readonly directory: string;
  /** No errors, or all of them repaired. */
  readonly ok: boolean;
  readonly blobs: { readonly count: number; readonly bytes: number };
  readonly problems: readonly StoreProblem[];
}

/** A blob that has to go. */
export interface WrongBlob {
  readonly kind: 'wrong-content' | 'not-a-file';
  readonly digest: Digest;
  readonly inode: bigint;
  readonly text: string;
}
