/**
 * Cuts a zstd stream at its frame boundaries (RFC 8878 section 3.1).
 *
 * Node's decoder stops after a frame when more bytes follow in the same write, silently dropping them, so it must be fed
 * pieces that never reach across a boundary. Skippable frames (pzstd, zstd:chunked) are left out here.
 */
import { HoldfastError } from '../base/index.ts';

/** The most a frame may make a decoder remember: 128 MiB, what `zstd --long` uses by default. */
export const maxWindowBytes = 128 * 1024 * 1024;

const zstdMagic = 0xfd2fb528;

/**
 * The frames of a stream as pieces, each inside one frame.
 *
 * @throws CODEC_CORRUPT for bytes between frames, an impossible header, a missing end, a frame that needs a dictionary
 * @throws LIMIT_EXCEEDED for a window over 128 MiB
 */
export async function* splitFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const scanner = new FrameScanner();
  for await (const chunk of chunks) yield* scanner.split(chunk);
  scanner.finish();
}

type Part = 'magic' | 'skip-size' | 'skip' | 'descriptor' | 'fields' | 'block-header' | 'block' | 'checksum';

/** Follows the structure of frames without looking into their blocks. */
class FrameScanner {
  #part: Part = 'magic';
  /** Header bytes of the current part, gathered across chunks. */
  #header: number[] = [];
  #needed = 4;
  /** Bytes of the current block or skippable frame still to pass over. */
  #remaining = 0;
  #lastBlock = false;
  #descriptor = 0;

  /** The stretches of a chunk that belong to data frames, cut where a frame ends. */
  *split(chunk: Uint8Array): Generator<Uint8Array> {
    let start = 0;
    let at = 0;
    while (at < chunk.length) {
      const before = this.#part;
      at = this.#advance(chunk, at);
      if (this.#part === 'magic' && before !== 'magic') {
        if (before !== 'skip' && before !== 'skip-size') yield chunk.subarray(start, at);
        start = at;
      } else if (before === 'magic' && this.#part !== 'magic') {
        // The magic itself may have begun in an earlier chunk, so it is always made anew.
        start = at;
        if (this.#part === 'descriptor') yield Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd);
      }
    }
    if (start < at && this.#isInsideData()) yield chunk.subarray(start, at);
  }

  /** @throws CODEC_CORRUPT when the stream ends inside a frame. */
  finish(): void {
    if (this.#part !== 'magic' || this.#header.length > 0) throw corrupt('it ends inside a frame');
  }

  #isInsideData(): boolean {
    return this.#part !== 'magic' && this.#part !== 'skip' && this.#part !== 'skip-size';
  }

  /** Takes as much of the current part as the chunk has; returns where the rest begins. */
  #advance(chunk: Uint8Array, at: number): number {
    if (this.#part === 'block' || this.#part === 'skip') return this.#passOver(chunk, at);
    while (at < chunk.length && this.#header.length < this.#needed) this.#header.push(chunk[at++] ?? 0);
    if (this.#header.length === this.#needed) this.#endPart();
    return at;
  }

  #passOver(chunk: Uint8Array, at: number): number {
    const taken = Math.min(this.#remaining, chunk.length - at);
    this.#remaining -= taken;
    if (this.#remaining === 0) this.#afterBody();
    return at + taken;
  }

  #afterBody(): void {
    if (this.#part === 'skip') this.#begin('magic', 4);
    else if (!this.#lastBlock) this.#begin('block-header', 3);
    else if ((this.#descriptor & 4) !== 0) this.#begin('checksum', 4);
    else this.#begin('magic', 4);
  }

  #begin(part: Part, needed: number): void {
    this.#part = part;
    this.#needed = needed;
    this.#header = [];
  }

  #endPart(): void {
    const header = this.#header;
    if (this.#part === 'magic') this.#afterMagic(littleEndian(header));
    else if (this.#part === 'skip-size') this.#beginBody('skip', littleEndian(header));
    else if (this.#part === 'descriptor') this.#afterDescriptor(header[0] ?? 0);
    else if (this.#part === 'fields') this.#afterFields(header);
    else if (this.#part === 'block-header') this.#afterBlockHeader(littleEndian(header));
    else this.#begin('magic', 4);
  }

  #beginBody(part: 'block' | 'skip', size: number): void {
    this.#begin(part, 0);
    this.#remaining = size;
    if (size === 0) this.#afterBody();
  }

  #afterMagic(magic: number): void {
    if (magic === zstdMagic) this.#begin('descriptor', 1);
    else if (Math.floor(magic / 16) === 0x184d2a5) this.#begin('skip-size', 4);
    else throw corrupt('something that is not a frame follows');
  }

  #afterDescriptor(descriptor: number): void {
    if ((descriptor & 8) !== 0) throw corrupt('a frame header has a reserved bit set');
    this.#descriptor = descriptor;
    const { window, dictionary, content } = fieldSizes(descriptor);
    this.#begin('fields', window + dictionary + content);
    if (this.#needed === 0) this.#begin('block-header', 3);
  }

  #afterFields(fields: readonly number[]): void {
    const { window, dictionary } = fieldSizes(this.#descriptor);
    if (littleEndian(fields.slice(window, window + dictionary)) !== 0) throw corrupt('a frame needs a dictionary');
    const needed = window === 1 ? windowSize(fields[0] ?? 0) : contentSize(fields.slice(dictionary));
    if (needed > maxWindowBytes) {
      throw new HoldfastError('LIMIT_EXCEEDED', {
        limit: 'bytes of zstd window',
        flag: '',
        value: String(maxWindowBytes),
      });
    }
    this.#begin('block-header', 3);
  }

  #afterBlockHeader(header: number): void {
    this.#lastBlock = (header & 1) !== 0;
    const type = (header >> 1) & 3;
    if (type === 3) throw corrupt('a block has a reserved type');
    this.#beginBody('block', type === 1 ? 1 : header >> 3);
  }
}

function fieldSizes(descriptor: number): { window: number; dictionary: number; content: number } {
  const single = (descriptor & 0x20) !== 0;
  const flag = descriptor >> 6;
  return {
    window: single ? 0 : 1,
    dictionary: [0, 1, 2, 4][descriptor & 3] ?? 0,
    content: flag === 0 ? (single ? 1 : 0) : 2 ** flag,
  };
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** Frames of one segment have no window descriptor: their window is their content. */
function contentSize(field: readonly number[]): number {
  return littleEndian(field) + (field.length === 2 ? 256 : 0);
}

function littleEndian(bytes: readonly number[]): number {
  return bytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
}

function corrupt(reason: string): HoldfastError {
  return new HoldfastError('CODEC_CORRUPT', { codec: 'zstd', reason });
}
