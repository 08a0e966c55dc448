import { type ByteString, fromBytes, HoldfastError, limitFlags } from '../base/index.ts';

/** Cuts a stream into the fields that NULs end. */
export class FieldSplitter {
  readonly #maxBytes: number;
  #rest: Uint8Array[] = [];
  #restBytes = 0;

  /** @param maxBytes of one field */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Gives the fields that end in this chunk. @throws LIMIT_EXCEEDED */
  *split(chunk: Uint8Array): Generator<ByteString, void, undefined> {
    let start = 0;
    for (let end = chunk.indexOf(0); end >= 0; end = chunk.indexOf(0, start)) {
      this.#checkSize(end - start);
      yield this.#restBytes === 0 ? fromBytes(chunk, start, end) : this.#joined(chunk.subarray(start, end));
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
  }

  /** Whether something came behind the last NUL. */
  get isInField(): boolean {
    return this.#restBytes > 0;
  }

  #joined(last: Uint8Array): ByteString {
    const field = fromBytes(Buffer.concat([...this.#rest, last]));
    this.#rest = [];
    this.#restBytes = 0;
    return field;
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#checkSize(bytes.length);
    this.#restBytes += bytes.length;
    this.#rest.push(Buffer.from(bytes));
  }

  #checkSize(more: number): void {
    if (this.#restBytes + more <= this.#maxBytes) return;
    const data = { limit: 'bytes of one field of a listing', flag: limitFlags.maxHeaderBytes };
    throw new HoldfastError('LIMIT_EXCEEDED', { ...data, value: String(this.#maxBytes) });
  }
}
