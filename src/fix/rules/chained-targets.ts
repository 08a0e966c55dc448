import { linkBindings } from '../link-bindings.ts';
import { respellLinks } from '../respell-links.ts';
import type { Rule } from '../rule.ts';

/** As Buildah 1.41.0 wrote them; ostree cannot import such a layer. */
export const chainedTargets: Rule = {
  id: 'P09',
  title: 'hard links to hard links',
  find: ({ table }) =>
    linkBindings(table)
      .filter(({ isChained }) => isChained)
      .map(({ row }) => ({ row, path: table.name(row) })),
  amend: respellLinks,
};
