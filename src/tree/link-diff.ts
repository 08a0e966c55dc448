import type { ByteString } from '../base/index.ts';
import type { Inode } from './inode.ts';
import { type IsIgnored, namesOf } from './link-names.ts';
import { sortByKey, walkOrderKey } from './path-order.ts';
import type { LinkGroup, Tree } from './tree.ts';

export interface LinkDiff {
  readonly formed: readonly LinkGroup[];
  readonly dissolved: readonly LinkGroup[];
}

/**
 * The link groups that only one of two trees has.
 * @param candidates every inode with several names in either tree of which a name leads to another inode in the other
 */
export function compareLinks(
  base: Tree,
  target: Tree,
  candidates: ReadonlySet<Inode>,
  isIgnored: IsIgnored | undefined,
): LinkDiff {
  const before = groupsOf(base, candidates, isIgnored);
  const after = groupsOf(target, candidates, isIgnored);
  return { formed: without(after, before), dissolved: without(before, after) };
}

/** Link groups by their first name. */
type Groups = ReadonlyMap<ByteString, LinkGroup>;

function groupsOf(tree: Tree, candidates: ReadonlySet<Inode>, isIgnored: IsIgnored | undefined): Groups {
  const wanted = new Set([...candidates].filter((inode) => tree.linked.has(inode)));
  const groups = new Map<ByteString, LinkGroup>();
  for (const [inode, paths] of namesOf(tree, wanted, isIgnored)) {
    const [first] = paths;
    if (first !== undefined && paths.length > 1) groups.set(first, { inode, paths });
  }
  return groups;
}

function without(groups: Groups, others: Groups): LinkGroup[] {
  const own = [...groups].filter(([first, { paths }]) => !samePaths(paths, others.get(first)?.paths));
  return sortByKey(own, ([first]) => walkOrderKey(first)).map(([, group]) => group);
}

function samePaths(a: readonly ByteString[], b: readonly ByteString[] | undefined): boolean {
  return a.length === b?.length && a.every((path, at) => path === b[at]);
}
