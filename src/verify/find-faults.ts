/** From two open trees to faults. */
import type { ByteString, OperationOptions } from '../base/index.ts';
import type { ScanProblem } from '../scan/index.ts';
import { type Aspect, type Inode, type KnownFacts, sortByKey, walkOrderKey } from '../tree/index.ts';
import type { FileDigests, OpenTree } from '../trees/index.ts';
import { type ComparedTrees, compareTrees, type InodePair, type OwnerOf } from './compare-trees.ts';
import type { FoundFault } from './fault.ts';
import type { LeftOut } from './left-out.ts';
import { linkFaults } from './link-faults.ts';

export interface FaultOptions extends OperationOptions {
  readonly jobs?: number | undefined;
  readonly facts: KnownFacts;
  readonly ownerOf?: OwnerOf | undefined;
  readonly leftOut: LeftOut;
  /** Of the tree. */
  readonly sockets: ReadonlySet<ByteString>;
  /** Names at which not all xattrs could be read. */
  readonly unreadXattrs: ReadonlySet<ByteString>;
}

export interface FoundFaults {
  /** In no order. */
  readonly faults: readonly FoundFault[];
  /** Names of either tree that were compared. */
  readonly names: number;
  /** Files of the tree whose content was read. */
  readonly filesRead: number;
  /** Of what was read, as far as it was. */
  readonly digests: { readonly image: FileDigests; readonly tree: FileDigests };
  /** Of reading content. */
  readonly problems: readonly ScanProblem[];
  readonly compared: ComparedTrees;
}

const nothingRead: FileDigests = { get: () => undefined, problems: [] };

/** @throws what the content of the trees throws, the reason of the signal */
export async function findFaults(image: OpenTree, tree: OpenTree, options: FaultOptions): Promise<FoundFaults> {
  const { facts, leftOut, ownerOf } = options;
  const isSurelySame = (a: Inode, b: Inode): boolean => {
    const key = image.contentKey(a);
    return key !== undefined && key === tree.contentKey(b);
  };
  const compared = compareTrees(image.tree, tree.tree, { facts, ownerOf, isSurelySame, leftOutIn: leftOut.namesIn });
  const undecided = compared.pairs.filter(({ isUndecided }) => isUndecided);
  const digests = await digestsOf(image, tree, undecided, options);
  const { differing, unread } = readPairs(undecided, digests);
  const faults = [
    ...absenceFaults(compared, options.sockets),
    ...pairFaults(compared.pairs, differing, options),
    ...linkFaults(compared),
  ];
  return {
    faults,
    names: compared.names,
    filesRead: new Set(undecided.map((pair) => pair.tree)).size,
    digests,
    problems: [...digests.image.problems, ...digests.tree.problems, ...unread],
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

/** What could not be read is no fault, and not the same either: all of it is among the problems, of a tree or here. */
function readPairs(
  pairs: readonly InodePair[],
  { image, tree }: FoundFaults['digests'],
): { readonly differing: ReadonlySet<InodePair>; readonly unread: readonly ScanProblem[] } {
  const told = new Set([...image.problems, ...tree.problems].map(({ path }) => path));
  const differing = new Set<InodePair>();
  const unread: ScanProblem[] = [];
  for (const pair of pairs) {
    const [expected, found] = [image.get(pair.image), tree.get(pair.tree)];
    const [path = '' as ByteString] = pair.paths;
    if (expected !== undefined && found !== undefined) {
      if (expected !== found) differing.add(pair);
    } else if (!pair.paths.some((name) => told.has(name))) {
      unread.push({ kind: 'unreadable', path, what: 'content', errno: 'ENODATA' });
    }
  }
  return { differing, unread };
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
  differing: ReadonlySet<InodePair>,
  options: FaultOptions,
): Generator<FoundFault> {
  for (const pair of pairs) {
    const { paths, image, tree, aspects } = pair;
    if (differing.has(pair)) yield { kind: 'content', paths: sorted(paths), image, tree };
    for (const kind of aspects) {
      const those = paths.filter((path) => !isExcused(kind, path, { image, paths, options }));
      if (those.length > 0) yield { kind, paths: sorted(those), image, tree };
    }
  }
}

function isExcused(
  kind: Aspect,
  path: ByteString,
  { image, paths, options }: Pick<InodePair, 'image' | 'paths'> & { readonly options: FaultOptions },
): boolean {
  if (kind === 'mtime') return options.leftOut.isTimeIgnored(path, image);
  if (kind === 'mode') return options.leftOut.isModeIgnored(path, image);
  return kind === 'xattr' && paths.some((name) => options.unreadXattrs.has(name));
}

function sorted(paths: readonly ByteString[]): readonly ByteString[] {
  return paths.length === 1 ? paths : sortByKey(paths, walkOrderKey);
}
