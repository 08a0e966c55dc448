import type { Rule } from '../rule.ts';

const store = /(?:^|\/)(?:\.pnpm-store|pnpm\/store)\/v\d+\//;

export const c28: Rule = {
  id: 'C28',
  title: 'pnpm store inside an image',
  severity: 'note',
  targets: { overlayfs: 'note', docker: 'note', podman: 'note' },
  message: {
    one: 'file of a pnpm store is linked into node_modules',
    many: 'files of a pnpm store are linked into node_modules',
  },
  explanation:
    'The image is in order; what hurts it is the program that reads it. A pnpm store in a lower layer saves nothing: what is linked from it in a later step is copied up by overlayfs, 366 MB in the report.',
  affected: ['pnpm on overlayfs'],
  remedy: 'install in the step that fills the store and remove the store there, or mount it as a cache.',
  sources: ['https://github.com/pnpm/pnpm.io/issues/914'],
  *find(image) {
    for (const { layer, path } of image.linkNames()) if (store.test(path)) yield { layer, path };
  },
};
