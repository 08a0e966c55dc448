/** The bytes that were pushed and not yet read, whatever pieces they came in. */

const empty = Buffer.alloc(0);

export class Input {
  #chunk: Buffer = empty;
  #at = 0;
  #collected: Buffer | undefined;
  #filled = 0;
  #offset = 0;

  /** Where the next unread byte (or the first of a unit that is not yet complete) stands in the archive. */
  get offset(): number {
    return this.#offset;
  }

  /** Whether some bytes of a unit are there and the rest is not. */
  get hasPart(): boolean {
    return this.#filled > 0;
  }

  push(chunk: Uint8Array): void {
    const fresh = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#chunk = this.#at < this.#chunk.length ? Buffer.concat([this.#chunk.subarray(this.#at), fresh]) : fresh;
    this.#at = 0;
  }

  /** Exactly so many bytes, or undefined until they are all there. A view on the chunk where it holds them all. */
  take(length: number): Buffer | undefined {
    if (this.#filled === 0 && this.#chunk.length - this.#at >= length) return this.#advance(length);
    if (this.#at === this.#chunk.length) return undefined;
    this.#collected ??= Buffer.allocUnsafe(length);
    const copied = this.#chunk.copy(this.#collected, this.#filled, this.#at);
    this.#at += copied;
    this.#filled += copied;
    if (this.#filled < length) return undefined;
    const whole = this.#collected;
    this.#collected = undefined;
    this.#filled = 0;
    this.#offset += length;
    return whole;
  }

  /** A view on up to so many of the bytes at hand; empty when there are none. */
  takeSome(most: number): Buffer {
    return this.#advance(Math.min(most, this.#chunk.length - this.#at));
  }

  #advance(length: number): Buffer {
    const view = this.#chunk.subarray(this.#at, this.#at + length);
    this.#at += length;
    this.#offset += length;
    return view;
  }
}
