/** Layers that are made here: planned, written into a temporary file, and named as their image names layers. */
import { tmpdir } from 'node:os';
import type { Digest, Note, OperationOptions } from '../base/index.ts';
import { compress, type Compression, createHasher } from '../codec/index.ts';
import { host, openUnnamedFile } from '../host/index.ts';
import { type OpenBody, writeFully, writeLayer } from '../layer/index.ts';
import type { PlannedEntry } from '../tree/index.ts';
import { type LayerState, newLayer } from './image-state.ts';
import { type Family, layerMediaType } from './layer-types.ts';
import type { NewBlobs } from './new-blobs.ts';

export interface LayerWriting {
  /** Of layers that are written; gzip unless told otherwise. */
  readonly compression?: Compression;
  /** 1 to 9 for gzip (6 unless told otherwise), 1 to 19 for zstd (3). */
  readonly compressionLevel?: number;
}

/** What writing needs of an edit. */
export interface Bench {
  readonly blobs: NewBlobs;
  readonly note: (note: Note) => void;
  /** Closes the files when the edit is over. */
  readonly closing: AsyncDisposableStack;
}

export interface WritingOptions extends LayerWriting, Pick<OperationOptions, 'signal'> {
  readonly jobs?: number;
}

/** @throws USAGE for a level that the compression does not have, HOST_REFUSED, what `open` throws */
export async function writtenLayer(
  plan: Iterable<PlannedEntry>,
  open: OpenBody,
  family: Family,
  { bench, options }: { readonly bench: Bench; readonly options: WritingOptions },
): Promise<LayerState> {
  const { compression = 'gzip', compressionLevel: level, jobs, signal } = options;
  const file = temporaryFile(bench);
  const writing = { compression, ...(level === undefined ? {} : { level }), ...(jobs === undefined ? {} : { jobs }) };
  const { digest, size, diffId } = await writeLayer(plan, open, file.take, { ...writing, ...(signal && { signal }) });
  bench.blobs.addFile({ digest, size, fd: file.fd });
  if (compression === 'zstd') noteZstd(family, bench);
  return newLayer({ digest, size, mediaType: layerMediaType(family, compression), diffId, origin: 'written' });
}

/** Compresses an archive into a temporary file, which is a blob from then on. @throws as {@link writtenLayer} */
export async function compressedBlob(
  plain: AsyncIterable<Uint8Array>,
  compression: Compression,
  { bench, options }: { readonly bench: Bench; readonly options: WritingOptions },
): Promise<{ readonly digest: Digest; readonly size: number }> {
  const { compressionLevel: level, jobs } = options;
  const file = temporaryFile(bench);
  const hasher = createHasher('sha256');
  const hashed = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of compress(plain, { compression, level, jobs })) {
      hasher.update(chunk);
      yield chunk;
    }
  };
  await file.take(hashed());
  const [digest, size] = [hasher.digest(), hasher.bytes];
  bench.blobs.addFile({ digest, size, fd: file.fd });
  return { digest, size };
}

export function noteZstd(family: Family, { note }: Pick<Bench, 'note'>): void {
  if (family === 'docker') note({ code: 'ZSTD_OF_DOCKER' });
}

/** A file that no name leads to, filled from front to back. It is open until the edit is over. @throws HOST_REFUSED */
export function temporaryFile({ closing }: Pick<Bench, 'closing'>) {
  const fd = openUnnamedFile(tmpdir());
  closing.defer(() => host.close(fd));
  const take = async (chunks: AsyncIterable<Uint8Array>): Promise<void> => {
    let position = 0;
    for await (const chunk of chunks) {
      writeFully(fd, chunk, position);
      position += chunk.length;
    }
  };
  return { fd, take };
}
