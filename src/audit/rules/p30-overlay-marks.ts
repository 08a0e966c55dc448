import type { Rule } from '../rule.ts';

export const p30: Rule = {
  id: 'P30',
  title: 'entry that overlayfs takes for a mark of its own',
  severity: 'warning',
  targets: { docker: 'error', podman: 'error' },
  message: { one: 'entry is taken for a mark of overlayfs', many: 'entries are taken for marks of overlayfs' },
  explanation:
    'A character device with the numbers 0:0 is a whiteout to overlayfs, and trusted.overlay.* attributes make directories opaque or redirect them. In a layer they are data; runtimes that unpack layers as root for overlayfs let them act, so that names are missing.',
  affected: [
    'made by programs that pack the upper directory of an overlay as it is',
    'acts in Docker (overlay2) and podman',
  ],
  remedy: 'make the layer with a program that turns the marks of overlayfs into those of layers (holdfast snapshot).',
  sources: ['https://docs.kernel.org/filesystems/overlayfs.html'],
  *find({ layers }) {
    for (const layer of layers) {
      const { number, table } = layer;
      for (const [row, { device, xattrs }] of table.rare) {
        const isWhiteout = table.kind(row) === 'char' && device?.[0] === 0 && device[1] === 0;
        const isMarked = [...(xattrs?.keys() ?? [])].some((name) => name.startsWith('trusted.overlay.'));
        if (isWhiteout || isMarked) yield { layer: number, path: table.name(row) };
      }
    }
  },
};
