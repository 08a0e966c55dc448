import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { asRefused } from './refused.ts';

const { O_RDWR, O_CREAT, O_EXCL } = fs.constants;

/**
 * Opens a new file in a directory that no name leads to: it is gone when this process is, however it ends.
 * @throws HOST_REFUSED
 */
export function openUnnamedFile(directory: string): number {
  const name = path.join(directory, `.holdfast-${randomBytes(8).toString('hex')}`);
  try {
    const file = fs.openSync(name, O_RDWR | O_CREAT | O_EXCL, 0o600);
    fs.unlinkSync(name);
    return file;
  } catch (error) {
    throw asRefused('create a temporary file in', directory, error);
  }
}
