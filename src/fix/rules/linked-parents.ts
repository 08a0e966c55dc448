import { lookup } from '../../tree/index.ts';
import { linkBindings } from '../link-bindings.ts';
import type { Rule } from '../rule.ts';

/** Some extractors go through such a link, some refuse to, and some write beside it. */
export const linkedParents: Rule = {
  id: 'C30',
  title: 'names, or targets of hard links, behind symbolic links of the layer itself',
  find: ({ table, tree, number }) => {
    const rows = Array.from({ length: table.length }, (_, row) => row).filter((row) => {
      const kind = table.kind(row);
      return kind !== 'whiteout' && kind !== 'opaque' && !lookup(tree, table.parentName(row))?.children;
    });
    const targets = linkBindings(table).filter(({ body }) => body === undefined);
    const own = targets.filter(({ row }) => lookup(tree, table.name(row))?.layer === number);
    return [...new Set([...rows, ...own.map(({ row }) => row)])].map((row) => ({ row, path: table.name(row) }));
  },
};
