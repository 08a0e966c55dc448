/** Lines of a tree stream read again. Whoever sends them is not trusted: a line is right or it is an error. */
import { type ByteString, fromJsonText, HoldfastError, type Timestamp } from '../base/index.ts';
import type { InodeKind, Xattrs } from '../tree/index.ts';
import { streamVersion } from './encode.ts';
import type { DigestRecord, RecordedInode, RecordedProblem, StreamHead, StreamLine, TreeRecord } from './record.ts';
import { factNames, type StreamFacts } from './stream-facts.ts';

type Members = Readonly<Record<string, unknown>>;

/** @throws TREE_STREAM_INVALID */
export function decodeLine(text: string): StreamLine {
  const value = membersOf(parsed(text));
  if ('holdfast' in value) return { kind: 'head', head: readHead(value) };
  if ('end' in value) return { kind: 'end', end: oneOf(value['end'], ['complete', 'more'], 'end') };
  if ('error' in value) {
    const { code, message } = membersOf(value['error']);
    return { kind: 'error', code: readText(code, 'code'), message: readText(message, 'message') };
  }
  if ('digest' in value) return { kind: 'digest', digest: readDigest(value) };
  return { kind: 'record', record: readRecord(value) };
}

/** A path as it stands in JSON: relative, every component a name; the root is ".". @throws TREE_STREAM_INVALID */
export function readPath(value: unknown): ByteString {
  const text = readText(value, 'path');
  if (text === '.') return '' as ByteString;
  const path = fromJsonText(text);
  if (!isPath(path)) throw invalid('path');
  return path;
}

export function invalid(what: string, reason = 'is missing or not what it should be'): HoldfastError {
  return new HoldfastError('TREE_STREAM_INVALID', { reason: `${what} ${reason}` });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid('a line', 'is not JSON');
  }
}

function readHead(value: Members): StreamHead {
  if (value['holdfast'] !== 'tree-stream') throw invalid('the stream', 'is none of Holdfast');
  if (value['version'] !== streamVersion) throw invalid('the stream', 'is of a version that is not known here');
  const instance = readText(value['instance'], 'instance');
  if (!/^[\w-]{1,64}$/.test(instance)) throw invalid('instance');
  return { instance, facts: readFacts(membersOf(value['facts'])) };
}

function readFacts(value: Members): StreamFacts {
  const facts = factNames.map((name) => [name, readSwitch(value[name], name)]);
  return { ...(Object.fromEntries(facts) as Omit<StreamFacts, 'xattrs'>), xattrs: readXattrFacts(value['xattrs']) };
}

function readXattrFacts(value: unknown): StreamFacts['xattrs'] {
  if (typeof value === 'boolean') return value;
  const { except } = membersOf(value);
  if (!Array.isArray(except) || except.length > 100) throw invalid('xattrs');
  return { except: except.map((name) => readText(name, 'xattrs')) };
}

function readRecord(value: Members): TreeRecord {
  const path = readPath(value['path']);
  const { problems = [] } = value;
  if (!Array.isArray(problems) || problems.length > 10) throw invalid('problems');
  const record = {
    path,
    inode: 'kind' in value ? readInode(value) : undefined,
    problems: problems.map((problem) => readProblem(membersOf(problem))),
  };
  if (record.inode === undefined && record.problems.length === 0) throw invalid('kind');
  return record;
}

const kinds = ['file', 'directory', 'symlink', 'char', 'block', 'fifo'] as const satisfies readonly InodeKind[];

function readInode(value: Members): RecordedInode {
  const kind = oneOf(value['kind'], kinds, 'kind');
  const isDevice = kind === 'char' || kind === 'block';
  const { link } = value;
  if (link !== undefined && (kind === 'directory' || typeof link !== 'string' || !/^[\w-]{1,64}$/.test(link)))
    throw invalid('link');
  return {
    kind,
    mode: readMode(value['mode']),
    uid: readNumber(value['uid'], 'uid', maxId),
    gid: readNumber(value['gid'], 'gid', maxId),
    mtime: readTime(value['mtime']),
    size: kind === 'file' ? readNumber(value['size'], 'size') : 0,
    linkText: kind === 'symlink' ? readLinkText(value['linkTarget']) : ('' as ByteString),
    xattrs: value['xattrs'] === undefined ? undefined : readXattrs(membersOf(value['xattrs'])),
    device: isDevice ? readDevice(value['device']) : [0, 0],
    link,
  };
}

