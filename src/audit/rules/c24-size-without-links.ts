import type { ByteString } from '../../base/index.ts';
import type { Rule } from '../rule.ts';

const root = '' as ByteString;

export const c24: Rule = {
  id: 'C24',
  title: 'image that grows much without its links',
  severity: 'note',
  targets: { btrfs: 'warning', ext4: 'warning' },
  message: {
    one: 'image grows by a quarter or more where links are lost',
    many: 'images grow by a quarter or more where links are lost',
  },
  explanation:
    'The image is in order; what hurts it is the program that reads it. The size of a disk image is often computed from sizes of files. With many links that is far too much, and where links are lost it is what the disk needs: Ubuntu 26.04 has over a hundred names for one program of 11 MB.',
  affected: ['mkfs.btrfs --rootdir (91 MB became 1.9 GB)', 'scripts around mke2fs'],
  remedy: 'take the two sizes that holdfast audit gives; make the disk image from a tree with links.',
  sources: ['https://github.com/systemd/systemd/issues/42891', 'https://github.com/dracut-ng/dracut/issues/1790'],
  *find({ layers, weight: { bytes, bytesAsCopies } }) {
    if (bytes > 0 && bytesAsCopies >= 1.25 * bytes) yield { layer: layers.length, path: root };
  },
};
