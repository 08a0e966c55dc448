import type { Rule } from '../rule.ts';

export const c25: Rule = {
  id: 'C25',
  title: 'hard links of root, unpacked without root',
  severity: 'note',
  targets: { umoci: 'warning' },
  message: {
    one: 'name of a link group of root may not be linked',
    many: 'names of link groups of root may not be linked',
  },
  explanation:
    'The image is in order; what hurts it is the program that reads it. fs.protected_hardlinks forbids to link to files of others. umoci without root met it with files that stay with root.',
  affected: ['umoci in rootless mode', 'kbox'],
  remedy: 'unpack with holdfast, which keeps owners in its record, or with a user namespace.',
  sources: ['https://github.com/opencontainers/umoci/issues/310'],
  *find(image) {
    for (const { layer, path, inode } of image.linkNames()) if (inode.uid === 0) yield { layer, path };
  },
};
