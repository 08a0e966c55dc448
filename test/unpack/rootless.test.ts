import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
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
import type { UnpackOptions, UnpackResult } from '../../src/unpack/index.ts';
import { assertSameTree, expectedListing, listingOfDirectory } from '../cases/expected-tree.ts';
import type { DriverReport } from '../faults/driver-report.ts';
import { asNobody, cannotChangeUser, layoutWith, namesIn, nobody, runDriver, scratch } from './scratch.ts';
import { readRecord, type RecordLine } from './read-record.ts';

interface Run extends UnpackOptions {
  readonly through?: readonly string[];
}

interface Attempt extends DriverReport {
  readonly exitCode: number | null;
  readonly target: string;
  readonly parent: string;
}

/** Unpacks as nobody into a directory of nobody's. */
function attempt(t: TestContext, entries: readonly EntrySpec[], { through = asNobody, ...options }: Run = {}): Attempt {
  const parent = scratch(t);
  fs.chownSync(parent, nobody.uid, nobody.gid);
  const target = path.join(parent, 'root');
  const report = runDriver({ reference: layoutWith(t, [entries]), target, options, through });
  return { ...report, target, parent };
}

function resultOf({ result, error }: Attempt): UnpackResult {
  assert.equal(error, undefined);
  assert.ok(result && 'losses' in result);
  return result;
}

function losses(attempted: Attempt): string[] {
  return resultOf(attempted).losses.map(({ kind, path }) => `${kind} ${path}`);
}

function recordOf({ parent }: Attempt): ReadonlyMap<string, RecordLine> {
  const { lines } = readRecord(path.join(parent, '.root.holdfast'));
  return new Map(lines.map((line) => [line.path, line]));
}

const ordinary = [
  directory('./', nobody),
  directory('etc/', nobody),
  file('etc/shadow', 'secret', { mode: 0o640, uid: 0, gid: 42 }),
  file('etc/passwd', 'known', { ...nobody, xattrs: { 'user.note': 'held' } }),
  hardlink('etc/passwd-', 'etc/passwd'),
  charDevice('null', 1, 3, { mode: 0o666 }),
  hardlink('also-null', 'null'),
  file('ping', 'ping', { ...nobody, mode: 0o755, xattrs: { 'security.capability': Buffer.from('0100000200200000') } }),
  symlink('link', 'etc', { uid: 5, gid: 5 }),
];

