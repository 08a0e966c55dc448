import { toJsonText } from '../base/index.ts';
import { type InodeKind, linkGroups, type Tree } from '../tree/index.ts';
import { exactNumber } from './json-values.ts';

/** All names of one inode that has at least two. */
export interface LinkGroupFacts {
  /** In byte order. */
  readonly paths: readonly string[];
  readonly kind: InodeKind;
  /** Bytes of the one inode; a string above 2^53. */
  readonly size: number | string;
  /** The layer that made the inode. */
  readonly layer: number;
}

export interface LinkReport {
  /** In the order of their first paths. */
  readonly groups: readonly LinkGroupFacts[];
  /** Bytes the root file system would grow by if every link became a copy; a string above 2^53. */
  readonly growth: number | string;
}

/** The link groups of a tree. */
export function linkReport(tree: Tree): LinkReport {
  const groups = linkGroups(tree);
  const growth = groups.reduce(
    (sum, { inode, paths }) => sum + (inode.kind === 'file' ? BigInt(inode.size) * BigInt(paths.length - 1) : 0n),
    0n,
  );
  return {
    groups: groups.map(({ inode, paths }) => ({
      paths: paths.map(toJsonText),
      kind: inode.kind,
      size: exactNumber(inode.size),
      layer: inode.layer,
    })),
    growth: exactNumber(growth),
  };
}
