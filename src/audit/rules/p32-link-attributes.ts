import { attributesDiffer, lookup } from '../../tree/index.ts';
import type { Rule } from '../rule.ts';

export const p32: Rule = {
  id: 'P32',
  title: 'hard link that says other attributes than its file',
  severity: 'note',
  targets: { docker: 'warning', podman: 'warning' },
  message: {
    one: 'hard link says other attributes than its file has',
    many: 'hard links say other attributes than their files have',
  },
  explanation:
    'A hard link entry has a mode, owner, time and xattrs like any other, and they should be those of the file. Where they differ, Holdfast and the specification of tar take those of the file; Docker and podman apply those of the link, and Docker drops a file capability that the link does not say again.',
  affected: ['made by programs that write link entries by hand', 'read differently by Docker and podman'],
  remedy: 'holdfast fix writes such layers anew with the attributes of the files.',
  sources: ['https://github.com/opencontainers/image-spec/blob/main/layer.md'],
  *find({ layers }) {
    for (const { number, table, rowsOfLinks, after } of layers) {
      for (const [path, rows] of rowsOfLinks) {
        const row = rows.at(-1) ?? -1;
        const inode = lookup(after, path);
        if (inode && !inode.children && attributesDiffer(table, row, inode)) yield { layer: number, path };
      }
    }
  },
};
