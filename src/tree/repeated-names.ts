import type { ByteString } from '../base/index.ts';
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
  let last: ByteString | undefined;
  for (let row = 0; row < table.length; row++) {
    const kind = table.kind(row);
    if (kind === 'whiteout' || kind === 'opaque') continue;
    const path = table.name(row);
    const parent = table.parentName(row);
    // Siblings follow each other.
    if (parent !== last) yield* replacedAbove(path, row, { given, tree });
    last = parent;
    if (given.has(path)) yield { path, row };
    given.set(path, kind);
  }
}

/** What the layer gives as something else, and then goes through. Symbolic links are followed and stay. */
function* replacedAbove(
  path: ByteString,
  row: number,
  { given, tree }: { readonly given: Map<ByteString, EntryKind>; readonly tree: Tree },
): Generator<RepeatedName> {
  for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
    const above = path.slice(0, slash) as ByteString;
    if ((given.get(above) ?? 'directory') === 'directory' || !lookup(tree, above)?.children) continue;
    yield { path: above, row };
    given.set(above, 'directory');
  }
}
