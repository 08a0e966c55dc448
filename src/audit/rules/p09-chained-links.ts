import type { ByteString } from '../../base/index.ts';
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
      if (rowsOfLinks.size < 2) continue;
      const links = new Set<ByteString>();
      for (let row = 0; row < table.length; row++) {
        const [path, kind] = [table.name(row), table.kind(row)];
        if (kind === 'whiteout' || kind === 'opaque') continue;
        if (kind === 'hardlink') {
          const other = table.linkName(row);
          if (links.has(other)) yield { layer: number, path, other };
          links.add(path);
        } else links.delete(path);
      }
    }
  },
};
