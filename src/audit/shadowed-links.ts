/** Symbolic links to directories that a layer makes directories, by accident as a rule. */
import { type ByteString, isHoldfastError } from '../base/index.ts';
import { type Inode, lookup, resolvePath, type ResolvedPath, type Tree } from '../tree/index.ts';
import type { LayerFacts } from './layer-facts.ts';

/**
 * Links of lower layers that are directories with this layer, which has no whiteout for them, while what they led to is still
 * there and has names that are not in the new directory.
 */
export function* shadowedLinks(layer: LayerFacts): Generator<ByteString> {
  const { below, after } = layer;
  for (const path of new Set([...layer.ancestors, ...directories(layer)])) {
    if (lookup(below, path)?.kind !== 'symlink' || layer.removes(path)) continue;
    const now = lookup(after, path);
    const target = now?.children && resolved(below, path);
    if (now && target && hasOthers(lookup(after, target.path), now)) yield path;
  }
}

function* directories(layer: LayerFacts): Generator<ByteString> {
  for (const row of layer.rows('directory')) yield layer.table.name(row);
}

function hasOthers(target: Inode | undefined, now: Inode): boolean {
  return [...(target?.children?.keys() ?? [])].some((name) => !now.children?.has(name));
}

/** Undefined for a link that leads nowhere. */
function resolved(tree: Tree, link: ByteString): ResolvedPath | undefined {
  try {
    return resolvePath(tree, link, { followLast: true });
  } catch (error) {
    if (isHoldfastError(error, 'PATH_NOT_FOUND')) return undefined;
    throw error;
  }
}
