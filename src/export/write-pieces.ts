/** Tar pieces straight into a file, large bodies copied by the kernel. */
import { host } from '../host/index.ts';
import { readFully, type StreamRange, type TarPiece, writeFully } from '../layer/index.ts';
import type { Inode } from '../tree/index.ts';

const chunkBytes = 1024 * 1024;
/** From here on the kernel copies a body; smaller ones travel with their headers in one write. */
const kernelCopyBytes = 128 * 1024;
const piecesPerTurn = 500;

/**
 * Writes the archive into a file that is open for writing, at its position; returns how many bytes that were.
 * @throws HOST_REFUSED, or the reason of the signal
 */
export async function writePieces(
  pieces: Iterable<TarPiece>,
  rangeOf: (inode: Inode) => StreamRange,
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
    if (used + size > chunkBytes || size >= kernelCopyBytes) flush();
    if (piece.kind === 'bytes' && size > chunkBytes) writeFully(file, piece.bytes, null);
    else if (piece.kind === 'body' && size >= kernelCopyBytes) copyBody(rangeOf(piece.inode), file);
    else {
      fill(buffer.subarray(used, used + size), piece, rangeOf);
      used += size;
    }
    if (++count % piecesPerTurn !== 0) continue;
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  }
  flush();
  signal?.throwIfAborted();
  return total;
}

function fill(to: Buffer, piece: TarPiece, rangeOf: (inode: Inode) => StreamRange): void {
  if (piece.kind === 'bytes') {
    to.set(piece.bytes);
    return;
  }
  const range = rangeOf(piece.inode);
  readFully(range.file, range.offset, to);
}

function copyBody(range: StreamRange, file: number): void {
  let done = 0;
  while (done < range.size) {
    const copied = host.copyRange(range.file, range.offset + done, file, range.size - done);
    if (copied <= 0) break;
    done += copied;
  }
  if (done < range.size) copySlowly({ ...range, offset: range.offset + done, size: range.size - done }, file);
}

function copySlowly(range: StreamRange, file: number): void {
  const buffer = Buffer.allocUnsafe(Math.min(range.size, chunkBytes));
  for (let at = 0; at < range.size; at += buffer.length) {
    const part = buffer.subarray(0, Math.min(buffer.length, range.size - at));
    readFully(range.file, range.offset + at, part);
    writeFully(file, part, null);
  }
}
