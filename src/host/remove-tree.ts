import fs from 'node:fs';
import { type ByteString, fromBytes } from '../base/index.ts';
import { host } from './host.ts';
import { errnoOf, guarded } from './refused.ts';

const { O_RDONLY, O_DIRECTORY } = fs.constants;

/**
 * Removes a name and everything below it, through handles only: no link is followed and no path can be too long.
 * A name that does not exist is fine.
 * @throws HOST_REFUSED
 */
export function removeTree(directory: number, name: ByteString): void {
  let handle: number;
  try {
    handle = host.open(directory, name, O_RDONLY | O_DIRECTORY);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT') return;
    if (errno === 'ENOTDIR' || errno === 'ELOOP') return host.unlink(directory, name);
    if (errno !== 'EACCES') throw error;
    // An unprivileged owner must give itself permission before it can look inside.
    host.changeMode(directory, name, 0o700);
    handle = host.open(directory, name, O_RDONLY | O_DIRECTORY);
  }
  try {
    removeContent(handle);
  } finally {
    host.close(handle);
  }
  host.removeDirectory(directory, name);
}

/** Removes everything in an open directory, except one name where it is given. */
export function removeContent(handle: number, except?: ByteString): void {
  for (const entry of entriesOf(handle)) {
    const name = fromBytes(entry.name);
    if (name === except) continue;
    if (entry.isDirectory()) removeTree(handle, name);
    else host.unlink(handle, name);
  }
}

function entriesOf(handle: number): fs.Dirent<Buffer>[] {
  return guarded('read', '' as ByteString, () => {
    const { mode } = fs.fstatSync(handle);
    if ((mode & 0o700) !== 0o700) fs.fchmodSync(handle, 0o700);
    return fs.readdirSync(`/proc/self/fd/${handle}`, { withFileTypes: true, encoding: 'buffer' });
  });
}
