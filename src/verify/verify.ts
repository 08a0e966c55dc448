/** `verify`: is a tree what an image says? */
import { type ByteString, jsonPath, type Note } from '../base/index.ts';
import { type IdMap, mapId } from '../host/index.ts';
import type { ScanProblem } from '../scan/index.ts';
import { type EntryTable, type KnownFacts, sortByKey, walkOrderKey } from '../tree/index.ts';
import { commonFacts, openTree, type OpenTree, type OpenTreeOptions, requireOneStdin } from '../trees/index.ts';
import { causeOf } from './causes.ts';
import type { OwnerOf } from './compare-trees.ts';
import { Evidence } from './evidence.ts';
import type { Fault } from './fault.ts';
import { reportedFault } from './fault-report.ts';
import { findFaults } from './find-faults.ts';
import { injectionsInto, noInjections } from './injections.ts';
import { type IgnoredFact, LeftOut } from './left-out.ts';
import { obstacles } from './unseen.ts';

/** `atLayer`, `platform` and `onConflict` are for the image. */
export interface VerifyOptions extends OpenTreeOptions {
  /** Compare sizes instead of content. */
  readonly quick?: boolean;
  /** Paths and globs that are not compared, with everything below them; they are listed in the result. */
  readonly ignore?: readonly string[];
  /** Compare what container engines put into every container, too. */
  readonly all?: boolean;
  /** What ids of the image are in the tree, where it was unpacked with such maps or is of a user namespace; see `unpack`. */
  readonly uidMap?: IdMap;
  readonly gidMap?: IdMap;
}

/** What was not compared, although the image has something there or the tree does. */
export interface IgnoredPath {
  readonly path: string;
  /** `mtime` and `mode` of directories that are otherwise compared. */
  readonly what: IgnoredFact['what'];
  /** `--ignore`, `mount`, or the container engine that puts it there. */
  readonly why: string;
}

/** What nobody could look at: whether it is as it should be is not known. */
export interface UnseenPath {
  readonly path: string;
  readonly kind: ScanProblem['kind'];
  /** What of it: the inode, the names in it, its content, its xattrs. */
  readonly what?: string;
  readonly errno?: string;
}

export interface VerifyResult {
  /** No fault, and nothing unseen. */
  readonly ok: boolean;
  readonly image: string;
  readonly tree: string;
  /** In walk order of their first paths. */
  readonly faults: readonly Fault[];
  readonly ignored: readonly IgnoredPath[];
  readonly unseen: readonly UnseenPath[];
  /** Names of either that were compared. */
  readonly names: number;
  /** Files of the tree that were read. */
  readonly filesRead: number;
  /** Facts that one of the two cannot know, or that were not asked for. */
  readonly notCompared: readonly string[];
  /** How exactly times were compared. */
  readonly times: 'nanoseconds' | 'seconds' | 'none';
  readonly notes: readonly Note[];
}

/**
 * Compares a tree with the image that it should be: kinds, content, modes, owners, times, texts of symbolic links, device
 * numbers, xattrs, and link groups as sets of names. What container engines put into every container is expected there.
 *
 * @param image any tree, an image as a rule
 *
 * @example
 * import { verify } from 'holdfast';
 *
 * const { ok, faults } = await verify('debian:12', 'rootfs:build/root');
 *
 * @throws USAGE, HOST_REFUSED, and every code of references, images, layers and archives
 */
export async function verify(image: string, tree: string, options: VerifyOptions = {}): Promise<VerifyResult> {
  const { atLayer, ignore, ...others } = options;
  requireOneStdin([image, tree]);
  const opening = { ...others, hashFiles: options.quick !== true };
  await using expected = await openTree(image, { ...opening, atLayer });
  await using found = await openTree(tree, { ...opening, ignore });
  return await verifyTrees(expected, found, options);
}

