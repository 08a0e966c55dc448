import type { Rule } from '../rule.ts';

export const c27: Rule = {
  id: 'C27',
  title: 'link counts of fuse-overlayfs',
  severity: 'note',
  targets: { 'fuse-overlayfs': 'warning' },
  message: {
    one: 'name of a link group has a link count that is not to be trusted',
    many: 'names of link groups have link counts that are not to be trusted',
  },
  explanation:
    'The image is in order; what hurts it is the program that reads it. fuse-overlayfs gives a link count of one until a second name was seen, or counts names twice. Programs that go by it (tar, rsync, du) make copies.',
  affected: ['fuse-overlayfs'],
  remedy: 'use overlayfs of the kernel; holdfast groups names by inode and never trusts the count.',
  sources: [
    'https://github.com/containers/fuse-overlayfs/issues/435',
    'https://github.com/containers/fuse-overlayfs/issues/192',
  ],
  find: (image) => image.linkNames(),
};
