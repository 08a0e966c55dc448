/** A planned layer as a blob: deterministic bytes, both digests computed on the way. */
import { type DiffId, type Digest, HoldfastError, type OperationOptions, parseDiffId } from '../base/index.ts';
import { compress, type Compression, createHasher } from '../codec/index.ts';
import { mediaTypes } from '../oci/index.ts';
import type { PlannedEntry } from '../tree/index.ts';
import { type OpenBody, pieceChunks } from './piece-chunks.ts';
import { tarPieces } from './tar-pieces.ts';

export interface WriteLayerOptions extends Pick<OperationOptions, 'signal'> {
  /** gzip unless told otherwise. */
  readonly compression?: Compression;
  /** 1 to 9 for gzip (6 unless told otherwise), 1 to 19 for zstd (3). */
  readonly level?: number;
  /** Blocks that are compressed at once; the bytes are the same however many. */
  readonly jobs?: number;
}

/** What was written, as its descriptor and its config say it. */
export interface WrittenLayer {
  /** Of the blob as stored. */
  readonly digest: Digest;
  /** Bytes of the blob as stored. */
  readonly size: number;
  readonly mediaType: string;
  readonly diffId: DiffId;
  /** Bytes of the tar archive. */
  readonly uncompressedSize: number;
}

/**
 * Writes the tar of a plan, compressed, in bounded memory. A plan without entries gives an archive without entries.
 * @param take receives the blob in order, in chunks of its own, and has to read it to its end
 * @throws CONTENT_CHANGED, USAGE for a level that the compression does not have, the reason of the signal, and what
 * `openBody` and `take` throw
 */
export async function writeLayer(
  plan: Iterable<PlannedEntry>,
  openBody: OpenBody,
  take: (chunks: AsyncIterable<Uint8Array>) => Promise<void>,
  options: WriteLayerOptions = {},
): Promise<WrittenLayer> {
  const { compression = 'gzip', level, jobs, signal } = options;
  const tar = new Passage();
  const archive = tar.of(pieceChunks(tarPieces(plan), openBody, signal));
  if (compression === 'none') {
    await take(archive);
    const { digest, bytes: size } = tar.finish();
    return { digest, size, mediaType: mediaTypes.ociLayer, diffId: parseDiffId(digest), uncompressedSize: size };
  }
  const blob = new Passage();
  await take(blob.of(compress(archive, { compression, level, jobs })));
  const [{ digest, bytes: size }, uncompressed] = [blob.finish(), tar.finish()];
  const mediaType = `${mediaTypes.ociLayer}+${compression}`;
  return { digest, size, mediaType, diffId: parseDiffId(uncompressed.digest), uncompressedSize: uncompressed.bytes };
}

/** Counts and hashes what passes by. */
class Passage {
  readonly #hasher = createHasher('sha256');
  #isEnded = false;

  async *of(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.#hasher.update(chunk);
      yield chunk;
    }
    this.#isEnded = true;
  }

  finish(): { readonly digest: Digest; readonly bytes: number } {
    if (!this.#isEnded) throw new HoldfastError('BUG', { message: 'a layer was not read to its end' });
    const { bytes } = this.#hasher;
    return { digest: this.#hasher.digest(), bytes };
  }
}
