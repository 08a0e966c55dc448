import fs from 'node:fs';
import { asUnread } from './refused.ts';

/** No token is longer; a device that never ends is not read either. */
const mostBytes = 64 * 1024;

/** A token that a file holds, without the newline at its end. @throws FILE_NOT_FOUND, HOST_REFUSED */
export function readTokenFile(file: string): string {
  try {
    const handle = fs.openSync(file, 'r');
    try {
      const bytes = Buffer.alloc(mostBytes);
      return bytes.toString('utf8', 0, fs.readSync(handle, bytes, 0, mostBytes, null)).trim();
    } finally {
      fs.closeSync(handle);
    }
  } catch (error) {
    throw asUnread(file, error);
  }
}
