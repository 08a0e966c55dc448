import type { Rule } from '../rule.ts';

export const c11: Rule = {
  id: 'C11',
  title: 'hard links in microsandbox',
  severity: 'note',
  targets: { microsandbox: 'error' },
  message: {
    one: 'name of a link group became a file of its own',
    many: 'names of link groups became files of their own',
  },
  explanation:
    'The image is in order; what hurts it is the program that reads it. The converter from layers to EROFS split link groups, and git-remote-https was damaged.',
  affected: ['microsandbox 0.4.6 and before; fixed in May 2026'],
  remedy: 'update microsandbox.',
  sources: [
    'https://github.com/superradcompany/microsandbox/issues/727',
    'https://github.com/superradcompany/microsandbox/issues/797',
  ],
  find: (image) => image.linkNames(),
};
