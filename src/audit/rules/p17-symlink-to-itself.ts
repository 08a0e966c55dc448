import { circularLinks } from '../circular-links.ts';
import type { Rule } from '../rule.ts';

export const p17: Rule = {
  id: 'P17',
  title: 'symbolic link that leads to itself',
  severity: 'warning',
  message: { one: 'symbolic link leads back to itself', many: 'symbolic links lead back to themselves' },
  explanation:
    'Following the link never ends. Links that point at nothing are ordinary in images, because their targets appear when the container runs; a link in a circle is always a mistake, and usually what is left of a file that was lost: two links that point at each other are what newest-first unpacking made of a linked git.',
  affected: ['made by kaniko before 0.20 (a link from "." to "/"), and by programs that unpack layers newest first'],
  remedy: 'rebuild the image with another builder.',
  sources: [
    'https://github.com/GoogleContainerTools/kaniko/issues/1151',
    'https://github.com/GoogleContainerTools/kaniko/issues/1395',
    'https://github.com/GoogleContainerTools/kaniko/issues/282',
  ],
  *find({ tree }) {
    for (const { path, inode } of circularLinks(tree)) yield { layer: inode.layer, path };
  },
};
