import type { ByteString } from '../base/index.ts';

/**
 * A text whose order is the order of a walk: a directory before its content, siblings in byte order, so that
 * `d/x` comes before `d-x`. No name holds a NUL, which takes the place of the "/".
 */
export function walkOrderKey(path: ByteString): string {
  return path.replaceAll('/', '\0');
}

/** Puts paths into the order of a walk. */
export function sortPaths(paths: readonly ByteString[]): ByteString[] {
  return sortByKey(paths, walkOrderKey);
}

/** Sorts by a text of each element, which is made once. */
export function sortByKey<T>(elements: Iterable<T>, keyOf: (element: T) => string): T[] {
  const keyed = Array.from(elements, (element) => ({ key: keyOf(element), element }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.map(({ element }) => element);
}
