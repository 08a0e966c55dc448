import { lookup } from '../../tree/index.ts';
import type { Rule } from '../rule.ts';

export const p27: Rule = {
  id: 'P27',
  title: 'hard link to a file of a lower layer',
  severity: 'error',
  targets: { docker: 'error', podman: 'error' },
  message: { one: 'hard link leads to a file of a lower layer', many: 'hard links lead to files of lower layers' },
  explanation:
    'The target of a hard link is not in its layer but in one below. The specification allows to read that as a link. Docker and podman unpack each layer into a directory of its own on overlayfs, where the target is not: they refuse the image.',
  affected: [
    'made by programs that write links without the file they belong to',
    'refused by Docker (overlay2) and podman; taken by containerd',
  ],
  remedy: 'holdfast fix writes such layers anew with the whole link group in the upper layer.',
  sources: ['https://github.com/moby/moby/issues/5632'],
  *find({ layers }) {
    for (const { number, table, rowsOfLinks, after } of layers) {
      for (const [path, rows] of rowsOfLinks) {
        const inode = lookup(after, path);
        if (inode && inode.layer < number && !inode.children)
          yield { layer: number, path, other: table.linkName(rows.at(-1) ?? -1) };
      }
    }
  },
};
