import { repeatedNames } from '../../tree/index.ts';
import type { Rule } from '../rule.ts';

/**
 * podman refuses such a layer, even where it is a directory that is listed twice; others do not agree on what the earlier
 * entries have removed.
 */
export const duplicateNames: Rule = {
  id: 'P26',
  title: 'names that the layer has more than once',
  find: ({ table, tree, notes }) => {
    const isNoted = notes.some(({ code }) => code === 'DUPLICATE_ENTRY' || code === 'CONFLICT_PARENT_REPLACED');
    return isNoted ? [...repeatedNames(table, tree)] : [];
  },
};
