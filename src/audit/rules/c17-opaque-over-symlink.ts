import { lookup } from '../../tree/index.ts';
import type { Rule } from '../rule.ts';

export const c17: Rule = {
  id: 'C17',
  title: 'opaque marker on a symbolic link',
  severity: 'note',
  targets: { syft: 'error' },
  message: {
    one: 'opaque marker stands on a symbolic link of a lower layer',
    many: 'opaque markers stand on symbolic links of lower layers',
  },
  explanation:
    'The image is in order; what hurts it is the program that reads it. An opaque marker acts on the directory of its name. Where a lower layer has a symbolic link by that name, stereoscope followed it and dropped the files of the directory that the link leads to: they are missing in reports.',
  affected: ['syft and grype (stereoscope), open in September 2026'],
  remedy: 'write a whiteout for the link and the directory after it.',
  sources: ['https://github.com/anchore/stereoscope/issues/694'],
  *find({ layers }) {
    for (const layer of layers) {
      for (const row of layer.rows('opaque')) {
        const path = layer.table.name(row);
        if (lookup(layer.below, path)?.kind === 'symlink') yield { layer: layer.number, path };
      }
    }
  },
};
