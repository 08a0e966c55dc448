/** A tar archive as an open tree: one layer over nothing. */
import { defaultLimits, NoteList, type Note, parseDiffId } from '../base/index.ts';
import { createHasher } from '../codec/index.ts';
import { openArchive, type OpenOptions } from '../image/index.ts';
import { type PendingLayer, readFully, readLayers } from '../layer/index.ts';
import { mediaTypes } from '../oci/index.ts';
import type { RootfsOptions } from '../rootfs/index.ts';
import { applyLayers } from '../tree/index.ts';
import { LayeredSource } from './layered-source.ts';

const chunkBytes = 1024 * 1024;

/**
 * Reads a flat tar, or a layer, plain or compressed. Its whiteouts have nothing to act on, and are noted.
 * @param file `-` is stdin
 * @throws IMAGE_NOT_FOUND, ARCHIVE_INVALID, HOST_REFUSED, CODEC_CORRUPT, LIMIT_EXCEEDED, the codes of the tar reader and of
 * `applyLayers`
 */
export async function openArchiveTree(
  reference: string,
  file: string,
  options: OpenOptions & RootfsOptions,
): Promise<LayeredSource> {
  const limits = options.limits ?? defaultLimits;
  const archive = await openArchive(file, options);
  try {
    const { fd, offset, size } = archive;
    const digest = digestOfFile(fd, offset, size);
    const source: PendingLayer = {
      number: 1,
      digest,
      size,
      mediaType: mediaTypes.ociLayer,
      diffId: parseDiffId(digest),
      open: async () => ({ file: fd, offset }),
    };
    const read = await readLayers([source], () => ({ kind: 'none' }), { ...options, limits });
    const indexes = read.map(({ index }) => index);
    const notes = new NoteList();
    for (const { notes: found } of indexes) notes.addAll(found);
    const { onConflict } = options;
    const tree = applyLayers(
      indexes.map(({ table }) => table),
      { limits, onNote: (note: Note) => notes.add(note), ...(onConflict ? { onConflict } : {}) },
    );
    const dispose = (): void => archive[Symbol.dispose]();
    return new LayeredSource({
      reference,
      tree,
      indexes,
      sources: [source],
      notes: notes.notes,
      onConflict,
      limits,
      dispose,
    });
  } catch (error) {
    archive[Symbol.dispose]();
    throw error;
  }
}

/** Nobody says what the digest is to be; it names the archive, and tells whether it is the same when it is read again. */
function digestOfFile(file: number, offset: number, size: number) {
  const hasher = createHasher('sha256');
  const buffer = Buffer.allocUnsafe(chunkBytes);
  for (let at = 0; at < size; at += chunkBytes) {
    const part = buffer.subarray(0, Math.min(chunkBytes, size - at));
    readFully(file, offset + at, part);
    hasher.update(part);
  }
  return hasher.digest();
}
