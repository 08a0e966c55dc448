import type { ByteString } from '../base/index.ts';
import { type Inode, linkGroups, resolvePath, type Tree, type TreeEntry, walkFrom } from '../tree/index.ts';
import { entryFacts, type ListedEntry } from './entry-facts.ts';

export interface ListOptions {
  /** Everything below a directory instead of its direct children. */
  readonly recursive?: boolean;
  /** Whether a symbolic link as last component is followed; true unless given. */
  readonly followLast?: boolean;
}

/**
 * What stands at a path: the entry itself, or for a directory its direct children in byte order.
 * @throws PATH_NOT_FOUND
 */
export function listPath(tree: Tree, path: ByteString, options: ListOptions = {}): ListedEntry[] {
  const links = linkCounter(tree);
  return walkPath(tree, path, options).map(({ path, inode }) => entryFacts(path, inode, links(inode)));
}

function walkPath(tree: Tree, path: ByteString, options: ListOptions): TreeEntry[] {
  const { recursive = false, followLast = true } = options;
  const found = resolvePath(tree, path, { followLast });
  const start = { path: found.path, inode: found.inode, name: '' as ByteString, depth: 0 };
  if (found.inode.children === undefined) return [start];
  const below = recursive ? walkFrom(start) : directChildren(start);
  return [...below].filter(({ depth }) => depth > 0);
}

/** The walk without going below the first level. */
function* directChildren(start: TreeEntry): Generator<TreeEntry> {
  const { path, inode } = start;
  for (const child of [...(inode.children ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))) {
    yield {
      path: (path === '' ? child[0] : `${path}/${child[0]}`) as ByteString,
      name: child[0],
      inode: child[1],
      depth: 1,
    };
  }
}

/** Link counts as a real file system shows them. The tree is walked only when a linked inode is asked for. */
function linkCounter(tree: Tree): (inode: Inode) => number {
  let names: Map<Inode, number> | undefined;
  return (inode) => {
    if (inode.children) return 2 + [...inode.children.values()].filter(({ children }) => children).length;
    if (!tree.linked.has(inode)) return 1;
    names ??= new Map(linkGroups(tree).map(({ inode, paths }) => [inode, paths.length]));
    return names.get(inode) ?? 1;
  };
}
