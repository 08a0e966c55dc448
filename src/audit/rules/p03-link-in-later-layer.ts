import { type Inode, lookup } from '../../tree/index.ts';
import type { Rule } from '../rule.ts';

export const p03: Rule = {
  id: 'P03',
  title: 'link to a file of a lower layer made in a later step',
  severity: 'note',
  message: {
    one: 'file is in a layer once more because a link to it was made',
    many: 'files are in a layer once more because links to them were made',
  },
  explanation:
    'A step of the build made a hard link to a file of an earlier step. On overlay file systems that copies the file up, so that the layer holds the whole file again: the image has it twice, and only the upper one is seen.',
  affected: ['Docker and BuildKit on overlayfs, podman and buildah'],
  remedy: 'make the link in the step that makes the file, or make a symbolic link; holdfast flatten leaves one layer.',
  sources: ['https://github.com/moby/moby/issues/48140', 'https://github.com/moby/moby/issues/5632'],
  *find({ layers }) {
    for (const layer of layers) {
      for (const [inode, names] of layer.linkGroups) {
        const before = names.map((name) => lookup(layer.below, name));
        const added = before.findIndex((one) => one !== before[0]);
        if (added < 0) continue;
        for (const [at, path] of names.entries()) {
          const other = names[before[at] === before[0] ? added : 0];
          if (other !== undefined && isSameFile(before[at], inode)) {
            yield { layer: layer.number, path, other, bytes: inode.size };
          }
        }
      }
    }
  },
};

/** A copy that overlayfs made keeps everything but the inode. */
function isSameFile(a: Inode | undefined, b: Inode): boolean {
  if (a?.kind !== 'file' || b.kind !== 'file' || a.size !== b.size || a.size === 0) return false;
  return a.mtime.seconds === b.mtime.seconds && a.uid === b.uid && a.gid === b.gid;
}
