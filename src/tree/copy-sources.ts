/** What a copy takes: paths and globs, resolved in the tree they are taken from. */
import { type ByteString, defaultLimits, HoldfastError, isHoldfastError, type Limits } from '../base/index.ts';
import { isGlob, matchComponent } from './component-glob.ts';
import type { Inode } from './inode.ts';
import { type ResolvedPath, resolvePath } from './resolve-path.ts';
import { SearchBudget } from './search-budget.ts';
import { joinPath, sortedChildren, type Tree } from './tree.ts';

export interface CopySource {
  /** The last component as it was asked for, whatever link it leads through; "" for the root and for "..". */
  readonly name: ByteString;
  /** Where it stands, by a name without links. */
  readonly path: ByteString;
  readonly inode: Inode;
  /** The directories above it as they were asked for; where there is a "/./", only those behind it. */
  readonly parents: () => readonly CopyParent[];
}

export interface FindSourcesOptions {
  readonly limits?: Pick<Limits, 'maxEntries'> | undefined;
  /** Is told every directory, by a name without links, that lacks a name, or of which all names were looked at. */
  readonly onSearched?: (directory: ByteString, missing?: ByteString) => void;
}

export interface CopyParent {
  readonly name: ByteString;
  readonly inode: Inode;
}

/**
 * Finds what a path or glob names, in byte order. Links are followed inside the root, the last component included. `*`,
 * `?` and `[…]` stand for parts of one component, `**` for any number of directories (at the end: for one `*`); links are
 * not followed for `**`.
 * @throws PATH_NOT_FOUND where there is nothing, LIMIT_EXCEEDED
 */
export function findSources(tree: Tree, pattern: ByteString, options: FindSourcesOptions = {}): CopySource[] {
  return new SourceSearch(tree, options).find(pattern);
}

function componentsOf(path: ByteString): ByteString[] {
  return path.split('/').filter((part) => part !== '' && part !== '.') as ByteString[];
}

class SourceSearch {
  readonly #tree: Tree;
  readonly #budget: SearchBudget;
  readonly #onSearched: NonNullable<FindSourcesOptions['onSearched']>;

  constructor(tree: Tree, { limits = defaultLimits, onSearched = () => {} }: FindSourcesOptions) {
    this.#tree = tree;
    this.#budget = new SearchBudget(limits);
    this.#onSearched = onSearched;
  }

  find(pattern: ByteString): CopySource[] {
    const isDirectory = /(?:^|\/)\.?$/.test(pattern);
    const sources = this.#startsOf(pattern).flatMap(([start, rest]) => {
      const skipped = componentsOf(start).length;
      return this.#expand(start, componentsOf(rest)).map((path) => this.#sourceAt(path, { skipped, isDirectory }));
    });
    if (sources.length === 0) throw new HoldfastError('PATH_NOT_FOUND', { path: pattern, reason: 'missing' });
    return sources;
  }

  /** Docker's pivot: what stands before the first "/./" is where the names that `parents` keeps begin. */
  #startsOf(pattern: ByteString): (readonly [start: ByteString, rest: ByteString])[] {
    const at = pattern.indexOf('/./');
    if (at < 0) return [['' as ByteString, pattern]];
    const rest = pattern.slice(at + 3) as ByteString;
    const above = componentsOf(pattern.slice(0, at) as ByteString);
    return this.#expand('' as ByteString, above).map((start) => [start, rest]);
  }

  #sourceAt(
    path: ByteString,
    { skipped, isDirectory }: { readonly skipped: number; readonly isDirectory: boolean },
  ): CopySource {
    const resolved = this.#resolve(path);
    if (isDirectory && !resolved.inode.children) {
      throw new HoldfastError('PATH_NOT_FOUND', { path, reason: 'not-a-directory' });
    }
    const last = componentsOf(path).at(-1) ?? ('' as ByteString);
    const name = (last === '..' ? '' : last) as ByteString;
    return { ...resolved, name, parents: () => this.#parentsOf(path, skipped) };
  }

  #parentsOf(path: ByteString, skipped: number): CopyParent[] {
    const components = componentsOf(path);
    const above = components.slice(skipped, -1).filter((name) => name !== '..');
    return above.map((name, at) => {
      const parent = components.slice(0, skipped + at + 1).join('/') as ByteString;
      return { name, inode: this.#resolve(parent).inode };
    });
  }

  #resolve(path: ByteString): ResolvedPath {
    this.#budget.look(path.split('/').length);
    const options = { followLast: true, onLink: this.#budget.follow, onMissing: this.#onSearched };
    return resolvePath(this.#tree, path, options);
  }

  /** The paths below a start that components match, unresolved; what has no globs is itself, whether it exists or not. */
  #expand(start: ByteString, components: readonly ByteString[]): ByteString[] {
    let paths: readonly ByteString[] = [start];
    let isSearch = false;
    for (const [at, component] of components.entries()) {
      if (component === '**' && components[at + 1] === '**') continue;
      const isDeep = component === '**' && at < components.length - 1;
      const isLiteral = !isGlob(component);
      const next = new Set<ByteString>();
      for (const path of paths) {
        if (isDeep) this.#addDirectories(path, next);
        else if (!isLiteral) this.#addMatches(path, component, next);
        else if (!isSearch || component === '..' || this.#has(path, component)) {
          next.add(joinPath(path, component));
        }
      }
      isSearch ||= !isLiteral;
      paths = [...next];
    }
    return [...paths];
  }

  #has(path: ByteString, name: ByteString): boolean {
    const directory = this.#directoryAt(path);
    if (directory?.inode.children?.has(name) === true) return true;
    if (directory) this.#onSearched(directory.path, name);
    return false;
  }

  #addMatches(path: ByteString, component: ByteString, paths: Set<ByteString>): void {
    const directory = this.#directoryAt(path);
    if (directory === undefined) return;
    const matches = matchComponent(component);
    this.#onSearched(directory.path);
    this.#budget.look(directory.inode.children?.size ?? 0);
    for (const [name] of sortedChildren(directory.inode)) {
      if (matches(name)) paths.add(this.#budget.keep(joinPath(path, name)));
    }
  }

  /** A directory and those in it, however deep; what is below one that was met before was met with it. */
  #addDirectories(path: ByteString, paths: Set<ByteString>): void {
    const top = this.#directoryAt(path);
    if (top === undefined) return;
    const stack: (readonly [path: ByteString, directory: ResolvedPath])[] = [[path, top]];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const [above, { path: directory, inode }] = next;
      if (paths.has(above)) continue;
      paths.add(this.#budget.keep(above));
      this.#onSearched(directory);
      this.#budget.look(inode.children?.size ?? 0);
      for (const [name, child] of sortedChildren(inode).reverse()) {
        if (child.children) stack.push([joinPath(above, name), { path: joinPath(directory, name), inode: child }]);
      }
    }
  }

  #directoryAt(path: ByteString): ResolvedPath | undefined {
    try {
      const found = this.#resolve(path);
      return found.inode.children && found;
    } catch (error) {
      if (isHoldfastError(error, 'PATH_NOT_FOUND')) return undefined;
      throw error;
    }
  }
}
