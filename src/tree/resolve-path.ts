import { type ByteString, HoldfastError } from '../base/index.ts';
import type { Inode } from './inode.ts';
import { joinPath, type Tree } from './tree.ts';

/** As many as the kernel follows (path_resolution(7)). */
const maxLinks = 40;

export interface ResolvedPath {
  /** Where the inode stands, by a name without links. */
  readonly path: ByteString;
  readonly inode: Inode;
}

export interface ResolvePathOptions {
  readonly followLast: boolean;
  /** Is told the text of every link that is followed. */
  readonly onLink?: (text: ByteString) => void;
  /** Is told the directory, by a name without links, that lacks a name. */
  readonly onMissing?: (directory: ByteString, name: ByteString) => void;
}

/**
 * Finds a path as a process whose root is the tree would: links are followed inside the root, ".." stops there.
 * @throws PATH_NOT_FOUND with the reason
 */
export function resolvePath(tree: Tree, path: ByteString, options: ResolvePathOptions): ResolvedPath {
  const pending = path.split('/').reverse();
  const trail: ResolvedPath[] = [{ path: '' as ByteString, inode: tree.root }];
  let links = 0;
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const here = trail.at(-1) as ResolvedPath;
    if (name === '' || name === '.') continue;
    if (here.inode.children === undefined)
      throw new HoldfastError('PATH_NOT_FOUND', { path, reason: 'not-a-directory' });
    if (name === '..') {
      if (trail.length > 1) trail.pop();
      continue;
    }
    const child = here.inode.children.get(name as ByteString);
    if (child === undefined) {
      options.onMissing?.(here.path, name as ByteString);
      throw new HoldfastError('PATH_NOT_FOUND', { path, reason: 'missing' });
    }
    if (child.kind === 'symlink' && (options.followLast || pending.some((part) => part !== ''))) {
      if (++links > maxLinks) throw new HoldfastError('PATH_NOT_FOUND', { path, reason: 'loop' });
      options.onLink?.(child.linkText);
      if (child.linkText.startsWith('/')) trail.length = 1;
      pending.push(...child.linkText.split('/').reverse());
    } else {
      trail.push({ path: joinPath(here.path, name as ByteString), inode: child });
    }
  }
  return trail.at(-1) as ResolvedPath;
}
