import { type Inode, lookup } from '../../tree/index.ts';
import type { Rule } from '../rule.ts';

export const p29: Rule = {
  id: 'P29',
  title: 'directory that loses its attributes because a layer does not list it',
  severity: 'warning',
  targets: { docker: 'error', podman: 'error' },
  message: {
    one: 'directory has attributes that runtimes lose, because a layer with entries below does not list it',
    many: 'directories have attributes that runtimes lose, because a layer with entries below does not list them',
  },
  explanation:
    'A layer has entries below a directory and no entry for the directory itself, which exists below with other attributes than 0755 and root. It should stay as it is; overlay runtimes make a new directory for the layer, which has 0755 and root: /tmp loses its sticky bit, a home directory its owner.',
  affected: [
    'made by crane append, Jib, Bazel, ko, and layers made by hand',
    'hurts Docker (overlay2) and podman; containerd keeps the attributes',
  ],
  remedy: 'holdfast fix writes such layers anew with every directory listed.',
  sources: ['https://github.com/opencontainers/image-spec/blob/main/layer.md'],
  *find({ layers }) {
    for (const layer of layers) {
      if (layer.below.layers === 0) continue;
      for (const path of layer.ancestors) {
        const before = lookup(layer.below, path);
        if (before?.children && !hasCommonAttributes(before) && !layer.lists(path)) yield { layer: layer.number, path };
      }
    }
  },
};

/** Those that runtimes give. */
function hasCommonAttributes({ mode, uid, gid, xattrs }: Inode): boolean {
  return mode === 0o755 && uid === 0 && gid === 0 && xattrs === undefined;
}
