import type { Rule } from '../rule.ts';

export const c21: Rule = {
  id: 'C21',
  title: 'hard links in composefs',
  severity: 'note',
  targets: { composefs: 'warning' },
  message: {
    one: 'name of a link group may become a file of its own',
    many: 'names of link groups may become files of their own',
  },
  explanation:
    'The image is in order; what hurts it is the program that reads it. mkcomposefs makes a file of each name, so that sizes double and the digest differs from that of composefs-rs.',
  affected: ['mkcomposefs, open in July 2026'],
  remedy: 'compare with holdfast verify; holdfast fix --delink.',
  sources: ['https://github.com/containers/composefs/issues/444'],
  find: (image) => image.linkNames(),
};
