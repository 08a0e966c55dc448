import type { Rule } from '../rule.ts';
import { isBody } from '../split-links.ts';

export const c08: Rule = {
  id: 'C08',
  title: 'link target replaced in a later layer',
  severity: 'note',
  targets: { crane: 'error' },
  message: {
    one: 'link target is replaced by a layer above, and other names of it keep the old file',
    many: 'link targets are replaced by layers above, and other names of them keep the old file',
  },
  explanation:
    'The image is in order; what hurts it is the program that reads it. crane export and everything else on mutate.Extract of go-containerregistry read layers newest first and write one archive. A hard link whose target a later layer replaces is linked to the new file there: a name that no layer touched has the wrong content.',
  affected: ['go-containerregistry, all versions (a fix is not merged)'],
  remedy: 'use holdfast export or holdfast flatten; or replace all names of the file.',
  sources: [
    'https://github.com/google/go-containerregistry/issues/2002',
    'https://github.com/google/go-containerregistry/issues/2323',
  ],
  *find({ splitLinks }) {
    for (const split of splitLinks) {
      const { layer, path } = split;
      if (split.now !== undefined && isBody(split)) yield { layer, path };
    }
  },
};
