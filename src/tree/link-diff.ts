import type { ByteString } from '../base/index.ts';
import type { Inode } from './inode.ts';
import { type IsIgnored, namesOf, type NameSearch } from './link-names.ts';
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
  const before = groupsOf(base, linkedIn(base, candidates), { isIgnored });
  const wanted = linkedIn(target, candidates);
  const areNew = wanted.every((inode) => inode.layer > base.layers);
  const after = groupsOf(target, wanted, { isIgnored, without: areNew ? base : undefined });
  return { formed: without(after, before), dissolved: without(before, after) };
}

/** Link groups by their first name. */
type Groups = ReadonlyMap<ByteString, LinkGroup>;

function linkedIn(tree: Tree, candidates: ReadonlySet<Inode>): Inode[] {
  return [...candidates].filter((inode) => tree.linked.has(inode));
}

function groupsOf(tree: Tree, wanted: readonly Inode[], search: NameSearch): Groups {
  const groups = new Map<ByteString, LinkGroup>();
  for (const [inode, paths] of namesOf(tree, new Set(wanted), search)) {
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
