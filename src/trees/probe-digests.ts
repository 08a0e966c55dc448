/** Digests of files that a probe has listed: only of those that are asked for, in batches. */
import { type ByteString, type Digest, HoldfastError, jsonPath, parseDigest } from '../base/index.ts';
import type { ScanProblem } from '../scan/index.ts';
import { type Inode, sortByKey, walkOrderKey } from '../tree/index.ts';
import { type AssembledTree, type DigestRecord } from '../tree-stream/index.ts';
import type { ContentOptions, FileDigests } from './open-tree.ts';
import { BrokenOff, type ProbeConnection } from './probe-connection.ts';

/** One request: a front end may let it take no longer than some minutes. */
const mostFiles = 2000;
const mostContent = 1024 ** 3;
const mostPathBytes = 256 * 1024;
const mostFailures = 3;
const what = 'digests';

interface Wanted {
  readonly inode: Inode;
  readonly path: ByteString;
}

/** @throws PROBE_REFUSED when nothing more comes, the codes of `ProbeConnection.ask` */
export async function probeDigests(
  connection: ProbeConnection,
  listed: Pick<AssembledTree, 'pathOf'>,
  inodes: Iterable<Inode>,
  { signal }: ContentOptions,
): Promise<FileDigests> {
  const files = [...new Set(inodes)].filter(({ kind }) => kind === 'file');
  const wanted = sortByKey(
    files.map((inode): Wanted => ({ inode, path: listed.pathOf(inode) })),
    ({ path }) => walkOrderKey(path),
  );
  const digests = new Map<Inode, Digest>();
  const problems: ScanProblem[] = [];
  for (let at = 0, failures = 0; at < wanted.length;) {
    const before = at;
    try {
      for await (const found of answers(connection, batchFrom(wanted, at), signal)) {
        if (typeof found.outcome === 'string') digests.set(found.inode, found.outcome);
        else problems.push(found.outcome);
        at++;
      }
    } catch (error) {
      if (!(error instanceof BrokenOff)) throw error;
      failures = at > before ? 0 : failures + 1;
      if (failures < mostFailures) continue;
      throw new HoldfastError(
        'PROBE_REFUSED',
        { host: connection.host, what, reason: error.message },
        { cause: error },
      );
    }
  }
  return { get: (inode) => digests.get(inode), problems };
}

function batchFrom(wanted: readonly Wanted[], start: number): readonly Wanted[] {
  let [content, pathBytes, end] = [0, 0, start];
  while (end < wanted.length && end - start < mostFiles && content < mostContent && pathBytes < mostPathBytes) {
    const { inode, path } = wanted[end++] as Wanted;
    content += inode.size;
    pathBytes += path.length;
  }
  return wanted.slice(start, end);
}

interface Found {
  readonly inode: Inode;
  readonly outcome: Digest | ScanProblem;
}

/** In the order of the questions. @throws BrokenOff when some are missing */
async function* answers(
  connection: ProbeConnection,
  batch: readonly Wanted[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Found, void, undefined> {
  const body = Buffer.from(batch.map(({ path }) => `${JSON.stringify(jsonPath(path))}\n`).join(''));
  let at = 0;
  for await (const line of connection.ask({ path: 'digests', what, body, signal })) {
    if (line.kind === 'end') break;
    const wanted = batch[at++];
    if (line.kind !== 'digest' || line.digest.path !== wanted?.path) {
      const reason = 'it answers something else than was asked';
      throw new HoldfastError('TREE_STREAM_INVALID', { source: connection.host, reason });
    }
    yield { inode: wanted.inode, outcome: outcomeOf(wanted, line.digest) };
  }
  if (at < batch.length) throw new BrokenOff('digests are missing');
}

/** What is not what was listed any more has no digest that would belong to it. */
function outcomeOf({ inode, path }: Wanted, { found }: DigestRecord): Digest | ScanProblem {
  if ('problem' in found) return { ...found.problem, path };
  const { seconds, nanoseconds } = inode.mtime;
  const isSame =
    found.size === inode.size && found.mtime.seconds === seconds && found.mtime.nanoseconds === nanoseconds;
  return isSame ? parseDigest(`sha256:${found.sha256}`) : { kind: 'changed', path };
}
