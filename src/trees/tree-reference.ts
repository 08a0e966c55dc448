/** References to trees: those to images, and what else has files in it. */
import fs from 'node:fs';
import { fromJsonText, HoldfastError, toBytes } from '../base/index.ts';
import { asRefused } from '../host/index.ts';

export type TreeReference =
  | { readonly kind: 'image'; readonly reference: string }
  | { readonly kind: 'rootfs'; readonly directory: string }
  /** A flat tar, or one layer with its whiteouts; `-` is stdin. */
  | { readonly kind: 'tar' | 'layer'; readonly file: string }
  /** A file whose content says what it is. */
  | { readonly kind: 'file'; readonly file: string };

/**
 * Reads a reference to a tree. What begins with "/" or "." is a directory or a file, by what is there; everything that is no
 * tree of its own is an image.
 * @throws REFERENCE_INVALID, IMAGE_NOT_FOUND, HOST_REFUSED
 */
export function parseTreeReference(reference: string): TreeReference {
  const [, kind = '', rest = ''] = /^(rootfs|tar|layer):(.*)$/s.exec(reference) ?? [];
  if (kind !== '' && rest === '')
    throw new HoldfastError('REFERENCE_INVALID', { reference, reason: 'the path is empty' });
  if (kind === 'rootfs') return { kind, directory: rest };
  if (kind === 'tar' || kind === 'layer') return { kind, file: rest };
  if (!/^[./]/.test(reference)) return { kind: 'image', reference };
  return isDirectory(reference) ? { kind: 'rootfs', directory: reference } : { kind: 'file', file: reference };
}

function isDirectory(path: string): boolean {
  if (path.includes('\0')) throw new HoldfastError('REFERENCE_INVALID', { reference: path, reason: 'it has a NUL' });
  try {
    const found = fs.statSync(toBytes(fromJsonText(path)), { throwIfNoEntry: false });
    if (found !== undefined) return found.isDirectory();
  } catch (error) {
    throw asRefused('look at', path, error);
  }
  throw new HoldfastError('IMAGE_NOT_FOUND', { reference: path, reason: 'there is no such file or directory' });
}
