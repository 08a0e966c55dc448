import { type ByteString, isHoldfastError } from '../../base/index.ts';
import { type Inode, lookup, resolvePath, type Tree } from '../../tree/index.ts';
import type { LayerFacts } from '../layer-facts.ts';
import type { Rule } from '../rule.ts';

export const p20: Rule = {
  id: 'P20',
  title: 'symbolic link of a lower layer replaced by a directory',
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
      for (const path of new Set([...layer.ancestors, ...directories(layer)])) {
        if (lookup(layer.below, path)?.kind !== 'symlink' || layer.removes(path)) continue;
        const now = lookup(layer.after, path);
        if (now?.children && hidesSomething(layer.below, path, now)) yield { layer: layer.number, path };
      }
    }
  },
};

function* directories(layer: LayerFacts): Generator<ByteString> {
  for (const row of layer.rows('directory')) yield layer.table.name(row);
}

/** Whether something that the link led to is not in the directory that is there instead. */
function hidesSomething(below: Tree, link: ByteString, now: Inode): boolean {
  try {
    const { inode } = resolvePath(below, link, { followLast: true });
    return [...(inode.children?.keys() ?? [])].some((name) => !now.children?.has(name));
  } catch (error) {
    if (isHoldfastError(error, 'PATH_NOT_FOUND')) return false;
    throw error;
  }
}
