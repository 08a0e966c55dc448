import type { ByteString } from '../base/index.ts';
import { newDirectoriesAbove } from './directories-above.ts';
import type { EntryTable } from './entry-table.ts';
import type { EntryKind } from './kinds.ts';
import { lookup, type Tree } from './tree.ts';

/** A name that a layer gives once more. */
export interface RepeatedName {
  readonly path: ByteString;
  /** The later of the two; for a directory that only names below it tell of, the first of those. */
  readonly row: number;
}

/**
 * Names that a layer gives more than once, in its order: by entries of any kind, or first by an entry and then as the directory
 * of another. Markers give no names.
 * @param tree what the layer makes of the tree below it
 */
export function* repeatedNames(table: EntryTable, tree: Tree): Generator<RepeatedName> {
  const given = new Map<ByteString, EntryKind>();
  const entered = new Set<ByteString>();
  for (let row = 0; row < table.length; row++) {
    const kind = table.kind(row);
    if (kind === 'whiteout' || kind === 'opaque') continue;
    const path = table.name(row);
    for (const above of newDirectoriesAbove(path, entered)) {
      // Symbolic links are followed and stay.
      if ((given.get(above) ?? 'directory') === 'directory' || !lookup(tree, above)?.children) continue;
      yield { path: above, row };
      given.set(above, 'directory');
    }
    if (given.has(path)) yield { path, row };
    given.set(path, kind);
    // What was below it is gone with it, and would have to be implied again.
    if (kind !== 'directory' && entered.has(path)) entered.clear();
  }
}
