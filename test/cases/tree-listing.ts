/** A tree as a flat list of facts, the form in which every path of the engine is compared with what is expected. */
import { AssertionError } from 'node:assert';
import { createHash, type Hash } from 'node:crypto';
import { type ByteString, fromText, type SparseExtent, type Timestamp, toDisplayText } from '../../src/base/index.ts';

/** Everything by path, relative to the root and without a leading "/"; the root is `.`. */
export type TreeListing = ReadonlyMap<ByteString, Facts>;

export interface Facts {
  readonly kind: 'file' | 'directory' | 'symlink' | 'char' | 'block' | 'fifo';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds with nine decimals, such as `-1.500000000`. */
  readonly mtime: string;
  /** Of the file as a reader sees it, holes included. */
  readonly content?: { readonly sha256: string; readonly size: number };
  readonly linkText?: ByteString;
  /** `major:minor`. */
  readonly device?: string;
  /** In byte order of their names. */
  readonly xattrs: readonly (readonly [name: ByteString, hex: string])[];
  /** All names of the inode in byte order, where it has two or more. */
  readonly group?: readonly ByteString[];
}

export const rootPath = fromText('.');

/** What an implied directory is: 0755 0:0, 1970, no xattrs. */
export const impliedDirectory: Facts = {
  kind: 'directory',
  mode: 0o755,
  uid: 0,
  gid: 0,
  mtime: '0.000000000',
  xattrs: [],
};

/** The form of times in a listing. */
export function listedTime(time: Timestamp): string {
  const total = BigInt(time.seconds) * 1_000_000_000n + BigInt(time.nanoseconds);
  return listedNanoseconds(total);
}

export function listedNanoseconds(total: bigint): string {
  const size = total < 0n ? -total : total;
  const fraction = String(size % 1_000_000_000n).padStart(9, '0');
  return `${total < 0n ? '-' : ''}${size / 1_000_000_000n}.${fraction}`;
}

/** The content of a listed file from the bytes stored for it. */
export function listedContent(
  size: number,
  stored: Uint8Array,
  sparse: readonly SparseExtent[] | undefined,
): NonNullable<Facts['content']> {
  const hash = createHash('sha256');
  if (sparse === undefined) return { sha256: hash.update(stored).digest('hex'), size };
  let at = 0;
  let storedAt = 0;
  for (const run of sparse) {
    addZeros(hash, run.offset - at);
    hash.update(stored.subarray(storedAt, storedAt + run.size));
    storedAt += run.size;
    at = run.offset + run.size;
  }
  addZeros(hash, size - at);
  return { sha256: hash.digest('hex'), size };
}

export function listedXattrs(xattrs: Iterable<readonly [ByteString, Uint8Array]>): Facts['xattrs'] {
  return [...xattrs]
    .map(([name, value]) => [name, Buffer.from(value).toString('hex')] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Fills in `group` from the identity of each path's inode, and puts the paths in byte order. */
export function withGroups(
  facts: ReadonlyMap<ByteString, Facts>,
  identityOf: (path: ByteString) => string | undefined,
): TreeListing {
  const names = new Map<string | undefined, ByteString[]>();
  const paths = [...facts.keys()].sort();
  for (const path of paths) {
    const identity = identityOf(path);
    const group = names.get(identity);
    if (group) group.push(path);
    else names.set(identity, [path]);
  }
  const listing = new Map<ByteString, Facts>();
  for (const path of paths) {
    const own = facts.get(path);
    const group = names.get(identityOf(path)) ?? [];
    if (own) listing.set(path, group.length > 1 ? { ...own, group } : own);
  }
  return listing;
}

/** @throws an AssertionError that lists what is missing, extra or other, path by path. */
export function assertSameTree(actual: TreeListing, expected: TreeListing, title = 'the tree'): void {
  const lines = differences(actual, expected);
  if (lines.length === 0) return;
  const shown = lines.slice(0, 30);
  const more = lines.length > shown.length ? [`… and ${lines.length - shown.length} more`] : [];
  throw new AssertionError({
    message: [`${title} is not as expected:`, ...shown, ...more].join('\n  '),
    stackStartFn: assertSameTree,
  });
}

/** One line per path that differs; none when the trees are equal. */
export function differences(actual: TreeListing, expected: TreeListing): string[] {
  const lines: string[] = [];
  for (const path of [...new Set([...actual.keys(), ...expected.keys()])].sort()) {
    const [found, wanted] = [actual.get(path), expected.get(path)];
    const name = toDisplayText(path);
    if (found === undefined) lines.push(`missing ${name} (${wanted?.kind})`);
    else if (wanted === undefined) lines.push(`extra   ${name} (${found.kind})`);
    else lines.push(...factDifferences(found, wanted).map((line) => `other   ${name}: ${line}`));
  }
  return lines;
}

const factNames = ['kind', 'mode', 'uid', 'gid', 'mtime', 'content', 'linkText', 'device', 'xattrs', 'group'] as const;

function factDifferences(found: Facts, wanted: Facts): string[] {
  return factNames.flatMap((fact) => {
    const [is, should] = [shown(fact, found[fact]), shown(fact, wanted[fact])];
    return is === should ? [] : [`${fact} is ${is}, should be ${should}`];
  });
}

function shown(fact: (typeof factNames)[number], value: Facts[typeof fact]): string {
  if (fact === 'mode') return `0${Number(value).toString(8)}`;
  return value === undefined ? 'none' : JSON.stringify(value);
}

const zeros = new Uint8Array(1024 * 1024);

function addZeros(hash: Hash, count: number): void {
  for (let rest = count; rest > 0; rest -= zeros.length) hash.update(zeros.subarray(0, Math.min(rest, zeros.length)));
}
