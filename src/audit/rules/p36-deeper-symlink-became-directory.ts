import { shadowedLinks } from '../shadowed-links.ts';
import { isOfTheSystem } from '../system-links.ts';
import type { Rule } from '../rule.ts';

export const p36: Rule = {
  id: 'P36',
  title: 'symbolic link deeper in the tree replaced by a directory',
  severity: 'warning',
  message: {
    one: 'symbolic link to a directory becomes a directory, and what was there cannot be reached any more',
    many: 'symbolic links to directories become directories, and what was there cannot be reached any more',
  },
  explanation:
    'The same as P20 below other directories, where it may be meant: a package may make a directory of what was a link. A layer has entries below a name that is a symbolic link to a directory in the layers below, and no whiteout for the link; the directory of the upper layer replaces the link, and what the link led to cannot be reached under that name any more.',
  affected: [
    'Dagger (WithFile and WithDirectory) and BuildKit (COPY --link, MergeOp) on usr-merged bases',
    'crane append, and any layer made by hand',
  ],
  remedy:
    'write the files below the target of the link (usr/bin instead of bin); holdfast cp follows such links, holdfast merge --on-conflict error refuses them.',
  sources: ['https://github.com/dagger/dagger/issues/6073'],
  *find({ layers }) {
    for (const layer of layers) {
      for (const path of shadowedLinks(layer)) if (!isOfTheSystem(path)) yield { layer: layer.number, path };
    }
  },
};
