import type { Rule } from '../rule.ts';

export const p09: Rule = {
  id: 'P09',
  title: 'hard link to a hard link',
  severity: 'warning',
  targets: { bootc: 'error' },
  message: {
    one: 'hard link has another hard link for its target',
    many: 'hard links have other hard links for their targets',
  },
  explanation:
    'A hard link entry names another hard link entry as its target, and not the one that carries the file. That is legal, and readers that collect links to make them at the end fail, or depend on the order.',
  affected: ['made by Buildah 1.41.0', 'refused by ostree and bootc ("Processing deferred hardlink")'],
  remedy: 'holdfast fix writes such layers anew with links that lead to the file itself.',
  sources: [
    'https://github.com/containers/buildah/issues/6297',
    'https://github.com/ostreedev/ostree/issues/3489',
    'https://github.com/containers/podman/issues/26710',
  ],
  *find({ layers }) {
    for (const { number, table, rowsOfLinks } of layers) {
      for (const [path, rows] of rowsOfLinks) {
        const chained = rows.find((row) => isLinkBefore(rowsOfLinks.get(table.linkName(row)), row));
        if (chained !== undefined) yield { layer: number, path, other: table.linkName(chained) };
      }
    }
  },
};

/** Rows are in rising order, and a hostile layer may have many of one name. */
function isLinkBefore(rows: readonly number[] | undefined, row: number): boolean {
  return (rows?.[0] ?? row) < row;
}
