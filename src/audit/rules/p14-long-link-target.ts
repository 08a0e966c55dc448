import type { Rule } from '../rule.ts';

/** Of the field `linkname`. */
const headerBytes = 100;

export const p14: Rule = {
  id: 'P14',
  title: 'hard link target of more than 100 bytes',
  severity: 'note',
  targets: { ocirender: 'error' },
  message: { one: 'hard link target does not fit the header', many: 'hard link targets do not fit the header' },
  explanation:
    'The header of an entry has 100 bytes for the target of a link; a longer one stands in a PAX or GNU extension. A reader that knows no extensions cuts it off and drops the link, as happened to the time zones of PostgreSQL.',
  affected: ['any image may have them', 'lost by early versions of ocirender'],
  remedy: 'none is needed with programs that read extensions; shorter directories help with others.',
  sources: ['https://github.com/edera-dev/ocirender'],
  *find({ layers }) {
    for (const layer of layers) {
      const { number, table } = layer;
      for (const row of layer.rows('hardlink')) {
        const written = table.linkName(row).length + (table.hasAbsoluteTarget(row) ? 1 : 0);
        if (written > headerBytes) yield { layer: number, path: table.name(row) };
      }
    }
  },
};
