import type { Rule } from '../rule.ts';

export const p15: Rule = {
  id: 'P15',
  title: 'directory replaced by a symbolic link without a whiteout',
  severity: 'note',
  targets: { trivy: 'warning', kaniko: 'error' },
  message: {
    one: 'directory of a lower layer becomes a symbolic link without a whiteout',
    many: 'directories of lower layers become symbolic links without a whiteout',
  },
  explanation:
    'A layer puts a symbolic link where a lower layer has a directory, and has no whiteout for the directory. By the specification the link replaces it with everything in it. Programs that only merge lists of paths go on to show what was in the directory; others try to write the link over the directory and fail.',
  affected: [
    'made by Docker, BuildKit and kaniko',
    'misread by Trivy (deleted log4j shown as present) and by kaniko (the image could not be loaded)',
  ],
  remedy: 'remove the directory in a step of its own before the link is made; holdfast flatten leaves one layer.',
  sources: [
    'https://github.com/GoogleContainerTools/kaniko/issues/2308',
    'https://github.com/aquasecurity/trivy/issues/2637',
  ],
  *find({ layers }) {
    for (const layer of layers) {
      for (const row of layer.rows('symlink')) {
        const path = layer.table.name(row);
        if (layer.existing(row)?.children && !layer.removes(path)) yield { layer: layer.number, path };
      }
    }
  },
};
