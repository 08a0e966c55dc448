import type { Rule } from '../rule.ts';

export const c23: Rule = {
  id: 'C23',
  title: 'hard links in genext2fs',
  severity: 'note',
  targets: { ext4: 'note' },
  message: {
    one: 'name of a link group may damage the file system',
    many: 'names of link groups may damage the file system',
  },
  explanation:
    'The image is in order; what hurts it is the program that reads it. Old versions of genext2fs wrote wrong link counts for archives with hard links; the kernel then says "Structure needs cleaning".',
  affected: ['genext2fs before 1.5'],
  remedy: 'unpack with holdfast and use mke2fs -d.',
  sources: ['https://github.com/bestouff/genext2fs/issues/21'],
  find: (image) => image.linkNames(),
};
