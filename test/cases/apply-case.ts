/** The form of the cases: layers in, a tree or an error out. */
import type { ErrorCode, NoteCode } from '../../src/base/index.ts';
import { type EntrySpec, tarOf } from '../../src/testing/index.ts';

/** A whole tree, or the code of the error that leaves everything untouched. */
export type Expectation = { readonly tree: readonly EntrySpec[] } | { readonly error: ErrorCode };

/**
 * Layers, bottom first, and what they give. `expect.tree` is the whole tree: `hardlink()` states link groups, a directory
 * that is needed and not listed is the implied one, the root (`directory('.')`) too.
 */
export interface ApplyCase {
  /** Such as `A01`, `kaniko-07`, `ggcr-03`, `spec-012`; a letter follows where one row makes several cases. */
  readonly id: string;
  /** A sentence in the present tense. */
  readonly title: string;
  /** Entries, or a whole tar as bytes. */
  readonly layers: readonly (readonly EntrySpec[] | Buffer)[];
  /** `replace` unless told otherwise. */
  readonly onConflict?: 'replace' | 'follow' | 'error';
  readonly expect: Expectation;
  /** What a directory gets where no Linux file system can hold all of the tree; tree and export are as `expect`. */
  readonly onDisk?: Expectation;
  /** Each of these is noted; others may be. */
  readonly notes?: readonly NoteCode[];
  /** Devices, foreign owners or privileged xattrs: only root can unpack it without loss. */
  readonly needsRoot?: boolean;
}

/** The uncompressed tar of a case's layer. */
export function layerTar(layer: readonly EntrySpec[] | Buffer): Buffer {
  return Buffer.isBuffer(layer) ? layer : tarOf(layer);
}
