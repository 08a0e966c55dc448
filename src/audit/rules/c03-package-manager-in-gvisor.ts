import { fromText } from '../../base/index.ts';
import { lookup } from '../../tree/index.ts';
import type { Rule } from '../rule.ts';

const managers = ['usr/bin/dpkg', 'usr/bin/rpm'].map(fromText);

export const c03: Rule = {
  id: 'C03',
  title: 'package manager that makes links in gVisor',
  severity: 'note',
  targets: { gvisor: 'note' },
  message: {
    one: 'package manager makes hard links when it runs',
    many: 'package managers make hard links when they run',
  },
  explanation:
    'Nothing is wrong with the image. link(2) failed with ENOENT in user namespaces of gVisor, so that dpkg and apt, which link before they replace files, failed in the container.',
  affected: ['gVisor with user namespaces, as reported by Modal'],
  remedy: 'install packages when the image is built, or use symbolic links.',
  sources: ['https://github.com/google/gvisor/issues/8688'],
  *find({ tree }) {
    for (const path of managers) {
      const inode = lookup(tree, path);
      if (inode) yield { layer: inode.layer, path };
    }
  },
};
