/** The files of a layout directory. */
import fs from 'node:fs';
import { join } from 'node:path';
import { HoldfastError } from '../base/index.ts';
import { asRefused } from '../host/index.ts';
import type { FileTree, NotAFile, OpenedFile } from './files.ts';

// Windows lacks the last two, which then count as 0.
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

/**
 * The directory itself may be reached through symbolic links, for the user named it; what is in it may not, for it can
 * come from anywhere.
 *
 * @throws IMAGE_NOT_FOUND when there is no such directory, HOST_REFUSED
 */
export function openDirectoryFiles(directory: string): FileTree {
  requireDirectory(directory);
  return {
    name: directory,
    kind: 'directory',
    open: (path) => openFile(join(directory, path)),
    [Symbol.dispose]: () => {},
  };
}

function requireDirectory(directory: string): void {
  const missing = (reason: string): HoldfastError =>
    new HoldfastError('IMAGE_NOT_FOUND', { reference: directory, reason });
  try {
    const facts = fs.statSync(directory);
    if (!facts.isDirectory()) throw missing('it is a file, not a layout directory; perhaps oci-archive: was meant');
  } catch (error) {
    if (isAbsent(error)) throw missing('there is no such directory');
    throw asRefused('open', directory, error);
  }
}

function openFile(path: string): OpenedFile | NotAFile | undefined {
  let fd: number;
  try {
    fd = fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    const problem = problemOf(codeOf(error));
    if (problem !== undefined) return { problem };
    throw asRefused('open', path, error);
  }
  const facts = factsOf(fd, path);
  if (facts.isFile()) return { fd, offset: 0, size: facts.size, [Symbol.dispose]: () => fs.closeSync(fd) };
  fs.closeSync(fd);
  return { problem: facts.isDirectory() ? 'is a directory' : facts.isFIFO() ? 'is a FIFO' : 'is not a regular file' };
}

function factsOf(fd: number, path: string): fs.Stats {
  try {
    return fs.fstatSync(fd);
  } catch (error) {
    fs.closeSync(fd);
    throw asRefused('open', path, error);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function isAbsent(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function problemOf(code: unknown): string | undefined {
  if (code === 'ELOOP' || code === 'EMLINK') return 'is a symbolic link';
  return code === 'ENXIO' ? 'is a socket or a device' : undefined;
}
