import type { ByteString } from '../../base/index.ts';
import { lookup, parentPath } from '../../tree/index.ts';
import type { LayerFacts } from '../layer-facts.ts';
import type { Rule } from '../rule.ts';

export const p16: Rule = {
  id: 'P16',
  title: 'whiteout that removes nothing',
  severity: 'warning',
  message: { one: 'whiteout has nothing to remove', many: 'whiteouts have nothing to remove' },
  explanation:
    'A whiteout names what no layer below has or what an opaque marker of its own layer removes already, or it is no empty file. That is how it looks when a marker was copied as data from one stage of a build to another: the next build, or one with another cache, may delete a file by it. Overlay runtimes show names of such markers that cannot be opened, and make the directories that they stand in.',
  affected: [
    'made by kaniko at a cached COPY',
    'made by programs that unpack layers without a look at whiteouts and pack them again',
  ],
  remedy: 'rebuild without a cache; holdfast flatten leaves one layer without markers.',
  sources: ['https://github.com/osscontainertools/kaniko/issues/796'],
  *find({ layers }) {
    for (const layer of layers) {
      const { number, table, notes } = layer;
      const opaque = new Set([...layer.rows('opaque')].map((row) => table.name(row)));
      for (const path of opaque) if (!isOpaqueNeeded(layer, path)) yield { layer: number, path };
      for (const row of layer.rows('whiteout')) {
        const path = table.name(row);
        if (layer.existing(row) === undefined || isBelow(path, opaque)) yield { layer: number, path };
      }
      for (const { code, path } of notes) {
        if (code === 'MARKER_NOT_A_FILE' && path !== undefined) yield { layer: number, path };
      }
    }
  },
};

/** Above the bottom, runtimes write opaque markers for the directories that they make, too. */
function isOpaqueNeeded({ below, after }: LayerFacts, path: ByteString): boolean {
  if (below.layers === 0) return false;
  const before = lookup(below, path);
  return before === undefined ? lookup(after, path)?.children !== undefined : before.children !== undefined;
}

function isBelow(path: ByteString, directories: ReadonlySet<ByteString>): boolean {
  if (directories.size === 0) return false;
  for (let above = path; above !== ''; above = parentPath(above)) if (directories.has(parentPath(above))) return true;
  return false;
}
