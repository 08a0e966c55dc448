/** Tar pieces as a stream of chunks, bodies read from wherever they are. */
import { HoldfastError } from '../base/index.ts';
import type { Inode } from '../tree/index.ts';
import type { TarPiece } from './tar-pieces.ts';

/**
 * Gives the stored data of a file: all of it, or of a sparse file its runs one after the other. A chunk is valid until the
 * next is asked for. What can be read without waiting is best given synchronously: that saves a promise for each file.
 */
export type OpenBody = (inode: Inode) => Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

const chunkBytes = 1024 * 1024;

/**
 * The archive in chunks of a mebibyte, the last one shorter. Each is the receiver's own.
 * @throws CONTENT_CHANGED where a body is shorter or longer than its inode says, the reason of the signal, and what
 * `openBody` throws
 */
export async function* pieceChunks(
  pieces: Iterable<TarPiece>,
  openBody: OpenBody,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const filling = new Filling(signal);
  for (const piece of pieces) {
    if (piece.kind === 'bytes') {
      for (const chunk of filling.add(piece.bytes)) yield chunk;
      continue;
    }
    const count = new BodyCount(piece);
    const parts = openBody(piece.inode);
    if (Symbol.iterator in parts) {
      for (const part of parts) for (const chunk of filling.add(count.taken(part))) yield chunk;
    } else {
      for await (const part of parts) for (const chunk of filling.add(count.taken(part))) yield chunk;
    }
    count.finish();
  }
  const last = filling.finish();
  if (last.length > 0) yield last;
}

/** A chunk that fills up. */
class Filling {
  readonly #signal: AbortSignal | undefined;
  #chunk = Buffer.allocUnsafe(chunkBytes);
  #used = 0;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /** The chunks that these bytes make full. */
  add(bytes: Uint8Array): readonly Uint8Array[] {
    if (this.#used + bytes.length < chunkBytes) {
      this.#put(bytes);
      return none;
    }
    this.#signal?.throwIfAborted();
    const full: Uint8Array[] = [];
    let rest = bytes;
    while (this.#used + rest.length >= chunkBytes) {
      const room = chunkBytes - this.#used;
      this.#put(rest.subarray(0, room));
      full.push(this.#chunk);
      this.#chunk = Buffer.allocUnsafe(chunkBytes);
      this.#used = 0;
      rest = rest.subarray(room);
    }
    this.#put(rest);
    return full;
  }

  finish(): Uint8Array {
    this.#signal?.throwIfAborted();
    return this.#chunk.subarray(0, this.#used);
  }

  #put(bytes: Uint8Array): void {
    this.#chunk.set(bytes, this.#used);
    this.#used += bytes.length;
  }
}

const none: readonly Uint8Array[] = [];

/** Holds a body to the size that its header says. */
class BodyCount {
  readonly #piece: TarPiece & { readonly kind: 'body' };
  #bytes = 0;

  constructor(piece: TarPiece & { readonly kind: 'body' }) {
    this.#piece = piece;
  }

  taken(part: Uint8Array): Uint8Array {
    this.#bytes += part.length;
    if (this.#bytes > this.#piece.size) throw this.#changed();
    return part;
  }

  finish(): void {
    if (this.#bytes !== this.#piece.size) throw this.#changed();
  }

  #changed(): HoldfastError {
    const { path, size } = this.#piece;
    return new HoldfastError('CONTENT_CHANGED', { path, expected: size, actual: this.#bytes });
  }
}
