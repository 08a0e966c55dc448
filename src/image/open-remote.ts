/** Images that have to be fetched. Loaded only when one is, for what it stands on takes its time to load. */
import fs from 'node:fs';
import { type ErrorData, HoldfastError, isHoldfastError } from '../base/index.ts';
import { openDaemon } from '../daemon/index.ts';
import type { ImageName } from '../oci/index.ts';
import { type NetworkOptions, useRegistry } from '../registry/index.ts';
import { type LayoutStore, openLocalStore } from '../store/index.ts';
import { openArchiveFiles } from './archive-files.ts';
import { openDockerArchiveSource } from './docker-archive-source.ts';
import type { OpenOptions } from './open-source.ts';
import { openRegistrySource } from './registry-source.ts';
import type { ImageSource } from './source.ts';
import { spool } from './spool.ts';

/**
 * @param text as the user gave it.
 * @throws IMAGE_NOT_FOUND, every code of documents, of the network and of the store
 */
export async function openRegistryImage(name: ImageName, text: string, options: OpenOptions): Promise<ImageSource> {
  const store = openStore(options.network?.env);
  const client = useRegistry(options);
  const close = async (): Promise<void> => {
    store[Symbol.dispose]();
    await client[Symbol.asyncDispose]();
  };
  try {
    return await openRegistrySource(name, { client, store, [Symbol.asyncDispose]: close }, options);
  } catch (error) {
    await close();
    throw isHoldfastError(error) && fs.existsSync(text) ? withPathHint(error, text) : error;
  }
}

/**
 * The daemon gives one image, whatever its archive calls it.
 * @throws IMAGE_NOT_FOUND, HOST_UNREACHABLE, DAEMON_REFUSED, and the codes of archives and documents
 */
export async function openDaemonImage(name: ImageName, options: OpenOptions): Promise<ImageSource> {
  const { signal, limits } = options;
  await using daemon = openDaemon(options.network?.env);
  const archive = await spool(daemon.saveImage(name, { signal }), daemon.address, { signal, limits });
  try {
    const files = openArchiveFiles({ ...archive, name: daemon.address });
    return await openDockerArchiveSource(files, { transport: 'docker-archive', path: daemon.address }, signal);
  } catch (error) {
    archive[Symbol.dispose]();
    throw error;
  }
}

/** Who has no home to write to can choose another place. */
function openStore(env: NetworkOptions['env']): LayoutStore {
  try {
    return openLocalStore(env);
  } catch (error) {
    if (!isHoldfastError(error, 'HOST_REFUSED')) throw error;
    const hint = 'blobs from registries are kept there; set HOLDFAST_STORE to a directory that can be written to';
    throw new HoldfastError('HOST_REFUSED', { ...error.data, hint }, { cause: error });
  }
}

function pathReferences(path: string): string {
  if (fs.existsSync(`${path}/oci-layout`)) return `did you mean oci:${path}?`;
  if (fs.statSync(path, { throwIfNoEntry: false })?.isDirectory()) return `a tree in a directory is ./${path}`;
  return `an archive is oci-archive:${path} or docker-archive:${path}`;
}

/** Somebody who has such a file or directory may have meant it. */
function withPathHint(error: HoldfastError, text: string): HoldfastError {
  const hint = `without a transport it is a name in a registry; ${pathReferences(text)}`;
  const data = { ...(error.data as object), hint } as ErrorData<typeof error.code>;
  return new HoldfastError(error.code, data, { cause: error.cause });
}