const maxId = 2 ** 32 - 1;
const longestLinkText = 4095;
const longestXattr = 65_536;
const longestName = 255;

function readMode(value: unknown): number {
  const text = readText(value, 'mode');
  if (!/^[0-7]{4}$/.test(text)) throw invalid('mode');
  return Number.parseInt(text, 8);
}

function readLinkText(value: unknown): ByteString {
  const text = fromJsonText(readText(value, 'linkTarget'));
  if (text === '' || text.length > longestLinkText || text.includes('\0')) throw invalid('linkTarget');
  return text;
}

function readDevice(value: unknown): readonly [number, number] {
  const [, major = '', minor = ''] = /^(\d{1,10}):(\d{1,10})$/.exec(readText(value, 'device')) ?? [];
  if (major === '') throw invalid('device');
  return [readNumber(Number(major), 'device', maxId), readNumber(Number(minor), 'device', maxId)];
}

function readXattrs(value: Members): Xattrs | undefined {
  const xattrs = new Map<ByteString, Uint8Array>();
  for (const [text, encoded] of Object.entries(value)) {
    const name = fromJsonText(text);
    if (!/^[^.\0]+\.[^\0]+$/s.test(name) || name.length > longestName) throw invalid('the name of an xattr');
    const base64 = readText(encoded, 'xattrs');
    const bytes = Buffer.from(base64, 'base64');
    if (bytes.length > longestXattr || bytes.toString('base64') !== base64) throw invalid('the value of an xattr');
    xattrs.set(name, bytes);
  }
  return xattrs.size === 0 ? undefined : xattrs;
}

function readProblem(value: Members): RecordedProblem {
  const { kind, isCrossed, what, errno } = value;
  if (kind === 'mount') return { kind, isCrossed: readSwitch(isCrossed, 'isCrossed') };
  if (kind !== 'unreadable') return { kind: oneOf(kind, ['socket', 'vanished', 'changed'], 'problem') };
  const code = readText(errno, 'errno');
  if (!/^[A-Za-z0-9 ]{1,40}$/.test(code)) throw invalid('errno');
  return { kind, what: oneOf(what, ['inode', 'names', 'content', 'xattrs'], 'what'), errno: code };
}

function readDigest(value: Members): DigestRecord {
  const path = readPath(value['path']);
  if (value['digest'] === null) return { path, found: { problem: readProblem(membersOf(value['problem'])) } };
  const [, sha256] = /^sha256:([0-9a-f]{64})$/.exec(readText(value['digest'], 'digest')) ?? [];
  if (sha256 === undefined) throw invalid('digest');
  return { path, found: { sha256, size: readNumber(value['size'], 'size'), mtime: readTime(value['mtime']) } };
}

/** The inverse of `formatTimestamp`. */
function readTime(value: unknown): Timestamp {
  const [, sign, whole, fraction = ''] = /^(-?)(\d{1,15})(?:\.(\d{1,9}))?$/.exec(readText(value, 'mtime')) ?? [];
  if (whole === undefined) throw invalid('mtime');
  const nanoseconds = Number(fraction.padEnd(9, '0'));
  const seconds = Number(whole);
  if (sign === '') return { seconds, nanoseconds };
  return nanoseconds === 0
    ? { seconds: 0 - seconds, nanoseconds }
    : { seconds: -seconds - 1, nanoseconds: 1_000_000_000 - nanoseconds };
}

function isPath(path: ByteString): boolean {
  return path !== '' && !path.includes('\0') && path.split('/').every(isName);
}

function isName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && name.length <= longestName;
}

function membersOf(value: unknown): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('a line', 'is no object');
  return value as Members;
}

function readText(value: unknown, what: string): string {
  if (typeof value !== 'string') throw invalid(what);
  return value;
}

function readSwitch(value: unknown, what: string): boolean {
  if (typeof value !== 'boolean') throw invalid(what);
  return value;
}

function readNumber(value: unknown, what: string, most = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > most) throw invalid(what);
  return value;
}

function oneOf<Choice extends string>(value: unknown, choices: readonly Choice[], what: string): Choice {
  const choice = choices.find((one) => one === value);
  if (choice === undefined) throw invalid(what);
  return choice;
}
