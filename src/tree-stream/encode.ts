/** Lines of a tree stream as text: JSON with the words that `ls --format json` has, one object a line. */
import { formatMode, formatTimestamp, jsonPath, toJsonText } from '../base/index.ts';
import type { DigestRecord, RecordedInode, RecordedProblem, StreamEnd, StreamHead, TreeRecord } from './record.ts';

export const streamVersion = 1;

export function encodeHead({ instance, facts }: StreamHead): string {
  return line({ holdfast: 'tree-stream', version: streamVersion, instance, facts });
}

export function encodeRecord({ path, inode, problems }: TreeRecord): string {
  return line({
    path: jsonPath(path),
    ...(inode ? inodeFacts(inode) : {}),
    ...(problems.length > 0 ? { problems: problems.map(problemFacts) } : {}),
  });
}

export function encodeDigest({ path, found }: DigestRecord): string {
  if ('problem' in found) return line({ path: jsonPath(path), digest: null, problem: problemFacts(found.problem) });
  const { sha256, size, mtime } = found;
  return line({ path: jsonPath(path), digest: `sha256:${sha256}`, size, mtime: formatTimestamp(mtime) });
}

export function encodeEnd(end: StreamEnd): string {
  return line({ end });
}

export function encodeError(code: string, message: string): string {
  return line({ error: { code, message } });
}

function inodeFacts({ kind, mode, uid, gid, mtime, size, linkText, xattrs, device, link }: RecordedInode) {
  return {
    kind,
    mode: formatMode(mode),
    uid,
    gid,
    mtime: formatTimestamp(mtime),
    ...(kind === 'file' ? { size } : {}),
    ...(kind === 'symlink' ? { linkTarget: toJsonText(linkText) } : {}),
    ...(kind === 'char' || kind === 'block' ? { device: device.join(':') } : {}),
    ...(xattrs === undefined || xattrs.size === 0 ? {} : { xattrs: xattrFacts(xattrs) }),
    ...(link === undefined ? {} : { link }),
  };
}

function xattrFacts(xattrs: NonNullable<RecordedInode['xattrs']>): Record<string, string> {
  return Object.fromEntries(
    Array.from(xattrs, ([name, value]) => [
      toJsonText(name),
      Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64'),
    ]),
  );
}

/** Without what else the object may hold. */
function problemFacts(problem: RecordedProblem): RecordedProblem {
  if (problem.kind === 'mount') return { kind: 'mount', isCrossed: problem.isCrossed };
  if (problem.kind !== 'unreadable') return { kind: problem.kind };
  return { kind: 'unreadable', what: problem.what, errno: problem.errno };
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
