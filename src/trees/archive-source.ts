/** A tar archive as an open tree: one layer over nothing. */
import { defaultLimits, NoteList, type Note, parseDiffId } from '../base/index.ts';
import { createHasher } from '../codec/index.ts';
import type { OpenArchive, OpenOptions } from '../image/index.ts';
import { type PendingLayer, readFully, readLayers } from '../layer/index.ts';
import { mediaTypes } from '../oci/index.ts';
import type { RootfsOptions } from '../rootfs/index.ts';
import { applyLayers } from '../tree/index.ts';
import { engineOfExport, exportFacts, withUnlistedRoot } from './container-export.ts';
import { LayeredSource } from './layered-source.ts';
import type { ContainerFacts } from './open-tree.ts';

const chunkBytes = 1024 * 1024;

export type ArchiveTreeOptions = OpenOptions &
  RootfsOptions & {
    /** It may be what an engine made of a container, which is looked for. */
    readonly isFlat?: boolean;
    /** The container that an engine made it of. */
    readonly container?: ContainerFacts | undefined;
  };

/**
 * Reads a flat tar, or a layer, plain or compressed. Its whiteouts have nothing to act on, and are noted. Where an engine made
 * it of a container, nothing is known that engines leave out.
 * @param archive is closed with the tree, and also when there is none
 * @throws HOST_REFUSED, LIMIT_EXCEEDED, the codes of the tar reader and of `applyLayers`
 */
export async function openArchiveTree(
  reference: string,
  archive: OpenArchive,
  options: ArchiveTreeOptions,
): Promise<LayeredSource> {
  const limits = options.limits ?? defaultLimits;
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
    const read = await readLayers([source], () => ({ kind: options.hashFiles === true ? 'digests' : 'none' }), {
      ...options,
      limits,
    });
    const indexes = read.map(({ index }) => index);
    const notes = new NoteList();
    for (const { notes: found } of indexes) notes.addAll(found);
    const { onConflict } = options;
    const applied = applyLayers(
      indexes.map(({ table }) => table),
      { limits, onNote: (note: Note) => notes.add(note), ...(onConflict ? { onConflict } : {}) },
    );
    const dispose = (): void => archive[Symbol.dispose]();
    const engine = options.container?.engine ?? (options.isFlat === true ? engineOfExport(applied) : undefined);
    return new LayeredSource({
      reference,
      tree: engine ? withUnlistedRoot(applied) : applied,
      facts: engine && exportFacts(engine),
      container: options.container,
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
