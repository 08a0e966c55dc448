/** What a probe tells as an open tree. */
import { HoldfastError } from '../base/index.ts';
import type { OpenBody } from '../layer/index.ts';
import { type ScanProblem, UnseenPaths } from '../scan/index.ts';
import type { Inode } from '../tree/index.ts';
import { type AssembledTree, knownFacts } from '../tree-stream/index.ts';
import type { ContentOptions, FileDigests, OpenTree } from './open-tree.ts';
import { ProbeConnection, type ProbeUse } from './probe-connection.ts';
import { probeDigests } from './probe-digests.ts';
import { listProbe } from './probe-listing.ts';

/**
 * Lists the tree of a probe; contents are asked for later.
 * @param reference an http or https URL, with the path that the probe is mounted at
 * @throws REFERENCE_INVALID, USAGE without a token, AUTH_REQUIRED, PROBE_REFUSED, PROBE_CHANGED, TREE_STREAM_INVALID,
 * LIMIT_EXCEEDED, HOST_UNREACHABLE, TLS_REFUSED, the reason of the signal
 */
export async function openProbeTree(reference: string, options: ProbeUse): Promise<OpenTree> {
  const connection = new ProbeConnection(reference, options);
  try {
    return new ProbeSource(reference, connection, await listProbe(connection, options));
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
}

class ProbeSource implements OpenTree {
  readonly reference: string;
  readonly facts: OpenTree['facts'];
  readonly problems: readonly ScanProblem[];
  readonly container: NonNullable<OpenTree['container']>;
  readonly notes = [];
  readonly #connection: ProbeConnection;
  readonly #listed: AssembledTree;
  readonly #unseen: UnseenPaths;
  readonly #unreadable: ReadonlyMap<string, ScanProblem>;

  constructor(reference: string, connection: ProbeConnection, listed: AssembledTree) {
    this.reference = reference;
    this.#connection = connection;
    this.#listed = listed;
    this.facts = knownFacts(connection.facts);
    this.problems = listed.problems;
    this.#unseen = new UnseenPaths(listed.problems);
    const mounts = listed.problems.filter(({ kind }) => kind === 'mount').map(({ path }) => path);
    this.container = { engine: 'probe', mounts };
    this.#unreadable = new Map(
      listed.problems
        .filter((problem) => problem.kind === 'unreadable' && problem.what === 'content')
        .map((problem) => [problem.path, problem]),
    );
  }

  get tree() {
    return this.#listed.tree;
  }

  isUnseen(path: Parameters<OpenTree['isUnseen']>[0]): boolean {
    return this.#unseen.has(path);
  }

  contentKey(): undefined {
    return undefined;
  }

  async contentDigests(inodes: Iterable<Inode>, options: ContentOptions = {}): Promise<FileDigests> {
    return await probeDigests(this.#connection, this.#listed, inodes, options);
  }

  /** A probe tells digests, and gives nothing away of what is in the files. */
  async openBodies(): Promise<OpenBody> {
    throw new HoldfastError('FACTS_UNKNOWN', { reference: this.reference, facts: ['the content of files'] });
  }

  unreadable(inode: Inode): ScanProblem | undefined {
    return this.#unreadable.size === 0 ? undefined : this.#unreadable.get(this.#listed.pathOf(inode));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection[Symbol.asyncDispose]();
  }
}