/** The same for trees that are open. @throws what their content throws */
export async function verifyTrees(image: OpenTree, tree: OpenTree, options: VerifyOptions = {}): Promise<VerifyResult> {
  const { quick = false, all = false, ignore = [] } = options;
  const facts = comparedFacts(image, tree, quick);
  const injections = all ? noInjections : injectionsInto(tree, image);
  const leftOut = new LeftOut({ image, tree, ignore, injections });
  const { faults: mounts, unseen, ...known } = obstacles(image, tree, leftOut);
  const ownerOf = mappedOwners(options);
  const found = await findFaults(image, tree, { ...options, ...known, facts, ownerOf, leftOut });
  const context = { digests: found.digests, isKnownXattr: knowsXattr(facts), ownerOf };
  const evidence = new Evidence(image, tree, found);
  const faults = inOrder([...found.faults, ...mounts]).map((fault) =>
    reportedFault(fault, causeOf(fault, evidence), context),
  );
  const notSeen = unseenPaths([...unseen, ...found.problems], [image, tree]);
  return {
    ok: faults.length === 0 && notSeen.length === 0,
    image: image.reference,
    tree: tree.reference,
    faults,
    ignored: leftOut.ignored.map((fact) => ({ ...fact, path: jsonPath(fact.path) })),
    unseen: notSeen,
    names: found.names,
    filesRead: found.filesRead,
    notCompared: notCompared(facts, image),
    times: facts.mtime ? (facts.nanoseconds ? 'nanoseconds' : 'seconds') : 'none',
    notes: [...image.notes, ...tree.notes],
  };
}

/** Undefined where the image's own ids are meant. */
function mappedOwners({ uidMap = [], gidMap = [] }: VerifyOptions): OwnerOf | undefined {
  if (uidMap.length === 0 && gidMap.length === 0) return undefined;
  return ({ uid, gid }) => [mapId(uidMap, uid), mapId(gidMap, gid)];
}

function comparedFacts(image: OpenTree, tree: OpenTree, isQuick: boolean): KnownFacts {
  const facts = commonFacts(image.facts, tree.facts);
  return { ...facts, content: facts.content && !isQuick };
}

function notCompared({ xattrs, ...facts }: KnownFacts, { layers }: OpenTree): string[] {
  const names = (Object.keys(facts) as (keyof typeof facts)[]).filter((name) => !facts[name]);
  if (typeof xattrs === 'boolean') return xattrs ? names : [...names, 'xattrs'];
  return layers?.every((table) => knowsXattrs(table, xattrs)) === true ? names : [...names, 'someXattrs'];
}

function knowsXattrs({ rare }: EntryTable, isKnown: (name: ByteString) => boolean): boolean {
  for (const { xattrs } of rare.values()) if (xattrs && ![...xattrs.keys()].every(isKnown)) return false;
  return true;
}

function inOrder<Item extends { readonly paths: readonly ByteString[] }>(items: readonly Item[]): readonly Item[] {
  return sortByKey(items, ({ paths: [first = '' as ByteString] }) => walkOrderKey(first));
}

function knowsXattr({ xattrs }: KnownFacts): (name: ByteString) => boolean {
  return typeof xattrs === 'boolean' ? () => xattrs : xattrs;
}

function unseenPaths(problems: readonly ScanProblem[], trees: readonly OpenTree[]): UnseenPath[] {
  const paths = sortByKey(problems, ({ path }) => walkOrderKey(path)).map(unseenPath);
  return trees.some(failedSomewhere) ? [{ path: '.', kind: 'unreadable', what: 'names' }, ...paths] : paths;
}

/** A listing lacks names, and does not tell where. */
function failedSomewhere({ notes, problems }: OpenTree): boolean {
  const isTold = problems.some(({ kind }) => kind === 'unreadable' || kind === 'vanished');
  return !isTold && notes.some(({ code }) => code === 'LISTING_INCOMPLETE');
}

function unseenPath(problem: ScanProblem): UnseenPath {
  const { kind, path } = problem;
  const more = problem.kind === 'unreadable' ? { what: problem.what, errno: problem.errno } : {};
  return { path: jsonPath(path), kind, ...more };
}
