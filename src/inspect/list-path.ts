import { type ByteString, jsonPath } from '../base/index.ts';
import {
  type Inode,
  joinPath,
  linkGroups,
  resolvePath,
  sortedChildren,
  type Tree,
  type TreeEntry,
  walkFrom,
} from '../tree/index.ts';
import { entryFacts, type ListedEntry } from './entry-facts.ts';

export interface ListOptions {
  /** Everything below a directory instead of its direct children. */
  readonly recursive?: boolean;
  /** Whether a symbolic link as last component is followed; true unless given. */
  readonly followLast?: boolean;
}

export interface ListedPath {
  /** Where it stands, by a name without symbolic links; the root is ".". */
  readonly path: string;
  /** The entry itself, or for a directory its content in byte order, directories before what is in them. */
  readonly entries: readonly ListedEntry[];
}

/**
 * Lists what stands at a path.
 * @throws PATH_NOT_FOUND
 */
export function listPath(tree: Tree, path: ByteString, options: ListOptions = {}): ListedPath {
  const { recursive = false, followLast = true } = options;
  const links = linkCounter(tree);
  const found = resolvePath(tree, path, { followLast });
  const start = { path: found.path, inode: found.inode, name: '' as ByteString, depth: 0 };
  const entries: ListedEntry[] = [];
  for (const { path, inode, depth } of recursive ? walkFrom(start) : oneLevel(start)) {
    if (depth > 0 || inode.children === undefined) entries.push(entryFacts(path, inode, links(inode)));
  }
  return { path: jsonPath(found.path), entries };
}

/** The walk without going below the first level. */
function* oneLevel(start: TreeEntry): Generator<TreeEntry> {
  yield start;
  for (const [name, inode] of sortedChildren(start.inode)) {
    yield { path: joinPath(start.path, name), name, inode, depth: 1 };
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
