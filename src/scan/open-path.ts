/** Opening paths below a root without following any link: one component after the other. */
import { constants } from 'node:fs';
import type { ByteString } from '../base/index.ts';
import { host, pathOnly } from '../host/index.ts';

const { O_RDONLY, O_DIRECTORY } = constants;

/** Opens a directory so that its names can be read. @throws HOST_REFUSED */
export function openDirectoryAt(root: number, path: ByteString): number {
  if (path === '') return host.reopen(root, O_RDONLY | O_DIRECTORY);
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1) as ByteString;
  if (slash < 0) return host.open(root, name, O_RDONLY | O_DIRECTORY);
  const parent = reachDirectory(root, path.slice(0, slash) as ByteString);
  try {
    return host.open(parent, name, O_RDONLY | O_DIRECTORY);
  } finally {
    host.close(parent);
  }
}

/** A handle for going on from a directory that need not be readable. @throws HOST_REFUSED */
export function reachDirectory(root: number, path: ByteString): number {
  let handle: number | undefined;
  try {
    for (const name of path.split('/')) {
      const next = name === '' ? host.reopen(root, pathOnly) : openStep(handle ?? root, name as ByteString);
      if (handle !== undefined) host.close(handle);
      handle = next;
    }
  } catch (error) {
    if (handle !== undefined) host.close(handle);
    throw error;
  }
  return handle as number;
}

function openStep(directory: number, name: ByteString): number {
  return host.open(directory, name, pathOnly | O_DIRECTORY);
}
