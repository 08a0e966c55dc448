import { attributesDiffer, lookup } from '../../tree/index.ts';
import { respellLinks } from '../respell-links.ts';
import type { Rule } from '../rule.ts';

/** Runtimes give the inode what the header of a link says; here that is ignored. */
export const linkHeaders: Rule = {
  id: 'P32',
  title: 'hard links whose headers say other attributes than their files have',
  find: ({ table, tree, notes }) => {
    if (!notes.some(({ code }) => code === 'LINK_ATTRIBUTES_IGNORED')) return [];
    const rows = Array.from({ length: table.length }, (_, row) => row);
    return rows
      .filter((row) => {
        const inode = table.kind(row) === 'hardlink' ? lookup(tree, table.name(row)) : undefined;
        return inode !== undefined && !inode.children && attributesDiffer(table, row, inode);
      })
      .map((row) => ({ row, path: table.name(row) }));
  },
  amend: respellLinks,
};
