import type { DiffId, Digest, Limits, Note } from '../base/index.ts';
import type { EntryTable } from '../tree/index.ts';

/** All metadata of one layer, made in the same pass that verified both of its digests. */
export interface LayerIndex {
  /** Digest of the blob as stored. */
  readonly digest: Digest;
  /** Bytes of the blob as stored. */
  readonly storedSize: number;
  /** Digest of the uncompressed tar stream, computed and not believed. */
  readonly diffId: DiffId;
  /** Bytes of the uncompressed tar stream. */
  readonly size: number;
  readonly table: EntryTable;
  /** Notes without a layer number: the same blob may stand at several places of an image. */
  readonly notes: readonly Note[];
  /** The limits under which it was made; it serves only where none is tighter. */
  readonly limits: Limits;
}
