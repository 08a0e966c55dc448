import type { ByteString } from '../../base/index.ts';
import { lookup, type Tree } from '../../tree/index.ts';
import type { Rule } from '../rule.ts';

export const p16: Rule = {
  id: 'P16',
  title: 'whiteout that removes nothing',
  severity: 'warning',
  message: { one: 'whiteout has nothing to remove', many: 'whiteouts have nothing to remove' },
  explanation:
    'A whiteout names what no layer below has, or it is no empty file. That is how it looks when a marker was copied as data from one stage of a build to another: the next build, or one with another cache, may delete a file by it.',
  affected: [
    'made by kaniko at a cached COPY',
    'made by programs that unpack layers without a look at whiteouts and pack them again',
  ],
  remedy: 'rebuild without a cache; holdfast flatten leaves one layer without markers.',
  sources: ['https://github.com/osscontainertools/kaniko/issues/796'],
  *find({ layers }) {
    for (const layer of layers) {
      const { number, table, below, notes } = layer;
      for (const row of layer.rows('whiteout', 'opaque')) {
        const path = table.name(row);
        const removed = table.kind(row) === 'opaque' ? isOpaqueNeeded(below, path) : layer.existing(row) !== undefined;
        if (!removed) yield { layer: number, path };
      }
      for (const { code, path } of notes)
        if (code === 'MARKER_NOT_A_FILE' && path !== undefined) yield { layer: number, path };
    }
  },
};

/** Above the bottom, runtimes write opaque markers for new directories too. */
function isOpaqueNeeded(below: Tree, path: ByteString): boolean {
  return (
    below.layers > 0 &&
    (path === '' || lookup(below, path) === undefined || lookup(below, path)?.children !== undefined)
  );
}
