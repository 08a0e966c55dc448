/** The map of a sparse file: which of its bytes are stored. */
import { type ByteString, HoldfastError, type SparseExtent } from '../base/index.ts';
import { blockSize } from './block.ts';
import type { ExactNumber } from './number.ts';

/** Takes runs as an archive lists them and gives the shortest list that says the same. */
export class SparseMap {
  readonly #path: ByteString;
  readonly #realSize: number;
  readonly #runs: { offset: number; size: number }[] = [];
  #end = 0;
  #stored = 0;

  constructor(path: ByteString, realSize: number) {
    this.#path = path;
    this.#realSize = realSize;
  }

  /**
   * Every run but the last must fill whole blocks: GNU tar begins each at a block, others where the one before ended.
   *
   * @throws TAR_SPARSE when it does not, overlaps or precedes the one before, or ends past the end of the file.
   */
  add(offset: ExactNumber, size: ExactNumber): void {
    if (offset < this.#end) throw this.error('has runs that overlap or are out of order');
    if (size < 0 || size > this.#realSize || offset > this.#realSize - Number(size)) {
      throw this.error('has a run past the end of the file');
    }
    if (size > 0 && this.#stored % blockSize !== 0) throw this.error('has a run that does not fill its last block');
    const run = { offset: Number(offset), size: Number(size) };
    const last = this.#runs.at(-1);
    if (last !== undefined && last.offset + last.size === run.offset) last.size += run.size;
    else if (run.size > 0) this.#runs.push(run);
    this.#end = run.offset + run.size;
    this.#stored += run.size;
  }

  /**
   * The runs, or undefined when they leave no hole.
   *
   * @throws TAR_SPARSE when they do not add up to the bytes stored.
   */
  finish(storedSize: number): readonly SparseExtent[] | undefined {
    if (this.#stored !== storedSize) {
      throw this.error(`describes ${this.#stored} bytes of data, but ${storedSize} are stored`);
    }
    return this.#stored === this.#realSize ? undefined : this.#runs;
  }

  error(reason: string): HoldfastError {
    return new HoldfastError('TAR_SPARSE', { name: this.#path, reason });
  }
}
