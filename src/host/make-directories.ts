import fs from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a directory and the parents it lacks. Node's own `recursive` never returns where a directory is there and
 * refuses new names with ENOENT, as /proc does.
 *
 * @param mode of what is made, before the umask
 * @returns the topmost directory that was made; undefined when all were there
 * @throws what `fs.mkdirSync` throws; EEXIST when there is something else
 */
export function makeDirectories(path: string, mode = 0o777): string | undefined {
  try {
    return made(path, mode);
  } catch (error) {
    const parent = dirname(path);
    if (!isMissing(error) || parent === path) throw error;
    const first = makeDirectories(parent, mode);
    const last = made(path, mode);
    return first ?? last;
  }
}

function made(path: string, mode: number): string | undefined {
  try {
    fs.mkdirSync(path, { mode });
    return path;
  } catch (error) {
    if (fs.statSync(path, { throwIfNoEntry: false })?.isDirectory()) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
