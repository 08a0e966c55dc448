import type { Rule } from '../rule.ts';

/** EXT4_LINK_MAX of the kernel. */
const mostNames = 65_000;

export const p11: Rule = {
  id: 'P11',
  title: 'more links to one file than file systems hold',
  severity: 'warning',
  targets: { ext4: 'error', btrfs: 'error' },
  message: { one: 'file has more names than ext4 takes', many: 'files have more names than ext4 takes' },
  explanation:
    'ext4 holds 65 000 names of one inode, btrfs far fewer in one directory, XFS four billion. Unpacking a larger link group there fails with EMLINK.',
  affected: ['made by ostree with its .file-xattrs links', 'fails on ext4 and btrfs'],
  remedy: 'split the group: holdfast unpack says so before it writes.',
  sources: ['https://github.com/coreos/rpm-ostree/issues/5479'],
  *find({ linkGroups }) {
    for (const { inode, paths } of linkGroups) {
      const [path] = paths;
      if (paths.length > mostNames && path !== undefined) yield { layer: inode.layer, path };
    }
  },
};
