import type { ByteString } from '../../base/index.ts';
import type { Fault, Rule } from '../rule.ts';

/**
 * podman refuses such a layer, even where it is a directory that is listed twice; others do not agree on what the earlier
 * entries have removed.
 */
export const duplicateNames: Rule = {
  id: 'P26',
  title: 'names that the layer has more than once',
  find: ({ table, notes }) => {
    if (!notes.some(({ code }) => code === 'DUPLICATE_ENTRY' || code === 'CONFLICT_PARENT_REPLACED')) return [];
    const seen = new Set<ByteString>();
    const faults: Fault[] = [];
    for (let row = 0; row < table.length; row++) {
      const kind = table.kind(row);
      if (kind === 'whiteout' || kind === 'opaque') continue;
      const path = table.name(row);
      if (seen.has(path)) faults.push({ path, row });
      seen.add(path);
    }
    return faults;
  },
};
