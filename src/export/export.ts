/** `export`: an image becomes one flat, deterministic tar archive. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fromJsonText, type Note } from '../base/index.ts';
import { asRefused, createPrivateFile, guarded, host, procPath, removeLeftovers } from '../host/index.ts';
import type { Image } from '../image/index.ts';
import { pieceChunks, streamBodies, tarPieces } from '../layer/index.ts';
import { type PathSelection, type RootfsOptions, selectPaths } from '../rootfs/index.ts';
import { flatPlan } from '../tree/index.ts';
import { streamRootfs } from './layer-streams.ts';
import { writePieces } from './write-pieces.ts';

const { O_RDONLY, O_WRONLY, O_DIRECTORY } = fs.constants;

export interface ExportOptions extends RootfsOptions, PathSelection {}

export interface ExportResult {
  readonly reference: string;
  /** Digest of the manifest that was exported. */
  readonly digest: string;
  /** Bytes of the archive. */
  readonly size: number;
  readonly notes: readonly Note[];
}

/**
 * Exports into a stream. Nothing is given out before every layer is verified.
 * @param take receives the archive in order, in chunks
 * @throws every code of the image and layer families, HOST_REFUSED, and what `take` throws
 */
export async function exportTo(
  image: Image,
  take: (chunks: AsyncIterable<Uint8Array>) => Promise<void>,
  options: ExportOptions = {},
): Promise<ExportResult> {
  using rootfs = await streamRootfs(image, os.tmpdir(), options);
  options.onEvent?.({ kind: 'phase', phase: 'write' });
  const pieces = tarPieces(flatPlan(selectPaths(rootfs.tree, options)));
  let size = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of pieceChunks(pieces, streamBodies(rootfs.rangeOf), options.signal)) {
      size += chunk.length;
      yield chunk;
    }
  };
  await take(counted());
  return { reference: image.reference, digest: image.manifestDigest, size, notes: rootfs.notes.notes };
}

/**
 * Exports into a file, which appears complete or not at all; an existing one is replaced. What is no regular file, such
 * as /dev/null or a FIFO, is written to as it is.
 * @throws every code of the image and layer families, HOST_REFUSED
 */
export async function exportToFile(image: Image, file: string, options: ExportOptions = {}): Promise<ExportResult> {
  const { absolute, isReplaced } = findOutput(file);
  using rootfs = await streamRootfs(image, isReplaced ? path.dirname(absolute) : os.tmpdir(), options);
  options.onEvent?.({ kind: 'phase', phase: 'write' });
  const pieces = tarPieces(flatPlan(selectPaths(rootfs.tree, options)));
  const write = (handle: number): Promise<number> => writePieces(pieces, rootfs.rangeOf, handle, options.signal);
  const size = await (isReplaced ? replaceFile(absolute, write) : writeInto(file, write));
  return { reference: image.reference, digest: image.manifestDigest, size, notes: rootfs.notes.notes };
}

/** Where a symbolic link leads to a file, that file is the output. */
function findOutput(file: string): { readonly absolute: string; readonly isReplaced: boolean } {
  try {
    const existing = fs.statSync(file, { throwIfNoEntry: false });
    return {
      absolute: existing ? fs.realpathSync(file) : path.resolve(file),
      isReplaced: existing?.isFile() ?? true,
    };
  } catch (error) {
    throw asRefused('open', file, error);
  }
}

async function writeInto(file: string, write: (handle: number) => Promise<number>): Promise<number> {
  const handle = openPath(file, O_WRONLY);
  try {
    return await write(handle);
  } finally {
    host.close(handle);
  }
}

async function replaceFile(absolute: string, write: (handle: number) => Promise<number>): Promise<number> {
  const name = fromJsonText(path.basename(absolute));
  const directory = openPath(path.dirname(absolute), O_RDONLY | O_DIRECTORY);
  try {
    removeLeftovers(directory, name);
    using file = createPrivateFile(directory, name, 0o666);
    const size = await write(file.handle);
    guarded('rename', name, () => fs.renameSync(procPath(directory, file.name), procPath(directory, name)));
    file.release();
    return size;
  } finally {
    host.close(directory);
  }
}

function openPath(file: string, flags: number): number {
  try {
    return fs.openSync(file, flags);
  } catch (error) {
    throw asRefused('open', file, error);
  }
}
