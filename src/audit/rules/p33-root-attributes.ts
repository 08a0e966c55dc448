import type { Rule } from '../rule.ts';

export const p33: Rule = {
  id: 'P33',
  title: 'attributes of the root directory',
  severity: 'note',
  targets: { docker: 'warning', podman: 'warning' },
  message: { one: 'entry gives attributes to the root', many: 'entries give attributes to the root' },
  explanation:
    'A layer has an entry for the root directory itself with another mode, owner or other xattrs than 0755 and root. Overlay runtimes make a root of their own and ignore it.',
  affected: ['made by programs that pack a directory with its own entry', 'ignored by Docker (overlay2) and podman'],
  remedy: 'do not depend on the attributes of the root, or set them when the container starts.',
  sources: ['https://github.com/opencontainers/image-spec/blob/main/layer.md'],
  *find({ layers }) {
    for (const layer of layers) {
      const { number, table } = layer;
      for (const row of layer.rows('directory')) {
        const path = table.name(row);
        if (path !== '') continue;
        const isCommon = table.mode(row) === 0o755 && table.uid(row) === 0 && table.gid(row) === 0;
        if (!isCommon || table.xattrs(row) !== undefined) yield { layer: number, path };
      }
    }
  },
};
