/** Files of an image source by relative path, whether they lie in a directory or inside a tar archive. */
import fs from 'node:fs';
import { HoldfastError, maxDocumentBytes } from '../base/index.ts';
import { asRefused } from '../host/index.ts';
import { documentTooLarge } from '../oci/index.ts';
import type { Delivery } from '../pool/index.ts';

/** Bytes on an open file of this process; worker threads share file descriptors. */
export interface BlobLocation {
  readonly fd: number;
  readonly offset: number;
  readonly size: number;
  /** Where the bytes are still arriving. */
  readonly delivery?: Delivery | undefined;
}

export interface OpenedFile extends BlobLocation, Disposable {}

/** Something is there under the path, and it is no regular file. */
export interface NotAFile {
  /** Continues "it …", such as "is a symbolic link". */
  readonly problem: string;
}

export interface FileTree extends Disposable {
  /** What the user called the directory or archive. */
  readonly name: string;
  readonly kind: 'directory' | 'archive';
  /**
   * Opens a regular file; undefined when nothing is there. Paths come from constants, validated digests, or names that
   * an archive itself lists.
   *
   * @throws HOST_REFUSED; for archives ARCHIVE_INVALID when links lead nowhere sensible
   */
  open(path: string): OpenedFile | NotAFile | undefined;
}

export function isNotAFile(found: OpenedFile | NotAFile | undefined): found is NotAFile {
  return found !== undefined && 'problem' in found;
}

/**
 * All bytes of a small file.
 *
 * @param what names it in errors.
 * @throws LIMIT_EXCEEDED past 4 MiB, SIZE_MISMATCH when it shrinks meanwhile, HOST_REFUSED
 */
export function readSmallFile(file: BlobLocation, what: string): Uint8Array {
  if (file.size > maxDocumentBytes) throw documentTooLarge(what);
  const bytes = Buffer.alloc(file.size);
  const length = readFully(file.fd, bytes, file.offset);
  if (length !== file.size) throw new HoldfastError('SIZE_MISMATCH', { expected: file.size, actual: length, what });
  return bytes;
}

/** Fills a buffer from a position of a file; returns how many bytes there were. @throws HOST_REFUSED */
export function readFully(fd: number, buffer: Uint8Array, position: number): number {
  let filled = 0;
  try {
    while (filled < buffer.length) {
      const count = fs.readSync(fd, buffer, filled, buffer.length - filled, position + filled);
      if (count === 0) break;
      filled += count;
    }
  } catch (error) {
    throw asRefused('read', `file descriptor ${fd}`, error);
  }
  return filled;
}
