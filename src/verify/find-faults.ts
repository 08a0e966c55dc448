/** From two open trees to faults. */
import type { ByteString, OperationOptions } from '../base/index.ts';
import type { ScanProblem } from '../scan/index.ts';
import { type Inode, type KnownFacts, sortByKey, walkOrderKey } from '../tree/index.ts';
import type { FileDigests, OpenTree } from '../trees/index.ts';
import { type ComparedTrees, compareTrees, type InodePair } from './compare-trees.ts';
import type { FoundFault } from './fault.ts';
import { linkFaults } from './link-faults.ts';

export interface FaultOptions extends OperationOptions {
  readonly jobs?: number | undefined;
  readonly facts: KnownFacts;
  readonly isLeftOut: (path: ByteString) => boolean;
  /** Whether a time means nothing here. */
  readonly isTimeIgnored: (path: ByteString) => boolean;
  /** Of the tree. */
  readonly sockets: ReadonlySet<ByteString>;
}

export interface FoundFaults {
  /** In walk order of their first paths. */
  readonly faults: readonly FoundFault[];
  /** Names of either tree that were compared. */
  readonly names: number;
  /** Files of the tree whose content was read. */
  readonly filesRead: number;
  /** Of what was read, as far as it was. */
  readonly digests: { readonly image: FileDigests; readonly tree: FileDigests };
  /** Of reading content. */
  readonly problems: readonly ScanProblem[];
  /** How many names of link groups, and groups, the image has where it was looked at. */
  readonly compared: ComparedTrees;
}

const nothingRead: FileDigests = { get: () => undefined, problems: [] };

/** @throws what the content of the trees throws, the reason of the signal */
export async function findFaults(image: OpenTree, tree: OpenTree, options: FaultOptions): Promise<FoundFaults> {
  const { facts, isLeftOut } = options;
  const isSurelySame = (a: Inode, b: Inode): boolean => {
    const key = image.contentKey(a);
    return key !== undefined && key === tree.contentKey(b);
  };
  const compared = compareTrees(image.tree, tree.tree, { facts, isLeftOut, isSurelySame });
  const undecided = compared.pairs.filter(({ isUndecided }) => isUndecided);
  const digests = await digestsOf(image, tree, undecided, options);
  const faults = [
    ...absenceFaults(compared, options.sockets),
    ...pairFaults(compared.pairs, digests, options),
    ...linkFaults(compared),
  ];
  return {
    faults: sortByKey(faults, ({ paths: [first = '' as ByteString] }) => walkOrderKey(first)),
    names: compared.names,
    filesRead: new Set(undecided.map((pair) => pair.tree)).size,
    digests,
    problems: [...digests.image.problems, ...digests.tree.problems],
    compared,
  };
}

async function digestsOf(
  image: OpenTree,
  tree: OpenTree,
  pairs: readonly InodePair[],
  options: OperationOptions & Pick<FaultOptions, 'jobs'>,
): Promise<FoundFaults['digests']> {
  if (pairs.length === 0) return { image: nothingRead, tree: nothingRead };
  const [ofImage, ofTree] = await Promise.all([
    image.contentDigests(
      pairs.map((pair) => pair.image),
      options,
    ),
    tree.contentDigests(
      pairs.map((pair) => pair.tree),
      options,
    ),
  ]);
  return { image: ofImage, tree: ofTree };
}

/** What is missing of a link group of which something is left is the matter of {@link linkFaults}. */
function* absenceFaults(
  { missing, extra, imageLinks }: ComparedTrees,
  sockets: ReadonlySet<ByteString>,
): Generator<FoundFault> {
  const met = new Set<ByteString>();
  for (const [image, names] of missing) {
    const gone = names.filter((path) => !sockets.has(path));
    for (const path of names) {
      if (!sockets.has(path)) continue;
      met.add(path);
      yield { kind: 'kind', paths: [path], image, tree: undefined, isSocket: true };
    }
    const isPart = imageLinks.get(image)?.some(({ other, path }) => other !== undefined || sockets.has(path)) === true;
    if (gone.length > 0 && !isPart) yield { kind: 'missing', paths: sorted(gone), image, tree: undefined };
  }
  for (const [tree, paths] of extra) yield { kind: 'extra', paths: sorted(paths), image: undefined, tree };
  for (const path of sockets) {
    if (!met.has(path)) yield { kind: 'extra', paths: [path], image: undefined, tree: undefined, isSocket: true };
  }
}

function* pairFaults(
  pairs: readonly InodePair[],
  digests: FoundFaults['digests'],
  { isTimeIgnored }: Pick<FaultOptions, 'isTimeIgnored'>,
): Generator<FoundFault> {
  for (const { paths, image, tree, aspects, isUndecided } of pairs) {
    const differs = isUndecided && isOtherContent(digests, image, tree);
    if (differs) yield { kind: 'content', paths: sorted(paths), image, tree };
    for (const kind of aspects) {
      const those = kind === 'mtime' ? paths.filter((path) => !isTimeIgnored(path)) : paths;
      if (those.length > 0) yield { kind, paths: sorted(those), image, tree };
    }
  }
}

/** What could not be read is no fault, and not the same either: it is among the problems. */
function isOtherContent({ image, tree }: FoundFaults['digests'], a: Inode, b: Inode): boolean {
  const [expected, found] = [image.get(a), tree.get(b)];
  return expected !== undefined && found !== undefined && expected !== found;
}

function sorted(paths: readonly ByteString[]): readonly ByteString[] {
  return paths.length === 1 ? paths : sortByKey(paths, walkOrderKey);
}