void describe('unpack without privilege', { skip: cannotChangeUser }, () => {
  void it('is refused with the list of what would be lost, and leaves nothing', (t) => {
    const { exitCode, error, parent } = attempt(t, ordinary);
    assert.equal(exitCode, 8);
    assert.equal(error?.code, 'HOST_LOSS');
    assert.deepEqual(error.data, {
      losses: [
        { kind: 'device', count: 1, example: 'also-null' },
        { kind: 'owner', count: 2, example: 'etc/shadow' },
        { kind: 'xattr', count: 1, example: 'ping' },
      ],
    });
    assert.deepEqual(namesIn(parent), []);
  });

  void it('keeps as much as the system allows when losses are allowed, and lists the rest', (t) => {
    const done = attempt(t, ordinary, { allowLossy: true });
    assert.deepEqual(losses(done).sort(), [
      'device also-null',
      'device null',
      'owner etc/shadow',
      'owner link',
      'xattr ping',
    ]);
    const kept = ordinary
      .filter(({ kind, name }) => kind !== 'char' && (name as string) !== 'also-null')
      .map((entry) => ({ ...entry, ...nobody, xattrs: (entry.name as string) === 'ping' ? undefined : entry.xattrs }));
    assertSameTree(listingOfDirectory(done.target), expectedListing(kept));
  });

  void it('records the exact attributes of what was not held, and of nothing else', (t) => {
    const record = recordOf(attempt(t, ordinary, { allowLossy: true }));
    const inexact = [...record.values()].filter(({ attributes }) => attributes !== undefined).map(({ path }) => path);
    assert.deepEqual(inexact.sort(), ['also-null', 'etc/shadow', 'link', 'null', 'ping']);
    assert.deepEqual(record.get('etc/shadow')?.attributes, {
      kind: 'file',
      mode: 0o640,
      uid: 0,
      gid: 42,
      mtime: '1700000000',
    });
    const attributes = { kind: 'char', mode: 0o666, uid: 0, gid: 0, mtime: '1700000000', device: [1, 3] };
    for (const name of ['null', 'also-null']) assert.deepEqual(record.get(name), { path: name, attributes });
    const capability = { 'security.capability': Buffer.from('0100000200200000').toString('base64') };
    assert.deepEqual(record.get('ping')?.attributes?.['xattrs'], capability);
  });

  void it('loses nothing when ids are mapped to its own', (t) => {
    const entries = [
      directory('./'),
      directory('closed/', { mode: 0 }),
      file('closed/inside', 'x', { mode: 0 }),
      directory('closed/deeper/', { mode: 0o300 }),
      file('closed/deeper/empty', '', { mode: 0o7777 }),
      directory('read-only/', { mode: 0o555 }),
      file('read-only/file', 'x', { mode: 0o4444 }),
      symlink('read-only/link', 'file'),
      hardlink('closed/deeper/link', 'closed/inside'),
      directory('shared/', { mode: 0o3770 }),
      fifo('shared/pipe', { mode: 0o2000 }),
      sparseFile('holes', 1_000_000, [{ offset: 500_000, data: 'x' }]),
    ];
    const ids = [{ image: 0, host: nobody.uid, size: 1 }];
    const done = attempt(t, entries, { uidMap: ids, gidMap: ids });
    assert.deepEqual(losses(done), []);
    assertSameTree(listingOfDirectory(done.target), expectedListing(entries.map((entry) => ({ ...entry, ...nobody }))));
  });

  void it('says how ids were mapped in the record', (t) => {
    const ids = [{ image: 0, host: nobody.uid, size: 1 }];
    const { parent } = attempt(t, [file('a')], { uidMap: ids, gidMap: ids });
    const { uidMap, gidMap } = readRecord(path.join(parent, '.root.holdfast')).head;
    assert.deepEqual([uidMap, gidMap], [ids, ids]);
  });

  void it('is refused when a map does not cover an id', (t) => {
    const ids = [{ image: 0, host: nobody.uid, size: 1 }];
    const { error, parent } = attempt(t, [file('a', '', { uid: 5 })], { uidMap: ids, gidMap: ids });
    assert.equal(error?.code, 'HOST_UNSUPPORTED');
    assert.deepEqual(namesIn(parent), []);
  });

  void it('can give files to the other groups of its user', (t) => {
    const through = ['setpriv', '--reuid=65534', '--regid=65534', '--groups=65534,1234', '--'];
    const entries = [directory('./', nobody), file('a', 'x', { uid: nobody.uid, gid: 1234, mode: 0o2755 })];
    const done = attempt(t, entries, { through });
    assert.deepEqual(losses(done), []);
    assertSameTree(listingOfDirectory(done.target), expectedListing(entries));
  });

  void it('loses set-group-ID for a group that is not its own, and says so', (t) => {
    const entries = [directory('./', nobody), file('a', 'x', { uid: nobody.uid, gid: 1234, mode: 0o2755 })];
    assert.deepEqual(losses(attempt(t, entries, { allowLossy: true })), ['owner a']);
  });

  void it('as root of a user namespace is refused what that cannot hold, too, and leaves nothing', (t) => {
    const through = [...asNobody, 'unshare', '--user', '--map-root-user', '--'];
    if (spawnSync(through[0] ?? '', [...through.slice(1), 'true']).status !== 0)
      return t.skip('no user namespaces here');
    const entries = [directory('./'), file('mine', 'x', { mode: 0o4755 }), file('other', 'x', { uid: 5, gid: 5 })];
    const held = attempt(t, entries.slice(0, 2), { through });
    assert.deepEqual(losses(held), []);
    const { error, parent } = attempt(t, [...entries, charDevice('null', 1, 3)], { through });
    assert.deepEqual(error?.data, {
      losses: [
        { kind: 'device', count: 1, example: 'null' },
        { kind: 'owner', count: 1, example: 'other' },
      ],
    });
    assert.deepEqual(namesIn(parent), []);
    const done = attempt(t, [...entries, charDevice('null', 1, 3)], { through, allowLossy: true });
    assert.deepEqual(losses(done).sort(), ['device null', 'owner other']);
    assert.deepEqual(namesIn(done.target), ['mine', 'other']);
  });

  void it('leaves nothing when it fails late, however closed its directories are', (t) => {
    const entries = [
      directory('./', { ...nobody, mode: 0 }),
      directory('a/', { ...nobody, mode: 0 }),
      directory('a/b/', { ...nobody, mode: 0o100 }),
      file('a/b/c', 'x', { ...nobody, mode: 0 }),
      file('z', '', { ...nobody, mtime: -5_000_000_000_000 }),
    ];
    const { error, parent } = attempt(t, entries);
    assert.equal(error?.code, 'HOST_LOSS');
    assert.deepEqual(namesIn(parent), []);
  });

  void it('is refused below a parent that it may not write, when the target is not there', (t) => {
    const parent = scratch(t);
    const reference = layoutWith(t, [[file('a', '', nobody)]]);
    const { error, exitCode } = runDriver({ reference, target: path.join(parent, 'root'), through: asNobody });
    assert.equal(exitCode, 8);
    assert.deepEqual(error?.code, 'HOST_REFUSED');
    assert.deepEqual(namesIn(parent), []);
  });

  void it('fills a directory of its own in place below such a parent', (t) => {
    const target = path.join(scratch(t), 'root');
    fs.mkdirSync(target);
    fs.chownSync(target, nobody.uid, nobody.gid);
    const entries = [directory('./', { ...nobody, mode: 0o555 }), directory('a/', { ...nobody, mode: 0o555 })];
    const { result, error } = runDriver({ reference: layoutWith(t, [entries]), target, through: asNobody });
    assert.equal(error, undefined);
    assert.equal(result && 'atomic' in result && result.atomic, false);
    assertSameTree(listingOfDirectory(target), expectedListing(entries));
  });

  void it('fills in place what it may not replace in a directory such as /tmp', (t) => {
    const parent = scratch(t);
    fs.chmodSync(parent, 0o1777);
    const target = path.join(parent, 'root');
    fs.mkdirSync(target);
    fs.chmodSync(target, 0o777);
    const reference = layoutWith(t, [[directory('./', nobody), file('a', 'x', nobody)]]);
    const refused = runDriver({ reference, target, through: asNobody });
    assert.equal(refused.error?.code, 'HOST_LOSS');
    assert.deepEqual([namesIn(parent), namesIn(target)], [['root'], []]);
    const { result } = runDriver({ reference, target, through: asNobody, options: { allowLossy: true } });
    assert.ok(result && 'losses' in result);
    assert.equal(result.atomic, false);
    assert.deepEqual(new Set(result.losses.map(({ path }) => path)), new Set(['']));
    assert.deepEqual(namesIn(target), ['a']);
  });
});
