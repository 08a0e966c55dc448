import { lookup } from '../../tree/index.ts';
import type { Rule } from '../rule.ts';

export const p28: Rule = {
  id: 'P28',
  title: 'path that one layer removes and writes',
  severity: 'warning',
  targets: { docker: 'error', podman: 'error' },
  message: {
    one: 'path is removed and written by the same layer',
    many: 'paths are removed and written by the same layer',
  },
  explanation:
    'A layer has a whiteout for a path, and an entry at the path before it or a directory there. Markers act on the layers below, so that the entry stays; a directory is then empty but for what the layer has in it. Docker and podman refuse the layer when the marker comes later, and show the old content of a directory when it comes first.',
  affected: ['made by programs that append to layers', 'misread by Docker and podman'],
  remedy: 'holdfast fix writes such layers anew with one whiteout for each name that goes.',
  sources: ['https://github.com/opencontainers/image-spec/blob/main/layer.md'],
  *find({ layers }) {
    for (const layer of layers) {
      for (const row of layer.rows('whiteout')) {
        const path = layer.table.name(row);
        const now = lookup(layer.after, path);
        // What is no directory, and comes behind its whiteout, every program reads as it is meant.
        const isMisread = now?.children !== undefined || (now?.layer === layer.number && now.row < row);
        if (isMisread) yield { layer: layer.number, path };
      }
    }
  },
};
