import type { ByteString } from '../../base/index.ts';
import type { Fault, Rule } from '../rule.ts';

/** The last one wins, but not every program agrees on that, nor on what the earlier ones have removed. */
export const duplicateNames: Rule = {
  id: 'P26',
  title: 'names that the layer has more than once',
  find: ({ table, notes }) => {
    if (!notes.some(({ code }) => code === 'DUPLICATE_ENTRY' || code === 'CONFLICT_PARENT_REPLACED')) return [];
    const kinds = new Map<ByteString, string>();
    const faults: Fault[] = [];
    for (let row = 0; row < table.length; row++) {
      const kind = table.kind(row);
      if (kind === 'whiteout' || kind === 'opaque') continue;
      const path = table.name(row);
      const before = kinds.get(path);
      kinds.set(path, kind);
      const isHarmless = before === 'directory' && kind === 'directory';
      if (before !== undefined && !isHarmless) faults.push({ path, row });
    }
    return faults;
  },
};
