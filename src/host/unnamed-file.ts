import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { asRefused } from './refused.ts';

const { O_RDWR, O_CREAT, O_EXCL, O_DIRECTORY } = fs.constants;
const O_TMPFILE = 0o20000000 | O_DIRECTORY;

/**
 * Opens a new file in a directory that no name leads to: it is gone when this process is, however it ends.
 * @throws HOST_REFUSED
 */
export function openUnnamedFile(directory: string): number {
  try {
    return process.platform === 'linux' ? fs.openSync(directory, O_TMPFILE | O_RDWR, 0o600) : openAndUnlink(directory);
  } catch (error) {
    // Not every file system can; NFS says so with EOPNOTSUPP, an old kernel with EISDIR.
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EOPNOTSUPP' || code === 'ENOTSUP' || code === 'EISDIR') return openAndUnlink(directory);
    throw asRefused('create a temporary file in', directory, error);
  }
}

function openAndUnlink(directory: string): number {
  const name = path.join(directory, `.holdfast-${randomBytes(8).toString('hex')}`);
  try {
    const file = fs.openSync(name, O_RDWR | O_CREAT | O_EXCL, 0o600);
    fs.unlinkSync(name);
    return file;
  } catch (error) {
    throw asRefused('create a temporary file in', directory, error);
  }
}
