/** What the kernel writes into an upper directory besides files: ovl_lookup and the "Whiteouts", "Redirecting" and "Metadata only copy up" sections of its overlayfs.rst. */
import { type ByteString, fromBytes } from '../base/index.ts';
import { isHostXattr } from '../host/index.ts';
import type { Inode, Xattrs } from '../tree/index.ts';

/** Where overlay marks are kept: `user` where it was mounted with `userxattr`, as in a user namespace. */
export type MarkNamespace = 'trusted' | 'user';

export class OverlayMarks {
  readonly #own: string;

  constructor(namespace: MarkNamespace) {
    this.#own = ownPrefix(namespace);
  }

  /** A name that is gone: a device 0:0, or an empty file with a mark. */
  isWhiteout(inode: Inode): boolean {
    if (inode.kind === 'char') return inode.device[0] === 0 && inode.device[1] === 0;
    return inode.kind === 'file' && inode.size === 0 && this.#has(inode, 'whiteout');
  }

  /** Nothing below a directory is to be seen through it. */
  isOpaque(inode: Inode): boolean {
    return this.#text(inode, 'opaque') === 'y';
  }

  /** A file of which only the attributes are here. */
  isMetacopy(inode: Inode): boolean {
    return inode.kind === 'file' && this.#has(inode, 'metacopy');
  }

  /** The name or, after a "/", the path that it has below, as it is written. */
  redirect(inode: Inode): ByteString | undefined {
    return this.#text(inode, 'redirect');
  }

  /** Whether names that are not here may be names of what is: it was mounted with `index=on`. */
  isIndexed(inode: Inode, isRoot: boolean): boolean {
    return isRoot ? this.#has(inode, 'origin') : inode.kind !== 'directory' && this.#has(inode, 'nlink');
  }

  /** Xattrs as the mounted file system shows them: without its own, those of an overlay inside it under their names. */
  shown(xattrs: Xattrs | undefined, hostXattrs: boolean): Xattrs | undefined {
    if (xattrs === undefined) return undefined;
    const shown = new Map<ByteString, Uint8Array>();
    for (const [name, value] of xattrs) {
      const outside = this.#nameOutside(name);
      if (outside !== undefined && (hostXattrs || !isHostXattr(outside))) shown.set(outside, value);
    }
    if (shown.size === 0) return undefined;
    return new Map([...shown].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #nameOutside(name: ByteString): ByteString | undefined {
    if (!name.startsWith(this.#own)) return name;
    const rest = name.slice(this.#own.length);
    return rest.startsWith('overlay.') ? (`${this.#own}${rest.slice('overlay.'.length)}` as ByteString) : undefined;
  }

  #has({ xattrs }: Inode, mark: string): boolean {
    return xattrs?.has(`${this.#own}${mark}` as ByteString) === true;
  }

  #text({ xattrs }: Inode, mark: string): ByteString | undefined {
    const value = xattrs?.get(`${this.#own}${mark}` as ByteString);
    return value && fromBytes(value);
  }
}

/** Which of the two an upper directory uses, by what is there; the kernel reads only one of them. */
export function guessNamespace(inodes: Iterable<Inode>): MarkNamespace {
  let guess: MarkNamespace = 'trusted';
  for (const { xattrs } of inodes) {
    for (const name of xattrs?.keys() ?? []) {
      if (name.startsWith(ownPrefix('trusted'))) return 'trusted';
      if (name.startsWith(ownPrefix('user'))) guess = 'user';
    }
  }
  return guess;
}

function ownPrefix(namespace: MarkNamespace): string {
  return `${namespace}.overlay.`;
}
