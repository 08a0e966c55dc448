import type { ByteString } from '../../base/index.ts';
import type { Fault, Rule } from '../rule.ts';
import type { StudiedLayer } from '../draft.ts';

/** kaniko and Docker write both; some runtimes cannot load it, and scanners see what is gone. */
export const replacedDirectories: Rule = {
  id: 'P15',
  title: 'directories that the layer itself replaces by something else',
  find: (layer) => duplicates(layer).filter(({ isReplaced }) => isReplaced),
};

/** The last one wins, but not every program agrees on what the earlier ones have removed. */
export const duplicateNames: Rule = {
  id: 'duplicate-names',
  title: 'names that the layer has more than once',
  find: (layer) => duplicates(layer).filter(({ isReplaced }) => !isReplaced),
};

interface Duplicate extends Fault {
  /** One of the two is a directory. */
  readonly isReplaced: boolean;
}

function duplicates({ table, notes }: StudiedLayer): readonly Duplicate[] {
  // The note counts names behind links of the layer too, and what it knows it has by the order in which entries act.
  if (!notes.some(({ code }) => code === 'DUPLICATE_ENTRY' || code === 'CONFLICT_PARENT_REPLACED')) return [];
  const kinds = new Map<ByteString, string>();
  const found: Duplicate[] = [];
  for (let row = 0; row < table.length; row++) {
    const kind = table.kind(row);
    if (kind === 'whiteout' || kind === 'opaque') continue;
    const path = table.name(row);
    const before = kinds.get(path);
    kinds.set(path, kind);
    if (before === undefined) continue;
    found.push({ path, row, isReplaced: (before === 'directory') !== (kind === 'directory') });
  }
  return found;
}
