import { fromText } from '../../base/index.ts';
import { lookup } from '../../tree/index.ts';
import type { ImageFacts } from '../image-facts.ts';
import type { Rule } from '../rule.ts';

export const p10: Rule = {
  id: 'P10',
  title: 'hard links where a bootable image must have none',
  severity: 'warning',
  targets: { bootc: 'error' },
  message: {
    one: 'hard link of a bootable image is in /etc or leads into the ostree repository',
    many: 'hard links of a bootable image are in /etc or lead into the ostree repository',
  },
  explanation:
    'A bootable image is imported into an ostree repository, which merges /etc by file and keeps its own objects under /sysroot/ostree. Hard links in /etc, and links to objects of the repository, cannot be imported or break the next upgrade.',
  affected: ['kaniko and builds with the vfs driver on bootc base images', 'hurts bootc and rpm-ostree'],
  remedy: 'holdfast fix --delink-as copy; or build with a driver that keeps the files of the base image apart.',
  sources: [
    'https://github.com/bootc-dev/bootc/issues/856',
    'https://github.com/bootc-dev/bootc/issues/1126',
    'https://github.com/bootc-dev/bootc/issues/637',
    'https://github.com/coreos/rpm-ostree/issues/3827',
  ],
  *find(image) {
    if (!isBootable(image)) return;
    for (const { layer, path } of image.linkNames()) {
      if (path.startsWith('etc/') || path.startsWith('sysroot/ostree/')) yield { layer, path };
    }
  },
};

function isBootable({ config, tree }: ImageFacts): boolean {
  const labels = config.config?.Labels ?? {};
  return (
    'containers.bootc' in labels ||
    'ostree.bootable' in labels ||
    lookup(tree, fromText('sysroot/ostree')) !== undefined
  );
}
