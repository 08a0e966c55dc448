/** What a copy takes: paths and globs, resolved in the tree they are taken from. */
import { type ByteString, HoldfastError } from '../base/index.ts';
import { isGlob, matchComponent } from './component-glob.ts';
import type { Inode } from './inode.ts';
import { resolvePath } from './resolve-path.ts';
import { joinPath, sortedChildren, type Tree } from './tree.ts';

export interface CopySource {
  /** The last component as it was asked for, whatever link it leads through; "" for the root and for "..". */
  readonly name: ByteString;
  /** Where it stands, by a name without links. */
  readonly path: ByteString;
  readonly inode: Inode;
  /** The directories above it as they were asked for; where there is a "/./", only those behind it. */
  readonly parents: readonly CopyParent[];
}

export interface CopyParent {
  readonly name: ByteString;
  readonly inode: Inode;
}

/**
 * Finds what a path or glob names, in byte order. Links are followed inside the root, the last component included. `*`,
 * `?` and `[…]` stand for parts of one component, `**` for any number of directories (at the end: for one `*`); links are
 * not followed for `**`.
 * @throws PATH_NOT_FOUND where there is nothing
 */
export function findSources(tree: Tree, pattern: ByteString): CopySource[] {
  const isDirectory = /(?:^|\/)\.?$/.test(pattern);
  const sources = startsOf(tree, pattern).flatMap(([start, rest]) =>
    expandGlobs(tree, start, componentsOf(rest)).map((path) => {
      const skipped = componentsOf(start).length;
      return sourceAt(tree, path, { skipped, isDirectory });
    }),
  );
  if (sources.length === 0) throw new HoldfastError('PATH_NOT_FOUND', { path: pattern, reason: 'missing' });
  return sources;
}

/** Docker's pivot: what stands before the first "/./" is where the names that `parents` keeps begin. */
function startsOf(tree: Tree, pattern: ByteString): (readonly [start: ByteString, rest: ByteString])[] {
  const at = pattern.indexOf('/./');
  if (at < 0) return [['' as ByteString, pattern]];
  const rest = pattern.slice(at + 3) as ByteString;
  const above = componentsOf(pattern.slice(0, at) as ByteString);
  return expandGlobs(tree, '' as ByteString, above).map((start) => [start, rest]);
}

function sourceAt(
  tree: Tree,
  path: ByteString,
  { skipped, isDirectory }: { readonly skipped: number; readonly isDirectory: boolean },
): CopySource {
  const resolved = resolvePath(tree, path, { followLast: true });
  if (isDirectory && !resolved.inode.children) {
    throw new HoldfastError('PATH_NOT_FOUND', { path, reason: 'not-a-directory' });
  }
  const components = componentsOf(path);
  const above = components.slice(skipped, -1).filter((name) => name !== '..');
  const last = components.at(-1) ?? ('' as ByteString);
  const parents = above.map((name, at): CopyParent => {
    const parent = components.slice(0, skipped + at + 1).join('/') as ByteString;
    return { name, inode: resolvePath(tree, parent, { followLast: true }).inode };
  });
  return { ...resolved, name: (last === '..' ? '' : last) as ByteString, parents };
}

function componentsOf(path: ByteString): ByteString[] {
  return path.split('/').filter((part) => part !== '' && part !== '.') as ByteString[];
}

/** The paths below a start that components match, unresolved; what has no globs is itself, whether it exists or not. */
function expandGlobs(tree: Tree, start: ByteString, components: readonly ByteString[]): ByteString[] {
  let paths: readonly ByteString[] = [start];
  let isSearch = false;
  for (const [at, component] of components.entries()) {
    if (component === '**' && components[at + 1] === '**') continue;
    const isDeep = component === '**' && at < components.length - 1;
    const isLiteral = !isGlob(component);
    const next = paths.flatMap((path) => {
      if (isDeep) return directoriesBelow(tree, path);
      if (!isLiteral) return matchingChildren(tree, path, component);
      const isThere = !isSearch || component === '..' || directoryAt(tree, path)?.children?.has(component);
      return isThere === true ? [joinPath(path, component)] : [];
    });
    isSearch ||= !isLiteral;
    paths = [...new Set(next)];
  }
  return [...paths];
}

function matchingChildren(tree: Tree, path: ByteString, component: ByteString): ByteString[] {
  const directory = directoryAt(tree, path);
  if (directory === undefined) return [];
  const matches = matchComponent(component);
  return sortedChildren(directory)
    .filter(([name]) => matches(name))
    .map(([name]) => joinPath(path, name));
}

/** A directory and those in it, however deep. */
function directoriesBelow(tree: Tree, path: ByteString): ByteString[] {
  const top = directoryAt(tree, path);
  if (top === undefined) return [];
  const found: ByteString[] = [];
  const stack: (readonly [path: ByteString, directory: Inode])[] = [[path, top]];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const [above, directory] = next;
    found.push(above);
    for (const [name, child] of sortedChildren(directory).reverse()) {
      if (child.children) stack.push([joinPath(above, name), child]);
    }
  }
  return found;
}

function directoryAt(tree: Tree, path: ByteString): Inode | undefined {
  try {
    const { inode } = resolvePath(tree, path, { followLast: true });
    return inode.children && inode;
  } catch (error) {
    if (error instanceof HoldfastError) return undefined;
    throw error;
  }
}
