import type { ByteString } from '../base/index.ts';
import type { Children, Inode } from './inode.ts';
import { sortPaths } from './path-order.ts';
import { joinPath, type Tree } from './tree.ts';

/** Whether a path is left out, with everything below it. */
export type IsIgnored = (path: ByteString) => boolean;

interface NameSearch {
  readonly isIgnored?: IsIgnored | undefined;
  /** A tree that has none of the wanted inodes: what the searched one shares with it is not looked through. */
  readonly without?: Tree | undefined;
}

/**
 * Every name of each wanted inode, in walk order; an inode without a name is not in the answer. Costs one visit of each
 * name in the tree, cheaper than `walk`: only the paths of directories and of what is wanted are put together.
 */
export function namesOf(
  tree: Tree,
  wanted: ReadonlySet<Inode>,
  { isIgnored = () => false, without }: NameSearch = {},
): Map<Inode, readonly ByteString[]> {
  const names = new Map<Inode, ByteString[]>();
  if (wanted.size === 0) return new Map();
  const stack: Searched[] = [{ path: '' as ByteString, children: tree.root.children, others: without?.root.children }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { path: above, children, others } = next;
    if (children === undefined || children === others) continue;
    for (const [name, child] of children) {
      const isWanted = wanted.has(child);
      if (child.children === undefined && !isWanted) continue;
      const path = joinPath(above, name);
      if (isIgnored(path)) continue;
      if (child.children) stack.push({ path, children: child.children, others: others?.get(name)?.children });
      else addName(names, child, path);
    }
  }
  return new Map([...names].map(([inode, paths]) => [inode, paths.length === 1 ? paths : sortPaths(paths)]));
}

/** A directory, and what stands in its place in the tree that has nothing of what is wanted. */
interface Searched {
  readonly path: ByteString;
  readonly children: Children | undefined;
  readonly others: Children | undefined;
}

function addName(names: Map<Inode, ByteString[]>, inode: Inode, path: ByteString): void {
  const paths = names.get(inode);
  if (paths) paths.push(path);
  else names.set(inode, [path]);
}
