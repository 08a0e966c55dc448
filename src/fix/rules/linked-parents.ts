import { type EntryTable, lookup, type Tree } from '../../tree/index.ts';
import { directoriesIn } from '../draft.ts';
import { linkBindings } from '../link-bindings.ts';
import type { Rule } from '../rule.ts';

/** Some extractors go through such a link, some refuse to, and some write beside it. */
export const linkedParents: Rule = {
  id: 'C30',
  title: 'names, or targets of hard links, behind symbolic links of the layer itself',
  find: ({ table, tree, number }) => {
    const rows = rowsBehindLinks(table, tree);
    const targets = linkBindings(table).filter(({ body }) => body === undefined);
    const own = targets.filter(({ row }) => lookup(tree, table.name(row))?.layer === number);
    return [...new Set([...rows, ...own.map(({ row }) => row)])].map((row) => ({ row, path: table.name(row) }));
  },
};

function rowsBehindLinks(table: EntryTable, tree: Tree): readonly number[] {
  const rows: number[] = [];
  const isDirectory = directoriesIn(tree);
  for (let row = 0; row < table.length; row++) {
    const kind = table.kind(row);
    if (kind === 'whiteout' || kind === 'opaque') continue;
    const parent = table.parentName(row);
    // Directories of AUFS, which are gone with their layer.
    if (parent.startsWith('.wh.')) continue;
    if (!isDirectory(parent)) rows.push(row);
  }
  return rows;
}
