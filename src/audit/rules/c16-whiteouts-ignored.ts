import { lookup } from '../../tree/index.ts';
import type { Rule } from '../rule.ts';

export const c16: Rule = {
  id: 'C16',
  title: 'whiteouts in E2B templates',
  severity: 'note',
  targets: { e2b: 'error' },
  message: {
    one: 'path is removed by a whiteout, and may be visible again',
    many: 'paths are removed by whiteouts, and may be visible again',
  },
  explanation:
    'The image is in order; what hurts it is the program that reads it. The template builder of E2B did not apply whiteouts: files that the image deletes were there, and an older version of a Python package won.',
  affected: ['the template builder of E2B, before the fix of #2094'],
  remedy: 'holdfast flatten makes one layer without whiteouts.',
  sources: ['https://github.com/e2b-dev/infra/issues/2094'],
  *find({ layers }) {
    for (const layer of layers) {
      const { number, table, below } = layer;
      for (const row of layer.rows('whiteout')) if (layer.existing(row)) yield { layer: number, path: table.name(row) };
      for (const row of layer.rows('opaque')) {
        const path = table.name(row);
        if ((lookup(below, path)?.children?.size ?? 0) > 0) yield { layer: number, path };
      }
    }
  },
};
