import type { Rule } from '../rule.ts';

export const c01: Rule = {
  id: 'C01',
  title: 'hard links on Cloud Run',
  severity: 'note',
  targets: { 'cloud-run': 'error' },
  message: {
    one: 'name of a link group may arrive as a file of its own',
    many: 'names of link groups may arrive as files of their own',
  },
  explanation:
    'The image is in order; what hurts it is the program that reads it. Two names of one file arrived in the container as two files with one name each; with images of kaniko, whose link targets are absolute (P01), one of the names was missing.',
  affected: ['Google Cloud Run (first generation, 2021)'],
  remedy:
    'compare the running container with holdfast verify; holdfast fix --delink makes an image that does not depend on links.',
  sources: [
    'https://github.com/starrify/google-cloud-run-docker-hard-link-issue',
    'https://github.com/GoogleContainerTools/kaniko/issues/1695',
  ],
  find: (image) => image.linkNames(),
};
