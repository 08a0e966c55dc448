import { namedInodes } from '../named-inodes.ts';
import type { Rule } from '../rule.ts';

const pattern = /.wh./;

export const c20: Rule = {
  id: 'C20',
  title: 'names that Snyk takes for whiteouts',
  severity: 'note',
  targets: { snyk: 'warning' },
  message: {
    one: 'file has a name that is taken for a whiteout',
    many: 'files have names that are taken for whiteouts',
  },
  explanation:
    'The image is in order; what hurts it is the program that reads it. Snyk looks for whiteouts with a pattern in which the dots stand for any character, so that every path with "wh" in the middle, such as /usr/lib/python3/dist-packages/wheel, counts as deleted.',
  affected: ['snyk-docker-plugin'],
  remedy: 'compare the number of files with holdfast ls -R.',
  sources: ['https://github.com/snyk/snyk-docker-plugin'],
  *find({ tree }) {
    for (const { path, inode } of namedInodes(tree))
      if (inode.kind === 'file' && pattern.test(`/${path}`)) yield { layer: inode.layer, path };
  },
};
