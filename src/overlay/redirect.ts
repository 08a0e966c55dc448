/** Where below the kernel looks for a name of an upper directory: ovl_get_redirect_xattr and ovl_lookup_layer. */
import { type ByteString, HoldfastError } from '../base/index.ts';
import { type Inode, joinPath, lookup, type Tree } from '../tree/index.ts';

/** What stands in the tree below, and where. */
export interface Place {
  readonly path: ByteString;
  readonly inode: Inode;
}

/**
 * The place that a name has below. Absolute redirects begin at the root; no link is ever followed.
 * @param redirect as it is written; undefined where it has the same name
 * @param above where the directory is that holds the name, if anything below it is to be seen
 * @throws OVERLAY_INVALID
 */
export function placeBelow(
  base: Tree,
  path: ByteString,
  redirect: ByteString | undefined,
  above: Place | undefined,
): Place | undefined {
  if (redirect !== undefined) checkRedirect(path, redirect);
  if (redirect?.startsWith('/')) {
    const target = redirect.slice(1) as ByteString;
    const inode = lookup(base, target);
    return inode && { path: target, inode };
  }
  const name = redirect ?? (path.slice(path.lastIndexOf('/') + 1) as ByteString);
  const inode = above?.inode.children?.get(name);
  return above && inode && { path: joinPath(above.path, name), inode };
}

function checkRedirect(path: ByteString, redirect: ByteString): void {
  const names = redirect.startsWith('/') ? redirect.slice(1).split('/') : [redirect];
  const isName = (name: string): boolean => name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
  if (names.every(isName)) return;
  throw new HoldfastError('OVERLAY_INVALID', { path, reason: 'it is redirected to what is no name and no path' });
}
