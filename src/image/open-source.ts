/** From the text of a reference to its source. */
import type { Limits, OperationOptions } from '../base/index.ts';
import { parseReference, type Reference } from '../oci/index.ts';
import type { RegistryUse } from '../registry/index.ts';
import { openArchiveFiles } from './archive-files.ts';
import { openDirectoryFiles } from './directory-files.ts';
import { openDockerArchiveSource } from './docker-archive-source.ts';
import type { FileTree } from './files.ts';
import { openLayoutSource } from './layout-source.ts';
import { openArchive } from './open-archive.ts';
import type { ImageSource } from './source.ts';

export interface OpenOptions extends OperationOptions, RegistryUse {
  /** `os/arch[/variant]`: chooses within an index, and must fit a single image. This machine's by default. */
  readonly platform?: string | undefined;
  /** What `-` reads; the standard input of the process by default. */
  readonly stdin?: AsyncIterable<Uint8Array> | undefined;
  /** Bounds for archives that have to be decompressed. */
  readonly limits?: Limits | undefined;
}

/** @throws REFERENCE_INVALID, TRANSPORT_UNSUPPORTED, IMAGE_NOT_FOUND, and every code of archives and documents */
export async function openSource(
  text: string,
  options: OpenOptions = {},
  reference: Reference = parseReference(text),
): Promise<ImageSource> {
  options.signal?.throwIfAborted();
  switch (reference.transport) {
    case 'oci':
      return sourceIn(openDirectoryFiles(reference.path), (files) => openLayoutSource(files, reference));
    case 'oci-archive':
      return sourceIn(await openArchiveTree(reference.path, options), (files) => openLayoutSource(files, reference));
    case 'docker-archive':
      return sourceIn(await openArchiveTree(reference.path, options), (files) =>
        openDockerArchiveSource(files, reference, options.signal),
      );
    case 'registry':
      return await (await import('./open-remote.ts')).openRegistryImage(reference.name, text, options);
    case 'docker-daemon':
      return await (await import('./open-remote.ts')).openDaemonImage(reference.name, options);
  }
}

async function openArchiveTree(path: string, options: OpenOptions): Promise<FileTree> {
  const archive = await openArchive(path, options);
  try {
    return openArchiveFiles(archive);
  } catch (error) {
    archive[Symbol.dispose]();
    throw error;
  }
}

/** The source closes the files; a failure on the way to it must do so, too. */
async function sourceIn(
  files: FileTree,
  open: (files: FileTree) => ImageSource | Promise<ImageSource>,
): Promise<ImageSource> {
  try {
    return await open(files);
  } catch (error) {
    files[Symbol.dispose]();
    throw error;
  }
}
