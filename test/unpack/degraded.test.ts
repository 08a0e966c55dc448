import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import {
  charDevice,
  directory,
  type EntrySpec,
  fifo,
  file,
  hardlink,
  sparseFile,
  symlink,
} from '../../src/testing/index.ts';
import type { UnpackOptions } from '../../src/unpack/index.ts';
import { assertSameTree, expectedListing, listingOfDirectory, listingOfTar } from '../cases/expected-tree.ts';
import type { DriverReport } from '../faults/driver-report.ts';
import { isRoot, layoutWith, namesIn, runDriver, scratch } from './scratch.ts';

const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
const environment = { HOLDFAST_NATIVE: '0' };

interface Degraded extends DriverReport {
  readonly parent: string;
  readonly target: string;
}

function degraded(t: TestContext, entries: readonly EntrySpec[], options: UnpackOptions = {}): Degraded {
  const parent = scratch(t);
  const target = path.join(parent, 'root');
  return { ...runDriver({ reference: layoutWith(t, [entries]), target, options, environment }), parent, target };
}

const plain = [
  directory('./', own),
  directory('dir/', { ...own, mode: 0o1555, mtime: 5 }),
  file('dir/file', 'body', { ...own, mode: 0o4711, mtime: -1_000_000_000 }),
  hardlink('link', 'dir/file'),
  symlink('symlink', 'dir\udcff', { ...own, mtime: -9 }),
  sparseFile('holes', 1_000_000, [{ offset: 500_000, data: 'x' }], own),
  file('caf\udce9', '', { ...own, mode: 0o400 }),
];

void describe('without native calls', () => {
  void it('files, links, directories, modes, holes and whole seconds are held', (t) => {
    const { error, target, parent } = degraded(t, plain);
    assert.equal(error, undefined);
    assertSameTree(listingOfDirectory(target), expectedListing(plain));
    assert.deepEqual(namesIn(parent), ['.root.holdfast', 'root']);
  });

  void it('owners are held', { skip: !isRoot && 'needs root' }, (t) => {
    const entries = [file('a', 'x', { uid: 1000, gid: 4_294_967_294 }), symlink('l', 'a', { uid: 7, gid: 8 })];
    const { error, target } = degraded(t, entries);
    assert.equal(error, undefined);
    assertSameTree(listingOfDirectory(target), expectedListing(entries));
  });

  const lossy = [
    directory('./', own),
    file('nanoseconds', 'x', { ...own, mtime: { seconds: 1_700_000_000, nanoseconds: 1 } }),
    file('xattr', 'x', { ...own, xattrs: { 'user.note': '1' } }),
    fifo('pipe', own),
    charDevice('null', 1, 3, own),
  ];

  void it('xattrs, devices, FIFOs and nanoseconds are losses, which stop an unpack', (t) => {
    const { error, parent } = degraded(t, lossy);
    assert.equal(error?.code, 'HOST_LOSS');
    assert.deepEqual(namesIn(parent), []);
  });

  void it('those losses are listed when they are allowed', (t) => {
    const { result, target } = degraded(t, lossy, { allowLossy: true });
    assert.ok(result && 'losses' in result);
    const found = result.losses.map(({ kind, path }) => `${kind} ${path}`).sort();
    assert.deepEqual(found, ['device null', 'fifo pipe', 'time nanoseconds', 'xattr xattr']);
    assert.deepEqual(namesIn(target), ['nanoseconds', 'xattr']);
  });

  void it('closed directories are no obstacle to cleaning up', (t) => {
    const { error, parent } = degraded(t, [
      directory('a/', { ...own, mode: 0 }),
      file('a/b', 'x', { ...own, mode: 0 }),
      fifo('z', own),
    ]);
    assert.equal(error?.code, 'HOST_LOSS');
    assert.deepEqual(namesIn(parent), []);
  });

  void it('an export is the same', (t) => {
    const parent = scratch(t);
    const reference = layoutWith(t, [[...plain, ...lossy.slice(1)]]);
    const [native, node] = [path.join(parent, 'native.tar'), path.join(parent, 'node.tar')];
    assert.equal(runDriver({ command: 'export', reference, target: native }).error, undefined);
    assert.equal(runDriver({ command: 'export', reference, target: node, environment }).error, undefined);
    assert.deepEqual(fs.readFileSync(node), fs.readFileSync(native));
    assertSameTree(listingOfTar(node), expectedListing([...plain, ...lossy.slice(1)]));
  });
});
