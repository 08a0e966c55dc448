import type { Rule } from '../rule.ts';

export const c32: Rule = {
  id: 'C32',
  title: 'device nodes',
  severity: 'note',
  targets: { 'docker-29.7': 'warning' },
  message: { one: 'device node may end the unpacking', many: 'device nodes may end the unpacking' },
  explanation:
    'The image is in order; what hurts it is the program that reads it. go-archive 0.3.0 failed at device nodes such as /dev/ptmx.',
  affected: ['Docker 29.7.0 (go-archive 0.3.0)', 'every unpacking without root leaves them out'],
  remedy: 'leave devices out of images: runtimes make those that are needed.',
  sources: ['https://github.com/moby/moby/issues/53305'],
  *find({ layers }) {
    for (const layer of layers) {
      for (const row of layer.rows('char', 'block')) yield { layer: layer.number, path: layer.table.name(row) };
    }
  },
};
