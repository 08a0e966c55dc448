import type { Rule } from '../rule.ts';

export const c33: Rule = {
  id: 'C33',
  title: 'sparse entries',
  severity: 'note',
  targets: { docker: 'warning', 'docker-29.7': 'note' },
  message: { one: 'entry has holes', many: 'entries have holes' },
  explanation:
    'The image is in order; what hurts it is the program that reads it. Sparse entries take forms that few readers expect; crafted ones made the Docker daemon take all memory (CVE-2026-32288). Layers seldom have them.',
  affected: ['Docker before 29.5.0'],
  remedy: 'update Docker; write zeros instead of holes.',
  sources: ['https://github.com/docker/docs/issues/25020'],
  *find({ layers }) {
    for (const { number, table } of layers) {
      for (const [row, { sparse }] of table.rare) if (sparse) yield { layer: number, path: table.name(row) };
    }
  },
};
