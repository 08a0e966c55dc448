/** One scan in a process of its own, as somebody else or without native calls: `driver.ts DIRECTORY [OPTIONS]`. */
import { type ByteString, fromText, isHoldfastError } from '../../src/base/index.ts';
import { contentDigests, type LiveTree, scanDirectory, type ScanOptions } from '../../src/scan/index.ts';
import { linkGroups, walk } from '../../src/tree/index.ts';
import { differences, listingOfDirectory } from '../cases/index.ts';
import { listingOfLive, problemsOf } from './live-listing.ts';

export interface ScanReport {
  readonly error?: string;
  readonly paths: readonly string[];
  readonly problems: readonly string[];
  /** Which of some paths are unseen: each problem's, and one below it. */
  readonly unseen: readonly string[];
  /** Paths with xattrs. */
  readonly xattrs: readonly string[];
  readonly knownXattrs: readonly string[];
  readonly facts: Readonly<Record<string, unknown>>;
  readonly linkGroups: readonly (readonly string[])[];
  /** Of the scan from what lstat, readlink and reading say. */
  readonly differences: readonly string[];
  readonly hashed: readonly string[];
  readonly digestProblems: readonly string[];
}

const [directory = '', options = '{}'] = process.argv.slice(2);

try {
  using live = await scanDirectory(directory, JSON.parse(options) as ScanOptions);
  console.log(JSON.stringify(await reportOn(live)));
} catch (error) {
  if (!isHoldfastError(error)) throw error;
  console.log(JSON.stringify({ error: error.code }));
}

async function reportOn(live: LiveTree): Promise<ScanReport> {
  const entries = [...walk(live.tree)];
  const digests = await contentDigests(
    live,
    entries.map(({ inode }) => inode.row),
  );
  const isComplete = live.problems.length === 0;
  const asked = live.problems.flatMap(({ path }) => [path, `${path}/x` as ByteString]);
  const { xattrs } = live.facts;
  return {
    paths: entries.map(({ path }) => path),
    problems: problemsOf(live),
    unseen: asked.filter((path) => live.isUnseen(path) && !live.isUnseen(parentOf(path))),
    xattrs: entries.filter(({ inode }) => inode.xattrs).map(({ path }) => path),
    knownXattrs: ['trusted.x', 'user.x', 'security.capability', 'security.selinux'].filter((name) =>
      typeof xattrs === 'function' ? xattrs(fromText(name)) : xattrs,
    ),
    facts: { ...live.facts, xattrs: typeof xattrs === 'function' ? 'some' : xattrs },
    linkGroups: linkGroups(live.tree).map(({ paths }) => paths),
    differences: isComplete ? differences(listingOfLive(live), listingOfDirectory(directory)) : [],
    hashed: entries.filter(({ inode }) => digests.get(inode.row) !== undefined).map(({ path }) => path),
    digestProblems: problemsOf(digests),
  };
}

function parentOf(path: ByteString): ByteString {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0)) as ByteString;
}
