import type { Rule } from '../rule.ts';

export const c26: Rule = {
  id: 'C26',
  title: 'hard links that split when they are written',
  severity: 'note',
  targets: { overlayfs: 'note', docker: 'note', podman: 'note' },
  message: {
    one: 'name of a link group splits from the others when it is written in a container',
    many: 'names of link groups split from the others when they are written in a container',
  },
  explanation:
    'The image is in order; what hurts it is the program that reads it. overlayfs without index=on copies only the name that is written to: from then on it is a file of its own. That is how the kernel works, and no fault of the runtime.',
  affected: ['every container on overlayfs'],
  remedy: 'do not count on links between files that are written at run time; make them at start.',
  sources: ['https://github.com/asterinas/asterinas/issues/3760', 'https://docs.kernel.org/filesystems/overlayfs.html'],
  find: (image) => image.linkNames(),
};
