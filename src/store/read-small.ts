import fs from 'node:fs';
import { HoldfastError, maxDocumentBytes } from '../base/index.ts';
import { asRefused } from '../host/index.ts';
import { documentTooLarge } from '../oci/index.ts';
import type { OpenFile } from './directory.ts';

/**
 * All bytes of a document.
 *
 * @param what names it in errors.
 * @throws LIMIT_EXCEEDED past 4 MiB, SIZE_MISMATCH when it shrinks meanwhile, HOST_REFUSED
 */
export function readSmall(file: OpenFile, what: string): Buffer {
  if (file.size > maxDocumentBytes) throw documentTooLarge(what);
  const bytes = Buffer.alloc(file.size);
  try {
    for (let at = 0; at < bytes.length;) {
      const count = fs.readSync(file.fd, bytes, at, bytes.length - at, at);
      if (count === 0) throw new HoldfastError('SIZE_MISMATCH', { expected: bytes.length, actual: at, what });
      at += count;
    }
  } catch (error) {
    throw asRefused('read', what, error);
  }
  return bytes;
}
