import type { ByteString } from '../base/index.ts';
import type { Inode } from './inode.ts';
import { sortPaths } from './path-order.ts';
import { joinPath, type Tree } from './tree.ts';

/** Whether a path is left out, with everything below it. */
export type IsIgnored = (path: ByteString) => boolean;

/**
 * Every name of each wanted inode, in walk order; an inode without a name is not in the answer. Costs one visit of each
 * name in the tree, cheaper than `walk`: only the paths of directories and of what is wanted are put together.
 */
export function namesOf(
  tree: Tree,
  wanted: ReadonlySet<Inode>,
  isIgnored: IsIgnored = () => false,
): Map<Inode, readonly ByteString[]> {
  const names = new Map<Inode, ByteString[]>();
  if (wanted.size === 0) return new Map();
  const stack: (readonly [path: ByteString, directory: Inode])[] = [['' as ByteString, tree.root]];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const [above, directory] = next;
    for (const [name, child] of directory.children ?? []) {
      const isWanted = wanted.has(child);
      if (child.children === undefined && !isWanted) continue;
      const path = joinPath(above, name);
      if (isIgnored(path)) continue;
      if (child.children) stack.push([path, child]);
      else addName(names, child, path);
    }
  }
  return new Map([...names].map(([inode, paths]) => [inode, paths.length === 1 ? paths : sortPaths(paths)]));
}

function addName(names: Map<Inode, ByteString[]>, inode: Inode, path: ByteString): void {
  const paths = names.get(inode);
  if (paths) paths.push(path);
  else names.set(inode, [path]);
}
