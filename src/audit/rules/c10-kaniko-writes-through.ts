import type { Rule } from '../rule.ts';

export const c10: Rule = {
  id: 'C10',
  title: 'name of a link group replaced, by kaniko',
  severity: 'note',
  targets: { kaniko: 'warning' },
  message: { one: 'name of a link group is replaced', many: 'names of link groups are replaced' },
  explanation:
    'The image is in order; what hurts it is the program that reads it. Early kaniko wrote into the existing file instead of making a new one, so that all names got the new content: /bin/sh became GNU tar.',
  affected: ['kaniko in 2018 (#342, #351, #359)'],
  remedy: 'use a builder of today; every reader has to unlink a name before it writes it.',
  sources: [
    'https://github.com/GoogleContainerTools/kaniko/issues/359',
    'https://github.com/GoogleContainerTools/kaniko/issues/351',
    'https://github.com/GoogleContainerTools/kaniko/issues/342',
  ],
  *find({ splitLinks }) {
    for (const split of splitLinks) {
      const { layer, path } = split;
      if (split.now !== undefined) yield { layer, path };
    }
  },
};
