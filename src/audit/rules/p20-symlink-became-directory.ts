import { shadowedLinks } from '../shadowed-links.ts';
import { isOfTheSystem } from '../system-links.ts';
import type { Rule } from '../rule.ts';

export const p20: Rule = {
  id: 'P20',
  title: 'symbolic link in the root replaced by a directory',
  severity: 'error',
  message: {
    one: 'symbolic link to a directory becomes a directory, and what was there cannot be reached any more',
    many: 'symbolic links to directories become directories, and what was there cannot be reached any more',
  },
  explanation:
    'A layer has entries below a name that is a symbolic link to a directory in the layers below, and no whiteout for the link. Laid over each other, the directory of the upper layer replaces the link: with /bin -> usr/bin, /bin/sh is gone. The layer was made for a tree without the link, or by a program that did not follow it.',
  affected: [
    'Dagger (WithFile and WithDirectory) and BuildKit (COPY --link, MergeOp) on usr-merged bases',
    'crane append, and any layer made by hand',
  ],
  remedy:
    'write the files below the target of the link (usr/bin instead of bin); holdfast cp follows such links, holdfast merge --on-conflict error refuses them.',
  sources: ['https://github.com/dagger/dagger/issues/6073'],
  *find({ layers }) {
    for (const layer of layers) {
      for (const path of shadowedLinks(layer)) if (isOfTheSystem(path)) yield { layer: layer.number, path };
    }
  },
};
