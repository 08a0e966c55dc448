import { HoldfastError } from '../base/index.ts';

const newline = 10;
/** Bytes of blank lines one behind the other: hours of them, as a probe sends them, and an instant of a decompression bomb. */
const mostBlank = 16 * 1024 * 1024;

/** Cuts bytes into lines, however they arrive. Blank lines mean nothing: they keep a connection alive. */
export class LineSplitter {
  readonly #longest: number;
  #rest: Buffer[] = [];
  #restBytes = 0;
  #blankBytes = 0;

  /** @param longest bytes of one line */
  constructor(longest: number) {
    this.#longest = longest;
  }

  /** The lines that are whole by now. @throws TREE_STREAM_INVALID for one that is too long, and for nothing but blank ones */
  *push(chunk: Uint8Array): Generator<string, void, undefined> {
    let from = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      this.#add(chunk.subarray(from, end));
      from = end + 1;
      const text = Buffer.concat(this.#rest, this.#restBytes).toString('utf8');
      this.#rest = [];
      this.#restBytes = 0;
      this.#countBlank(text);
      if (this.#blankBytes === 0) yield text;
    }
    // A copy: whoever gave the chunk may use it again.
    if (from < chunk.length) this.#add(Buffer.from(chunk.subarray(from)));
  }

  /** Whether a line has begun and not ended. */
  get isWithinLine(): boolean {
    return this.#restBytes > 0;
  }

  #countBlank(text: string): void {
    this.#blankBytes = text.trim() === '' ? this.#blankBytes + text.length + 1 : 0;
    if (this.#blankBytes > mostBlank)
      throw new HoldfastError('TREE_STREAM_INVALID', { reason: 'it goes on with nothing but blank lines' });
  }

  #add(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#rest.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    this.#restBytes += bytes.length;
    if (this.#restBytes <= this.#longest) return;
    throw new HoldfastError('TREE_STREAM_INVALID', { reason: `a line is longer than ${this.#longest} bytes` });
  }
}
