import type { TableEntry } from '../tree/index.ts';

/**
 * Takes what a scan passes by. An entry's data comes between its `entry` and the next; `position` is the offset in the
 * file, holes are skipped. Chunks are only valid during the call.
 */
export interface LayerConsumer {
  /** Every byte of the uncompressed stream. */
  stream?(chunk: Uint8Array): void;
  /** A row of the table was added; `undefined` for an entry without a row, whose data nobody wants. */
  entry?(row: number, entry: TableEntry | undefined): void;
  data?(position: number, bytes: Uint8Array): void;
  /** The layer was read and verified to its last byte. */
  finish(): void;
  /** The scan failed or was cancelled; called instead of `finish`. */
  abort(): void;
}
