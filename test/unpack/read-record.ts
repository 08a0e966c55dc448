/** An unpack record as lines that tests can compare. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { type ByteString, fromBytes, toJsonText } from '../../src/base/index.ts';
import { deviceNumber } from '../../src/host/index.ts';
import { decodeColumns } from '../../src/layer/index.ts';
import { type RecordColumns, recordFormat, type RecordHead, recordStates } from '../../src/record/index.ts';

interface RecordIdentity {
  readonly device: bigint;
  readonly inode: bigint;
  readonly size: number;
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
  readonly ctime: bigint;
}

export interface RecordLine {
  readonly path: string;
  readonly identity?: RecordIdentity;
  /** Exact attributes, where the disk does not hold them. */
  readonly attributes?: Readonly<Record<string, unknown>>;
}

export function readRecord(file: string): { readonly head: RecordHead; readonly lines: readonly RecordLine[] } {
  const decoded = decodeColumns(recordFormat, fs.readFileSync(file));
  assert.ok(decoded, 'the record is whole');
  const head = decoded.head as RecordHead;
  return { head, lines: linesOf(decoded.columns, head) };
}

function linesOf(columns: RecordColumns, head: RecordHead): RecordLine[] {
  const paths = pathsOf(columns);
  const exact = JSON.parse(Buffer.from(columns.attributes).toString()) as (Record<string, unknown> & {
    readonly rows: readonly number[];
  })[];
  return paths.map((path, row) => {
    const { rows, ...attributes } = exact.find((one) => one.rows.includes(row)) ?? { rows: [] };
    const isAbsent = columns.state[row] === recordStates.absent;
    assert.equal(rows.length > 0, columns.state[row] !== recordStates.exact);
    return {
      path,
      ...(isAbsent ? {} : { identity: identityOf(columns, head, row) }),
      ...(rows.length > 0 ? { attributes } : {}),
    };
  });
}

/** Level by level: a directory comes before what it holds. */
function pathsOf({ starts, text, first, count }: RecordColumns): string[] {
  const paths: ByteString[] = ['' as ByteString];
  for (let row = 0; row < first.length; row++) {
    const begin = first[row] ?? 0;
    for (let below = begin; below < begin + (count[row] ?? 0); below++) {
      const name = fromBytes(Buffer.from(text), starts[below] ?? 0, starts[below + 1] ?? 0);
      paths[below] = (paths[row] === '' ? name : `${paths[row]}/${name}`) as ByteString;
    }
  }
  return paths.map((path) => (path === '' ? '.' : toJsonText(path)));
}

function identityOf(columns: RecordColumns, { devices }: RecordHead, row: number): RecordIdentity {
  const at = (column: ArrayLike<number>): number => column[row] ?? 0;
  const [major, minor] = devices[at(columns.device)] ?? [0, 0];
  return {
    device: deviceNumber(major, minor),
    inode: (BigInt(at(columns.inodeHigh)) << 32n) | BigInt(at(columns.inodeLow)),
    size: at(columns.size),
    mtime: BigInt(at(columns.mtimeSeconds)) * 1_000_000_000n + BigInt(at(columns.mtimeNanoseconds)),
    ctime: BigInt(at(columns.ctimeSeconds)) * 1_000_000_000n + BigInt(at(columns.ctimeNanoseconds)),
  };
}
