/** References to trees: those to images, and what else has files in it. */
import fs from 'node:fs';
import { fromJsonText, HoldfastError, toBytes } from '../base/index.ts';
import { asRefused } from '../host/index.ts';

export type TreeReference =
  | { readonly kind: 'image'; readonly reference: string }
  | { readonly kind: 'rootfs'; readonly directory: string }
  /** A flat tar, or one layer with its whiteouts; `-` is stdin. */
  | { readonly kind: 'tar' | 'layer'; readonly file: string }
  /** What `find` printed; `-` is stdin. */
  | { readonly kind: 'find'; readonly file: string }
  /** A container, by name or ID. */
  | { readonly kind: 'docker' | 'podman'; readonly container: string }
  /** The address of a probe. */
  | { readonly kind: 'probe'; readonly url: string }
  /** A file whose content says what it is. */
  | { readonly kind: 'file'; readonly file: string };

/**
 * Reads a reference to a tree. What begins with "/" or "." is a directory or a file, by what is there; everything that is no
 * tree of its own is an image.
 * @throws REFERENCE_INVALID, IMAGE_NOT_FOUND, HOST_REFUSED
 */
export function parseTreeReference(reference: string): TreeReference {
  const [, kind = '', rest = ''] = /^(rootfs|tar|layer|find|docker(?!:\/\/)|podman):(.*)$/s.exec(reference) ?? [];
  if (kind !== '' && rest === '')
    throw new HoldfastError('REFERENCE_INVALID', { reference, reason: 'nothing follows the colon' });
  if (kind === 'rootfs') return { kind, directory: rest };
  if (kind === 'tar' || kind === 'layer' || kind === 'find') return { kind, file: rest };
  if (kind === 'docker' || kind === 'podman') return { kind, container: containerName(reference, rest) };
  if (/^https?:\/\//i.test(reference)) return { kind: 'probe', url: reference };
  if (!/^[./]/.test(reference)) return { kind: 'image', reference };
  return isDirectory(reference) ? { kind: 'rootfs', directory: reference } : { kind: 'file', file: reference };
}

/** What both engines allow as names; an ID is one, too. */
function containerName(reference: string, name: string): string {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) return name;
  const hint = `an image in a registry is docker://${name}, one in a Docker Engine docker-daemon:${name}`;
  throw new HoldfastError('REFERENCE_INVALID', { reference, reason: 'no container can have that name', hint });
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
