/** Sparse maps that stand in blocks of their own: old GNU extension headers, and the text before a PAX 1.0 body. */
import { type NumericField, parseField } from './number.ts';
import type { SparseMap } from './sparse-map.ts';

export interface SparseBlocks {
  /** Whether the blocks count as body in the header's size (PAX 1.0), or stand between header and body (old GNU). */
  readonly inBody: boolean;
  /** Whether the map is complete. */
  readonly done: boolean;
  /** Takes the next block. @throws TAR_SPARSE */
  feed(block: Buffer): void;
}

const slotSize = 24;
const numberSize = 12;

/** Four runs in the header, twenty-one in each extension block; each of these says whether one more follows. */
export class OldGnuBlocks implements SparseBlocks {
  readonly inBody = false;
  readonly #map: SparseMap;
  #ended = false;
  #extended = false;

  constructor(map: SparseMap, header: Buffer) {
    this.#map = map;
    this.#readSlots(header, 386, 482);
  }

  get done(): boolean {
    return !this.#extended;
  }

  feed(block: Buffer): void {
    this.#readSlots(block, 0, 504);
  }

  #readSlots(block: Buffer, start: number, flagAt: number): void {
    for (let at = start; at < flagAt; at += slotSize) this.#readSlot(block, at);
    this.#extended = block[flagAt] !== 0;
    if (this.#extended && this.#ended) throw this.#map.error('goes on after its end');
  }

  /** GNU tar ends the map where the second number is empty, Go where the first is: here it needs both. */
  #readSlot(block: Buffer, at: number): void {
    if (block[at] === 0 && block[at + numberSize] === 0) {
      this.#ended = true;
      return;
    }
    if (this.#ended) throw this.#map.error('goes on after its end');
    if (block[at] === 0 || block[at + numberSize] === 0) throw this.#map.error('has half a run');
    this.#map.add(this.#number(block, at), this.#number(block, at + numberSize));
  }

  #number(block: Buffer, at: number): number | bigint {
    const field: NumericField = { label: 'sparse', at, length: numberSize };
    const value = parseField(block, field);
    if (value === undefined) throw this.#map.error('holds something that is no number');
    return value;
  }
}

/** Decimal numbers, each ended by a newline: how many runs, then offset and size of each; zeros up to the next block. */
export class TextBlocks implements SparseBlocks {
  readonly inBody = true;
  readonly #map: SparseMap;
  #expected: number | undefined;
  #offset: number | undefined;
  #value = 0;
  #digits = 0;

  constructor(map: SparseMap) {
    this.#map = map;
  }

  get done(): boolean {
    return this.#expected === 0;
  }

  feed(block: Buffer): void {
    for (let at = 0; at < block.length && !this.done; at++) {
      const byte = block[at] ?? 0;
      if (byte === 0x0a) this.#endNumber();
      else this.#addDigit(byte - 0x30);
    }
  }

  #addDigit(digit: number): void {
    this.#value = this.#value * 10 + digit;
    this.#digits++;
    if (digit < 0 || digit > 9 || this.#value > Number.MAX_SAFE_INTEGER || this.#digits > 20) {
      throw this.#map.error('holds something that is no number, or too large a one');
    }
  }

  #endNumber(): void {
    if (this.#digits === 0) throw this.#map.error('holds an empty line');
    const value = this.#value;
    this.#value = 0;
    this.#digits = 0;
    if (this.#expected === undefined) this.#expected = value;
    else if (this.#offset === undefined) this.#offset = value;
    else {
      this.#map.add(this.#offset, value);
      this.#offset = undefined;
      this.#expected--;
    }
  }
}
