/** A repaired layer as a blob, in a temporary file. */
import type { Limits } from '../base/index.ts';
import { compress, type Compression, compressionOfMediaType, createHasher } from '../codec/index.ts';
import {
  type Family,
  type LayerState,
  type LayerWriting,
  layerMediaType,
  newLayer,
  noteZstd,
  temporaryFile,
  type Workshop,
  writtenLayer,
} from '../edit/index.ts';
import type { OpenBody } from '../layer/index.ts';
import { amendedTar, type OpenArchive } from './amended-tar.ts';
import type { Repair } from './choose-repair.ts';
import type { Draft } from './draft.ts';

export interface RepairWriting extends LayerWriting {
  readonly limits: Limits;
  readonly jobs?: number;
  readonly signal?: AbortSignal;
}

/** Where the content of a repair comes from, and where it goes. */
export interface RepairMaterial {
  /** The layer as it was. */
  readonly before: LayerState;
  readonly archive: OpenArchive;
  readonly open: OpenBody;
  readonly family: Family;
  readonly workshop: Workshop;
}

/** Compressed as the layer was, unless told otherwise. @throws HOST_REFUSED, USAGE, the codes of `writeLayer` */
export async function writeRepair(
  repair: Exclude<Repair, { readonly kind: 'kept' }>,
  material: RepairMaterial,
  options: RepairWriting,
): Promise<LayerState> {
  const compression = options.compression ?? compressionOfMediaType(material.before.mediaType) ?? 'gzip';
  const writing = { ...options, compression };
  if (repair.kind === 'amended') return await writeAmended(repair.draft, material, writing);
  const bench = { bench: material.workshop, options: writing };
  return await writtenLayer(repair.plan, material.open, material.family, bench);
}

async function writeAmended(
  draft: Draft,
  { archive, family, workshop }: RepairMaterial,
  options: RepairWriting & { readonly compression: Compression },
): Promise<LayerState> {
  const { compression, compressionLevel: level, jobs } = options;
  const [tar, blob] = [createHasher('sha256'), createHasher('sha256')];
  const file = temporaryFile(workshop);
  const plain = hashed(amendedTar(draft, archive, options), tar);
  await file.take(hashed(compress(plain, { compression, level, jobs }), blob));
  const [digest, size] = [blob.digest(), blob.bytes];
  workshop.blobs.addFile({ digest, size, fd: file.fd });
  if (compression === 'zstd') noteZstd(family, workshop);
  const mediaType = layerMediaType(family, compression);
  return newLayer({ digest, size, mediaType, diffId: tar.diffId(), origin: 'written' });
}

async function* hashed(
  chunks: AsyncIterable<Uint8Array>,
  hasher: ReturnType<typeof createHasher>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hasher.update(chunk);
    yield chunk;
  }
}
