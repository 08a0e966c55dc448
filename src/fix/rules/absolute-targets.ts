import { respellLinks } from '../respell-links.ts';
import type { Rule } from '../rule.ts';

/** As kaniko wrote them until 2026; Docker 29.7.0 refuses such layers, and others lose the names. */
export const absoluteTargets: Rule = {
  id: 'P01',
  title: 'absolute targets of hard links',
  find: ({ table }) => {
    const rows = Array.from({ length: table.length }, (_, row) => row);
    return rows.filter((row) => table.hasAbsoluteTarget(row)).map((row) => ({ row, path: table.name(row) }));
  },
  amend: respellLinks,
};
