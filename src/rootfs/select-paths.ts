import picomatch from 'picomatch';
import { type ByteString, toJsonText } from '../base/index.ts';
import { filterTree, type FilterVerdict, type Tree } from '../tree/index.ts';

export interface PathSelection {
  /** Globs of paths to keep, with everything below and the directories above; all when empty. */
  readonly include?: readonly string[];
  /** Globs of paths to leave out, with everything below; stronger than `include`. */
  readonly exclude?: readonly string[];
}

/** The selected part of a tree. Globs are relative to the root; a leading "/" or "./" is allowed. */
export function selectPaths(tree: Tree, selection: PathSelection): Tree {
  const { include = [], exclude = [] } = selection;
  if (include.length === 0 && exclude.length === 0) return tree;
  const isIncluded = include.length === 0 ? () => true : matcher(include);
  const isExcluded = exclude.length === 0 ? () => false : matcher(exclude);
  return filterTree(tree, (path: ByteString): FilterVerdict => {
    const text = toJsonText(path);
    if (isExcluded(text)) return 'drop';
    return isIncluded(text) ? 'keep' : 'descend';
  });
}

function matcher(globs: readonly string[]): (path: string) => boolean {
  const patterns = globs.map((glob) => glob.replace(/^\.?\/+/, '').replace(/\/+$/, ''));
  return picomatch(
    patterns.flatMap((pattern) => [pattern, `${pattern}/**`]),
    { dot: true, nonegate: true },
  );
}
