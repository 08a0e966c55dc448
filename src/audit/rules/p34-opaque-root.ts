import type { Rule } from '../rule.ts';

export const p34: Rule = {
  id: 'P34',
  title: 'opaque marker in the root',
  severity: 'warning',
  targets: { docker: 'error', podman: 'error' },
  message: { one: 'opaque marker stands in the root', many: 'opaque markers stand in the root' },
  explanation:
    'An opaque marker in the root directory removes everything that lower layers have. Overlay runtimes ignore it there, so that all of it is still to be seen.',
  affected: ['made by programs that write layers by hand', 'ignored by Docker (overlay2) and podman'],
  remedy: 'leave the lower layers out of the image; holdfast flatten leaves one layer without markers.',
  sources: ['https://github.com/opencontainers/image-spec/blob/main/layer.md'],
  *find({ layers }) {
    for (const layer of layers) {
      for (const row of layer.rows('opaque')) {
        const path = layer.table.name(row);
        if (path === '' && (layer.below.root.children?.size ?? 0) > 0) yield { layer: layer.number, path };
      }
    }
  },
};
