/** Where the stored bytes of the current entry belong in its file. */
import type { SparseExtent } from '../base/index.ts';

export class Body {
  #runs: readonly SparseExtent[] | undefined;
  #run = 0;
  #position = 0;
  #runLeft = 0;
  #left = 0;

  start(runs: readonly SparseExtent[] | undefined, storedSize: number): void {
    this.#left = storedSize;
    this.#runs = runs;
    this.#run = 0;
    this.#position = runs?.[0]?.offset ?? 0;
    this.#runLeft = runs === undefined ? storedSize : (runs[0]?.size ?? 0);
  }

  /** Bytes still to come. */
  get left(): number {
    return this.#left;
  }

  /** Bytes that still belong together at {@link position}. */
  get runLeft(): number {
    return this.#runLeft;
  }

  /** Where in the file the next stored byte goes. */
  get position(): number {
    return this.#position;
  }

  advance(length: number): void {
    this.#left -= length;
    this.#runLeft -= length;
    this.#position += length;
    if (this.#runLeft > 0 || this.#runs === undefined) return;
    const next = this.#runs[++this.#run];
    this.#position = next?.offset ?? 0;
    this.#runLeft = next?.size ?? 0;
  }
}
