import type { Rule } from '../rule.ts';

export const c02: Rule = {
  id: 'C02',
  title: 'hard links in gVisor',
  severity: 'note',
  targets: { gvisor: 'warning', 'cloud-run': 'warning' },
  message: { one: 'name of a link group had a state of its own', many: 'names of link groups had states of their own' },
  explanation:
    'The image is in order; what hurts it is the program that reads it. The gofer of gVisor kept size, time and content apart for each name of a file, so that what was written under one name was not seen under the other.',
  affected: ['gVisor before the fix of #6739'],
  remedy: 'update gVisor; holdfast verify in the running container.',
  sources: ['https://github.com/google/gvisor/issues/6739'],
  find: (image) => image.linkNames(),
};
