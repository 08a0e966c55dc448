import { lookup } from '../../tree/index.ts';
import { linkBindings } from '../link-bindings.ts';
import type { Rule } from '../rule.ts';

/** A runtime that unpacks each layer into a directory of its own does not find the target. */
export const lowerTargets: Rule = {
  id: 'P27',
  title: 'hard links to files of lower layers',
  find: ({ table, tree, number }) =>
    linkBindings(table)
      .filter(({ body }) => body === undefined)
      .map(({ row }) => ({ row, path: table.name(row) }))
      .filter(({ path }) => (lookup(tree, path)?.layer ?? number) < number),
};
