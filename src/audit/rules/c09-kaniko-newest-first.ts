import type { Rule } from '../rule.ts';

export const c09: Rule = {
  id: 'C09',
  title: 'link group that changes in a later layer, unpacked by kaniko',
  severity: 'note',
  targets: { kaniko: 'warning' },
  message: {
    one: 'name of a link group changes in a layer above',
    many: 'names of link groups change in layers above',
  },
  explanation:
    'The image is in order; what hurts it is the program that reads it. Early kaniko unpacked the layers of its base image newest first. A group of links to git, of which a later layer had made symbolic links, ended as links that point at each other.',
  affected: ['kaniko in 2018 (before #326)'],
  remedy: 'use a builder of today.',
  sources: [
    'https://github.com/GoogleContainerTools/kaniko/issues/282',
    'https://github.com/GoogleContainerTools/kaniko/issues/326',
  ],
  find: ({ splitLinks }) => splitLinks,
};
