/** What happens to a live directory: real calls on real files, each of which may fail as it would for anybody. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import type { ByteString } from '../../src/base/index.ts';
import { host } from '../../src/host/index.ts';

export interface LiveStep {
  readonly act: string;
  readonly from: number;
  readonly to: number;
  readonly name: string;
  readonly value: number;
}

type Act = (at: { readonly from: string; readonly to: string; readonly value: number }) => void;

const xattrName = 'user.holdfast' as ByteString;

const acts: Readonly<Record<string, Act>> = {
  write: ({ from, value }) => fs.writeFileSync(from, `text ${value}`),
  append: ({ from, value }) => fs.appendFileSync(from, `${value}`),
  rewriteKeepingTime: ({ from, value }) => {
    const { atimeNs, mtimeNs, size } = fs.lstatSync(from, { bigint: true });
    fs.writeFileSync(from, String(value).repeat(Number(size)).slice(0, Number(size)));
    touch(from, atimeNs, mtimeNs);
  },
  create: ({ to, value }) => fs.writeFileSync(to, `new ${value}`, { flag: 'wx' }),
  makeDirectory: ({ to }) => fs.mkdirSync(to),
  makeSymlink: ({ to, value }) => fs.symlinkSync(`../to ${value}`, to),
  makeFifo: ({ to }) => makeNode(to, 'fifo'),
  makeDevice: ({ to }) => makeNode(to, 'char'),
  chmod: ({ from, value }) => {
    if (!fs.lstatSync(from).isSymbolicLink()) fs.chmodSync(from, [0o600, 0o755, 0o4711, 0][value % 4] ?? 0);
  },
  chown: ({ from, value }) => fs.lchownSync(from, value, value + 1),
  utimes: ({ from, value }) => fs.lutimesSync(from, 7, 1_000_000_000.25 + value),
  setXattr: ({ from, value }) => {
    const { dir, base } = path.parse(from);
    inDirectory(dir, (handle) => host.setXattr(handle, base as ByteString, xattrName, Buffer.from([value])));
  },
  unlink: ({ from }) => fs.unlinkSync(from),
  remove: ({ from }) => fs.rmSync(from, { recursive: true }),
  rename: ({ from, to }) => fs.renameSync(from, to),
  link: ({ from, to }) => fs.linkSync(from, to),
  relink: ({ from, to }) => {
    fs.linkSync(from, `${to}.new`);
    fs.renameSync(`${to}.new`, to);
  },
  /** `cp -a a t; mv t a`: the same, but no longer linked. */
  separate: ({ from }) => {
    spawnSync('cp', ['-a', '--', from, `${from}.copy`]);
    fs.renameSync(`${from}.copy`, from);
  },
  recreate: ({ from, value }) => {
    if (!fs.lstatSync(from).isDirectory()) return;
    fs.rmSync(from, { recursive: true });
    fs.mkdirSync(from);
    fs.writeFileSync(path.join(from, 'a'), `again ${value}`);
  },
  becomeDirectory: ({ from }) => {
    fs.rmSync(from, { recursive: true });
    fs.mkdirSync(from);
  },
  becomeFile: ({ from, value }) => {
    fs.rmSync(from, { recursive: true });
    fs.writeFileSync(from, `instead ${value}`);
  },
  /** `touch` and back. */
  nothing: () => {},
};

const writing = new Set(['write', 'append', 'rewriteKeepingTime']);

/** As precise as the system allows: `fs.utimes` keeps microseconds. */
function touch(file: string, _atime: bigint, mtime: bigint): void {
  const { dir, base } = path.parse(file);
  const seconds = Number(mtime / 1_000_000_000n) - (mtime % 1_000_000_000n < 0n ? 1 : 0);
  const nanoseconds = Number(mtime - BigInt(seconds) * 1_000_000_000n);
  inDirectory(dir, (handle) => host.setTimes(handle, base as ByteString, { seconds, nanoseconds }));
}

function makeNode(to: string, kind: 'fifo' | 'char'): void {
  const { dir, base } = path.parse(to);
  inDirectory(dir, (handle) => host.makeNode(handle, base as ByteString, { kind, mode: 0o600, major: 1, minor: 3 }));
}

function inDirectory(directory: string, run: (handle: number) => void): void {
  const handle = fs.openSync(directory, 'r');
  try {
    run(handle);
  } finally {
    fs.closeSync(handle);
  }
}

export function anyLiveSteps(): fc.Arbitrary<LiveStep[]> {
  const step = fc.record({
    act: fc.constantFrom(...Object.keys(acts)),
    from: fc.nat(30),
    to: fc.nat(30),
    name: fc.constantFrom('a', 'b', 'c', 'a-b'),
    value: fc.nat(9),
  });
  return fc.array(step, { maxLength: 8 });
}

/** Does each in turn; what the system refuses does not happen. */
export function changeDirectory(root: string, steps: readonly LiveStep[]): void {
  for (const { act, from, to, name, value } of steps) {
    const paths = pathsIn(root);
    const [source = root, target = root] = [paths[from % paths.length], paths[to % paths.length]];
    if (source === root && ['rename', 'remove', 'recreate', 'becomeDirectory', 'becomeFile'].includes(act)) continue;
    // Opening a FIFO waits for somebody at its other end.
    if (writing.has(act) && !fs.lstatSync(source).isFile()) continue;
    const directory = fs.lstatSync(target).isDirectory() ? target : path.dirname(target);
    try {
      acts[act]?.({ from: source, to: path.join(directory, name), value });
    } catch {
      // As when somebody types it.
    }
  }
}

function pathsIn(directory: string): string[] {
  const below = fs.readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(directory, entry.name);
    return entry.isDirectory() ? pathsIn(full) : [full];
  });
  return [directory, ...below.sort()];
}
