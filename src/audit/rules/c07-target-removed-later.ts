import type { Rule } from '../rule.ts';
import { isBody } from '../split-links.ts';

export const c07: Rule = {
  id: 'C07',
  title: 'link target removed in a later layer',
  severity: 'note',
  targets: { crane: 'error' },
  message: {
    one: 'link target is removed by a layer above, and other names of it stay',
    many: 'link targets are removed by layers above, and other names of them stay',
  },
  explanation:
    'The image is in order; what hurts it is the program that reads it. crane export and everything else on mutate.Extract of go-containerregistry read layers newest first and write one archive. A hard link whose target a later layer removes has no target in that archive: unpacking it fails.',
  affected: ['go-containerregistry, all versions (open since 2021)'],
  remedy: 'use holdfast export or holdfast flatten; or remove all names of the file.',
  sources: ['https://github.com/google/go-containerregistry/issues/977'],
  *find({ splitLinks }) {
    for (const split of splitLinks) {
      const { layer, path } = split;
      if (split.now === undefined && isBody(split)) yield { layer, path };
    }
  },
};
