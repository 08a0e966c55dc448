import type { Rule } from '../rule.ts';

export const p01: Rule = {
  id: 'P01',
  title: 'hard link with an absolute target',
  severity: 'error',
  targets: { 'docker-29.7': 'error', charliecloud: 'error', ocirender: 'error', 'cloud-run': 'error' },
  message: { one: 'hard link has an absolute target', many: 'hard links have absolute targets' },
  explanation:
    'The archive of the layer names the target of a hard link with a leading "/". Archives name targets as they name entries, relative to the root. Most programs drop the slash; some refuse the layer, and some lose the name of the link without a word.',
  affected: [
    'made by kaniko from March 2018 to the fork before 1.28.2',
    'refused by Docker 29.7.0 to 29.7.2 with its own image store, and by Charliecloud',
    'lost by early versions of ocirender, and probably by Google Cloud Run',
  ],
  remedy:
    'holdfast fix writes such layers anew with relative targets; build with another builder, or with the kaniko fork from 1.28.2 on.',
  sources: [
    'https://github.com/moby/go-archive/issues/99',
    'https://github.com/osscontainertools/kaniko/issues/959',
    'https://github.com/osscontainertools/kaniko/issues/947',
    'https://github.com/hpc/charliecloud/issues/1280',
  ],
  *find({ layers }) {
    for (const layer of layers) {
      const { number, table } = layer;
      for (const row of layer.rows('hardlink')) {
        if (table.hasAbsoluteTarget(row)) yield { layer: number, path: table.name(row), other: table.linkName(row) };
      }
    }
  },
};
