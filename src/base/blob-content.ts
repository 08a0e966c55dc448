/** The bytes of a blob as somebody can give them: readable again, from any position, after a broken transfer. */
export interface BlobContent {
  /** Bytes. */
  readonly size: number;
  /**
   * Everything from a position on. Chunks are valid only until the next one is asked for.
   * @param position 0 up to the size
   */
  open(position: number): AsyncIterable<Uint8Array>;
}
