/** Link groups compared as sets of names. */
import type { ByteString } from '../base/index.ts';
import { type Inode, sortByKey, walkOrderKey } from '../tree/index.ts';
import type { ComparedTrees, OtherName } from './compare-trees.ts';
import type { FoundFault, LinkSets } from './fault.ts';

/**
 * A name at which something of another kind stands has a fault for that, and counts neither as split nor as merged: it
 * could be neither.
 */
export function* linkFaults({ imageLinks, treeLinks }: ComparedTrees): Generator<FoundFault> {
  for (const [image, names] of imageLinks) {
    if (names.length > 1) yield* faultsOfGroup(image, names);
  }
  for (const [tree, names] of treeLinks) {
    const there = names.filter(({ other }) => other?.kind === tree.kind);
    const expected = setsOf(there);
    if (expected.length < 2) continue;
    const paths = sortedPaths(there);
    yield { kind: 'links-merged', paths, image: there[0]?.other, tree, links: { expected, found: [paths] } };
  }
}

function* faultsOfGroup(image: Inode, names: readonly OtherName[]): Generator<FoundFault> {
  const whole = sortedPaths(names);
  const gone = names.filter(({ other }) => other === undefined);
  const found = setsOf(names);
  const [{ other: tree } = { other: undefined }] = names.filter(({ other }) => other !== undefined);
  if (gone.length > 0 && gone.length < names.length) {
    yield { kind: 'links-missing', paths: sortedPaths(gone), image, tree, links: { expected: [whole], found } };
  }
  const alike = names.filter(({ other }) => other?.kind === image.kind);
  const parts = setsOf(alike);
  if (parts.length < 2) return;
  const paths = sortedPaths(alike);
  yield { kind: 'links-split', paths, image, tree: alike[0]?.other, links: { expected: [whole], found: parts } };
}

/** The names of each inode of the other tree. */
function setsOf(names: readonly OtherName[]): LinkSets {
  const sets = Map.groupBy(names, ({ other }) => other);
  sets.delete(undefined);
  return sortByKey([...sets.values()].map(sortedPaths), ([first = '' as ByteString]) => walkOrderKey(first));
}

function sortedPaths(names: readonly OtherName[]): readonly ByteString[] {
  return sortByKey(
    names.map(({ path }) => path),
    walkOrderKey,
  );
}
