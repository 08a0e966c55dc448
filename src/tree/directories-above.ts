import type { ByteString } from '../base/index.ts';
import { parentPath } from './tree.ts';

/**
 * The directories above a path, the topmost first and without the root, that nobody has asked for with this set before. So a
 * walk over many names looks at each directory once, however deep they are.
 * @param seen gets them; with a directory it has all those above it
 */
export function newDirectoriesAbove(path: ByteString, seen: Set<ByteString>): readonly ByteString[] {
  const found: ByteString[] = [];
  for (let above = parentPath(path); above !== '' && !seen.has(above); above = parentPath(above)) {
    seen.add(above);
    found.push(above);
  }
  return found.reverse();
}
