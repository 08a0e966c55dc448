import type { ByteString } from '../base/index.ts';
import type { Inode } from './inode.ts';
import { parentPath, type Tree } from './tree.ts';
import { TreeEdit } from './tree-edit.ts';

/**
 * The same tree with other inodes at some of its names; one that is given for several is their link group. The directories
 * above the names have to be there.
 */
export function withInodes(tree: Tree, inodes: ReadonlyMap<ByteString, Inode>): Tree {
  if (inodes.size === 0) return tree;
  const edit = new TreeEdit(tree);
  for (const [path, inode] of inodes) {
    const parent = parentPath(path);
    let children = edit.rootChildren;
    for (const name of parent === '' ? [] : (parent.split('/') as ByteString[])) {
      const directory = children.get(name);
      if (directory?.children) children = edit.enter(children, name, directory);
    }
    edit.putLink(children, path.slice(path.lastIndexOf('/') + 1) as ByteString, inode);
  }
  return edit.finish(tree.layers);
}
