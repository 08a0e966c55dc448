import { lookup } from '../../tree/index.ts';
import type { Rule } from '../rule.ts';

export const p13: Rule = {
  id: 'P13',
  title: 'hard link to a symbolic link',
  severity: 'warning',
  targets: { hcsshim: 'error', nydus: 'error' },
  message: {
    one: 'hard link has a symbolic link for its target',
    many: 'hard links have symbolic links for their targets',
  },
  explanation:
    'A hard link can give a symbolic link one more name: POSIX leaves it open, Linux does it. Programs that turn layers into disk images have refused it, or have followed the symbolic link.',
  affected: ['made by build systems that link whole trees', 'refused by hcsshim (tar2ext4) and by nydus in tar mode'],
  remedy: 'holdfast fix --delink makes a symbolic link of its own under each name.',
  sources: ['https://github.com/microsoft/hcsshim/issues/1187', 'https://github.com/dragonflyoss/nydus/issues/2006'],
  *find({ layers }) {
    for (const { number, table, rowsOfLinks, after } of layers) {
      for (const [path, rows] of rowsOfLinks) {
        if (lookup(after, path)?.kind === 'symlink')
          yield { layer: number, path, other: table.linkName(rows.at(-1) ?? -1) };
      }
    }
  },
};
