import type { ByteString } from '../base/index.ts';
import { joinPath, lookup, parentPath, type Tree } from '../tree/index.ts';

/** As many as the kernel follows (path_resolution(7)). */
const mostLinks = 40;

/**
 * Where an engine puts what it is told to put at a path: links of the image are followed, and what is not there is made.
 * `var/run/docker.sock` is `run/docker.sock` in most images. Links of the running tree count for nothing, for whoever runs
 * in it may have made them.
 */
export function placeInImage(image: Tree, path: ByteString): ByteString {
  const pending = path.split('/').reverse();
  let place = '' as ByteString;
  let links = 0;
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (name === '' || name === '.') continue;
    const next = name === '..' ? parentPath(place) : joinPath(place, name as ByteString);
    const inode = lookup(image, next);
    if (inode?.kind !== 'symlink') place = next;
    else if (++links > mostLinks) return path;
    else {
      if (inode.linkText.startsWith('/')) place = '' as ByteString;
      pending.push(...inode.linkText.split('/').reverse());
    }
  }
  return place;
}
