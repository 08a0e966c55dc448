/** Tar pieces as bytes: to a stream, or straight into a file. */
import fs from 'node:fs';
import { HoldfastError } from '../base/index.ts';
import { asRefused, host } from '../host/index.ts';
import { writeFully } from '../layer/index.ts';
import type { TarPiece } from './tar-pieces.ts';

/** The open file with the uncompressed bytes of a layer. */
type StreamOf = (layer: number) => number | undefined;

const chunkBytes = 1024 * 1024;
/** From here on the kernel copies a body; smaller ones travel with their headers in one write. */
const kernelCopyBytes = 128 * 1024;
const piecesPerTurn = 500;

/** The archive in chunks of about a mebibyte. */
export async function* pieceChunks(
  pieces: Iterable<TarPiece>,
  streamOf: StreamOf,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let chunk = Buffer.allocUnsafe(chunkBytes);
  let used = 0;
  for (const piece of pieces) {
    let at = 0;
    const size = piece.kind === 'bytes' ? piece.bytes.length : piece.size;
    while (at < size) {
      const count = Math.min(size - at, chunkBytes - used);
      fillFrom(piece, at, chunk.subarray(used, used + count), streamOf);
      at += count;
      used += count;
      if (used < chunkBytes) continue;
      signal?.throwIfAborted();
      yield chunk;
      chunk = Buffer.allocUnsafe(chunkBytes);
      used = 0;
    }
  }
  if (used > 0) yield chunk.subarray(0, used);
}

/**
 * Writes the archive into a file that is open for writing, at its position; returns how many bytes that were.
 * @throws HOST_REFUSED, or the reason of the signal
 */
export async function writePieces(
  pieces: Iterable<TarPiece>,
  streamOf: StreamOf,
  file: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  let used = 0;
  let count = 0;
  let total = 0;
  const flush = (): void => {
    writeFully(file, buffer.subarray(0, used), null);
    used = 0;
  };
  for (const piece of pieces) {
    const size = piece.kind === 'bytes' ? piece.bytes.length : piece.size;
    total += size;
    if (piece.kind === 'body' && size >= kernelCopyBytes) {
      flush();
      copyBody(streamAt(streamOf, piece.layer), piece, file);
    } else {
      if (used + size > chunkBytes) flush();
      if (size > chunkBytes) copySlowly(piece, file, streamOf);
      else fillFrom(piece, 0, buffer.subarray(used, used + size), streamOf);
      if (size <= chunkBytes) used += size;
    }
    if (++count % piecesPerTurn !== 0) continue;
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  }
  flush();
  signal?.throwIfAborted();
  return total;
}

function copyBody(stream: number, piece: TarPiece & { readonly kind: 'body' }, file: number): void {
  let done = 0;
  while (done < piece.size) {
    const copied = host.copyRange(stream, piece.offset + done, file, piece.size - done);
    if (copied <= 0) break;
    done += copied;
  }
  if (done < piece.size) {
    const rest = { ...piece, offset: piece.offset + done, size: piece.size - done };
    copySlowly(rest, file, () => stream);
  }
}

function copySlowly(piece: TarPiece, file: number, streamOf: StreamOf): void {
  const size = piece.kind === 'bytes' ? piece.bytes.length : piece.size;
  const buffer = Buffer.allocUnsafe(Math.min(size, chunkBytes));
  for (let at = 0; at < size; at += buffer.length) {
    const part = buffer.subarray(0, Math.min(buffer.length, size - at));
    fillFrom(piece, at, part, streamOf);
    writeFully(file, part, null);
  }
}

/** Fills a buffer with the bytes of a piece from an offset on. */
function fillFrom(piece: TarPiece, from: number, to: Buffer, streamOf: StreamOf): void {
  if (piece.kind === 'bytes') {
    to.set(piece.bytes.subarray(from, from + to.length));
    return;
  }
  const stream = streamAt(streamOf, piece.layer);
  let done = 0;
  while (done < to.length) {
    const count = readAt(stream, to.subarray(done), piece.offset + from + done);
    if (count === 0) throw new HoldfastError('BUG', { message: 'a verified layer became shorter' });
    done += count;
  }
}

function readAt(stream: number, to: Buffer, position: number): number {
  try {
    return fs.readSync(stream, to, 0, to.length, position);
  } catch (error) {
    throw asRefused('read', 'layer', error);
  }
}

function streamAt(streamOf: StreamOf, layer: number): number {
  const stream = streamOf(layer);
  if (stream === undefined) throw new HoldfastError('BUG', { message: `layer ${layer} has no stream` });
  return stream;
}
