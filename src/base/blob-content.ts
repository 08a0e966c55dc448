/** The bytes of a blob as somebody can give them: readable again, from any position, after a broken transfer. */
export interface BlobContent {
  /** Bytes. */
  readonly size: number;
  /**
   * Everything from a position on. Chunks are valid only until the next one is asked for.
   * @param position 0 up to the size
   */
  open(position: number): AsyncIterable<Uint8Array>;
  /** An open file that has these bytes and no others, where there is one: on the same file system they need not be copied. */
  readonly file?: number;
  /** Whether that file is one that nobody ever writes to, such as a blob of a layout: only then may it get another name. */
  readonly isImmutable?: boolean;
}
