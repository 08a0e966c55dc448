import type { ByteString } from '../base/index.ts';
import type { Children, Inode } from './inode.ts';
import { LinkWalk } from './link-walk.ts';

export interface ResolvedNames {
  /** The components that lead there without links. */
  readonly names: readonly ByteString[];
  /** How many components the texts of links have brought in. */
  readonly namesOfLinks: number;
}

/** Which symbolic links are gone through. */
export type FollowsLink = (parent: Children, name: ByteString, link: Inode) => boolean;

export interface ResolveNamesOptions {
  /** The name to speak of in an error; the path unless given. */
  readonly whole?: ByteString;
  /** Is told of every name on the way, by a path without links, with what stands there. */
  readonly onName?: (path: ByteString, found: Inode | undefined) => void;
}

/**
 * The names that lead to a directory without links, below a root; what is missing or no directory is taken as written, and
 * ".." after it takes it back. Surplus ".." stop at the root.
 * @throws SYMLINK_LOOP
 */
export function resolveNames(
  root: Children,
  path: ByteString,
  follows: FollowsLink,
  { whole = path, onName }: ResolveNamesOptions = {},
): ResolvedNames {
  const walk = new LinkWalk(path, whole);
  const trail: { name: ByteString; children: Children | undefined }[] = [];
  for (let name = walk.next(); name !== undefined; name = walk.next()) {
    if (name === '/') trail.length = 0;
    else if (name === '..') trail.pop();
    else {
      const parent = trail.length === 0 ? root : trail.at(-1)?.children;
      const child = parent?.get(name);
      onName?.([...trail.map((above) => above.name), name].join('/') as ByteString, child);
      if (parent && child?.kind === 'symlink' && follows(parent, name, child)) walk.follow(child.linkText);
      else trail.push({ name, children: child?.children });
    }
  }
  return { names: trail.map(({ name }) => name), namesOfLinks: walk.namesOfLinks };
}
