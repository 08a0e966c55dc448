import type { ByteString } from '../base/index.ts';
import type { Inode } from './inode.ts';
import { type IsIgnored, namesOf } from './link-names.ts';
import { sortByKey, walkOrderKey } from './path-order.ts';
import type { LinkGroup, Tree } from './tree.ts';

export interface LinkDiff {
  readonly formed: readonly LinkGroup[];
  readonly dissolved: readonly LinkGroup[];
}

export interface LinkComparison {
  /** Every inode with several names in either tree of which a name leads to another inode in the other. */
  readonly candidates: ReadonlySet<Inode>;
  readonly isIgnored: IsIgnored | undefined;
  /** Both trees are edits of this one. */
  readonly common: Tree;
}

/** The link groups that only one of two trees has. */
export function compareLinks(base: Tree, target: Tree, comparison: LinkComparison): LinkDiff {
  const before = groupsOf(base, comparison);
  const after = groupsOf(target, comparison);
  return { formed: without(after, before), dissolved: without(before, after) };
}

/** Link groups by their first name. */
type Groups = ReadonlyMap<ByteString, LinkGroup>;

/** What came with a layer that the common tree does not have has no names in what is shared with that. */
function groupsOf(tree: Tree, { candidates, isIgnored, common }: LinkComparison): Groups {
  const wanted = [...candidates].filter((inode) => tree.linked.has(inode));
  const areNew = wanted.every((inode) => inode.layer > common.layers);
  const groups = new Map<ByteString, LinkGroup>();
  for (const [inode, paths] of namesOf(tree, new Set(wanted), { isIgnored, without: areNew ? common : undefined })) {
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
