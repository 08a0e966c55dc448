import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import {
  charDevice,
  blockDevice,
  directory,
  type EntrySpec,
  fifo,
  file,
  hardlink,
  sparseFile,
  symlink,
} from '../../src/testing/index.ts';
import { unpack, type UnpackOptions, type UnpackResult } from '../../src/unpack/index.ts';
import { assertSameTree, expectedListing, listingOfDirectory } from '../cases/expected-tree.ts';
import { failure, imageWith, isRoot, layoutWith, namesIn, runDriver, scratch } from './scratch.ts';
import { cannotMount, mountNamespace } from './mounts.ts';

const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
const needsRoot = { skip: !isRoot && 'needs root' };

interface Unpacked {
  readonly target: string;
  readonly result: UnpackResult;
}

/** Unpacks into an ordinary directory and compares the whole tree. */
async function holds(
  t: TestContext,
  entries: readonly EntrySpec[],
  options: UnpackOptions = {},
  parent = scratch(t),
): Promise<Unpacked> {
  const target = path.join(parent, 'root');
  const result = await unpack(await imageWith(t, [entries]), target, options);
  assertSameTree(listingOfDirectory(target), expectedListing(entries));
  assert.deepEqual(result.losses, []);
  return { target, result };
}

void describe('attributes on disk', () => {
  void it('are exact under a umask of 077', needsRoot, (t) => {
    const modes = [0, 0o1, 0o200, 0o444, 0o640, 0o777, 0o1777, 0o2755, 0o4711, 0o6755, 0o7777];
    const entries = modes.flatMap((mode) => {
      const name = mode.toString(8);
      const [owner, device] = [{ uid: 33, gid: 44, mode }, [5, mode & 0xff] as const];
      return [
        file(`f${name}`, 'body', owner),
        file(`e${name}`, '', owner),
        directory(`d${name}/`, owner),
        fifo(`p${name}`, owner),
        charDevice(`c${name}`, ...device, owner),
      ];
    });
    const target = path.join(scratch(t), 'root');
    const through = ['sh', '-c', 'umask 077; exec "$@"', 'sh'];
    assert.equal(runDriver({ reference: layoutWith(t, [entries]), target, through }).error, undefined);
    assertSameTree(listingOfDirectory(target), expectedListing(entries));
  });

  void it('have every owner that 32 bits can say', needsRoot, async (t) => {
    const ids = [0, 1, 65_534, 65_536, 2 ** 31 - 1, 2 ** 31, 4_294_967_294];
    await holds(
      t,
      ids.flatMap((id) => [
        file(`file-${id}`, 'body', { uid: id, gid: 4_294_967_294 - id }),
        symlink(`link-${id}`, 'file', { uid: id, gid: id }),
        directory(`directory-${id}/`, { uid: id, gid: id }),
      ]),
    );
  });

  void it('have times to the nanosecond, of links and directories too, before 1970 and after 2106', async (t) => {
    const times = [
      { seconds: -1, nanoseconds: 999_999_999 },
      { seconds: -2_000_000_000, nanoseconds: 1 },
      { seconds: 0, nanoseconds: 0 },
      { seconds: 2 ** 32 + 5, nanoseconds: 123_456_789 },
      { seconds: 8_000_000_000, nanoseconds: 5 },
    ];
    await holds(t, [
      directory('./', own),
      ...times.flatMap((mtime, index) => [
        directory(`d${index}/`, { mtime, ...own }),
        file(`d${index}/file`, 'body', { mtime, ...own }),
        file(`d${index}/empty`, '', { mtime, ...own }),
        symlink(`d${index}/link`, 'file', { mtime, ...own }),
        fifo(`d${index}/pipe`, { mtime, ...own }),
      ]),
    ]);
  });

  void it('that the file system clamps are losses, and stop an unpack that may not lose anything', async (t) => {
    const entries = [
      directory('./', own),
      file('old', '', { mtime: -5_000_000_000_000, ...own }),
      file('new', '', own),
    ];
    const image = await imageWith(t, [entries]);
    const parent = scratch(t);
    const target = path.join(parent, 'root');
    const probe = path.join(parent, 'probe');
    fs.writeFileSync(probe, '');
    fs.utimesSync(probe, 0, -5_000_000_000_000);
    const isHeld = fs.statSync(probe, { bigint: true }).mtimeNs === -5_000_000_000_000n * 1_000_000_000n;
    fs.rmSync(probe);
    if (isHeld) return t.skip('this file system holds every time');
    const { data } = await failure('HOST_LOSS', unpack(image, target));
    assert.deepEqual(data.losses, [{ kind: 'time', count: 1, example: 'old' }]);
    assert.deepEqual(namesIn(parent), []);
    const { losses } = await unpack(image, target, { allowLossy: true });
    assert.deepEqual(
      losses.map(({ kind, path }) => [kind, path]),
      [['time', 'old']],
    );
  });

  void it('have xattrs as bytes, in every namespace and of every kind that can have them', needsRoot, async (t) => {
    const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex');
    const acl = aclBytes([
      [0x01, 6],
      [0x02, 4, 1000],
      [0x04, 4],
      [0x10, 6],
      [0x20, 4],
    ]);
    const defaults = aclBytes([
      [0x01, 7],
      [0x04, 5],
      [0x08, 7, 50],
      [0x10, 7],
      [0x20, 0],
    ]);
    await holds(t, [
      file('capable', 'body', { mode: 0o755, xattrs: { 'security.capability': capability } }),
      file('empty-capable', '', { uid: 5, gid: 6, mode: 0o755, xattrs: { 'security.capability': capability } }),
      file('acl', 'body', { mode: 0o664, xattrs: { 'system.posix_acl_access': acl } }),
      directory('acls/', { mode: 0o775, xattrs: { 'system.posix_acl_default': defaults } }),
      file('acls/child', 'body', { mode: 0o600 }),
      directory('acls/below/', { mode: 0o711 }),
      symlink('acls/link', 'child'),
      fifo('acls/pipe'),
      file('many', 'body', {
        xattrs: { 'user.empty': '', 'user.\udcff=%3D': Buffer.of(0, 255, 10), 'trusted.x': 'y' },
      }),
      directory('marked/', { xattrs: { 'user.note': 'directory', 'trusted.note': 'directory' } }),
      symlink('marked-link', 'gone', { xattrs: { 'trusted.note': 'link' } }),
      fifo('marked-pipe', { xattrs: { 'trusted.note': 'pipe' } }),
      charDevice('marked-device', 1, 3, { xattrs: { 'trusted.note': 'device' } }),
    ]);
  });

  void it('say where an access control list and the mode contradict each other', needsRoot, async (t) => {
    const acl = aclBytes([
      [0x01, 6],
      [0x02, 7, 1000],
      [0x04, 4],
      [0x10, 7],
      [0x20, 4],
    ]);
    const image = await imageWith(t, [[file('acl', 'x', { mode: 0o644, xattrs: { 'system.posix_acl_access': acl } })]]);
    const parent = scratch(t);
    const { data } = await failure('HOST_LOSS', unpack(image, path.join(parent, 'root')));
    assert.deepEqual(data.losses, [{ kind: 'xattr', count: 1, example: 'acl' }]);
    assert.deepEqual(namesIn(parent), []);
    const { losses } = await unpack(image, path.join(parent, 'root'), { allowLossy: true });
    assert.deepEqual(losses, [{ kind: 'xattr', path: 'acl', detail: 'system.posix_acl_access' }]);
  });

  void it('of the host are noted and not set, unless asked for', needsRoot, async (t) => {
    const xattrs = {
      'security.selinux': 'system_u:object_r:etc_t:s0\0',
      'trusted.overlay.opaque': 'y',
      'user.own': '1',
    };
    const image = await imageWith(t, [[directory('etc/', { xattrs })]]);
    const target = path.join(scratch(t), 'root');
    const { notes, losses } = await unpack(image, target);
    assert.deepEqual(losses, []);
    assert.deepEqual(
      notes.filter(({ code }) => code === 'XATTR_NOT_SET').map(({ path, detail }) => [path, detail]),
      [
        ['etc', 'security.selinux'],
        ['etc', 'trusted.overlay.opaque'],
      ],
    );
    const found = listingOfDirectory(target)
      .get('etc' as never)
      ?.xattrs.map(([name]) => name);
    assert.deepEqual(found, ['user.own']);
    const asked = path.join(scratch(t), 'root');
    await unpack(image, asked, { hostXattrs: true });
    const set = spawnSync('getfattr', ['-h', '-m', '-', path.join(asked, 'etc')], { encoding: 'utf8' }).stdout;
    assert.match(set, /trusted\.overlay\.opaque/);
  });

  void it('are those of devices and FIFOs, with numbers of 12 and 20 bits', needsRoot, async (t) => {
    await holds(t, [
      charDevice('null', 1, 3, { mode: 0o666 }),
      charDevice('high', 4095, 1_048_575, { uid: 7, gid: 8, mode: 0o620 }),
      blockDevice('disk', 259, 300, { mode: 0o660, gid: 6, mtime: -1 }),
      charDevice('zero', 0, 0),
      fifo('pipe', { mode: 0o1622, uid: 9, gid: 9 }),
    ]);
  });

  void it('include holes', async (t) => {
    const entries = [
      directory('./', own),
      sparseFile('sparse', 8_000_000, [{ offset: 4_000_000, data: 'data' }], own),
      sparseFile('hole', 1_000_000, [], own),
      sparseFile('ending', 5_000_000, [{ offset: 4_999_999, data: 'x' }], own),
    ];
    const { target } = await holds(t, entries);
    for (const [name, most] of [
      ['sparse', 64],
      ['hole', 0],
      ['ending', 64],
    ] as const) {
      assert.ok(fs.statSync(path.join(target, name)).blocks <= most, `${name} has its hole`);
    }
  });

  void it('include which names are links of each other, whatever the kind', needsRoot, async (t) => {
    await holds(t, [
      file('a/file', 'body'),
      symlink('a/link', '../nowhere', { mtime: 5, uid: 3, gid: 3 }),
      charDevice('a/device', 1, 3),
      fifo('a/pipe'),
      file('a/empty', ''),
      ...['file', 'link', 'device', 'pipe', 'empty'].flatMap((name) => [
        hardlink(`b/${name}`, `a/${name}`),
        hardlink(name, `a/${name}`),
      ]),
      file('twin', 'body'),
    ]);
  });
});

void describe('names on disk', () => {
  void it('are bytes: invalid UTF-8, newlines, backslashes, 255 of them', async (t) => {
    const names = [
      'caf\udce9',
      'caf\udce8',
      'a\nb',
      'a\\012b',
      ' ',
      '\t',
      '-rf',
      '~',
      '*',
      '"',
      '\u202e',
      '\udcff\udcfe',
    ];
    const entries = [
      directory('./', own),
      ...names.flatMap((name) => [directory(`${name}/`, own), file(`${name}/${name}`, name, own)]),
      file('n'.repeat(255), 'long', own),
      file('\udcf0'.repeat(255), 'long and invalid', own),
      symlink('to', `caf\udce9\n${'x'.repeat(3000)}`, own),
    ];
    const { result } = await holds(t, entries);
    assert.equal(result.entries, entries.length);
  });

  void it('may make a path longer than PATH_MAX, which is removed again as well', async (t) => {
    const parent = scratch(t);
    const component = 'deep'.repeat(50);
    const name = Array.from({ length: 100 }, () => component).join('/');
    const entries = [file(`${name}/bottom`, 'bottom', own), hardlink('top', `${name}/bottom`)];
    await unpack(await imageWith(t, [entries]), path.join(parent, 'root'), { allowLossy: !isRoot });
    assert.equal(fs.readFileSync(path.join(parent, 'root', 'top'), 'utf8'), 'bottom');
    const words = [path.join(parent, 'root'), '-name', 'bottom', '-printf', '%d %n'];
    assert.equal(spawnSync('find', words, { encoding: 'utf8' }).stdout, '101 2');
    assert.deepEqual(namesIn(parent), ['.root.holdfast', 'root']);
  });

  void it('of a path longer than PATH_MAX leave nothing when the unpack is refused', async (t) => {
    const parent = scratch(t);
    const name = Array.from({ length: 100 }, () => 'deep'.repeat(50)).join('/');
    const entries = [file(`${name}/old`, '', { ...own, mtime: -5_000_000_000_000 })];
    const done = unpack(await imageWith(t, [entries]), path.join(parent, 'root'));
    await failure('HOST_LOSS', done);
    assert.deepEqual(namesIn(parent), []);
  });
});

void describe('a file system that lacks something', () => {
  void it('cannot flag renames (as NFS): every entry is there all the same', { skip: cannotTrace() }, (t) => {
    const entries = [directory('./', own), file('a', 'a', own), hardlink('b', 'a'), file('c', 'c', own)];
    const target = path.join(scratch(t), 'root');
    const inject = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'inject=renameat2:error=EINVAL'];
    const { error } = runDriver({ reference: layoutWith(t, [entries]), target, through: inject });
    assert.equal(error, undefined);
    assertSameTree(listingOfDirectory(target), expectedListing(entries));
  });

  void it('cannot lock: nothing is taken for a leftover', { skip: cannotTrace() }, (t) => {
    const parent = scratch(t);
    fs.mkdirSync(path.join(parent, '.root.holdfast-0123456789ab'));
    const inject = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'inject=flock:error=ENOLCK'];
    const reference = layoutWith(t, [[directory('./', own), file('a', '', own)]]);
    const { error } = runDriver({ reference, target: path.join(parent, 'root'), through: inject });
    assert.equal(error, undefined);
    assert.deepEqual(namesIn(parent), ['.root.holdfast', '.root.holdfast-0123456789ab', 'root']);
  });

  void it('has no room: the error names it, and nothing is left', { skip: cannotMount }, async (t) => {
    const image = await imageWith(t, [[file('big', Buffer.alloc(3_000_000, 1), own), file('b', 'b', own)]]);
    const many = await imageWith(t, [Array.from({ length: 300 }, (_, index) => file(`f${index}`, '', own))]);
    const space = await mountNamespace(t);
    for (const [options, full] of [
      ['size=1m', image],
      ['nr_inodes=200', many],
    ] as const) {
      const parent = scratch(t);
      space.mountTmpfs(parent, options);
      const target = path.join(space.reach(parent), 'root');
      const { data, hint } = await failure('HOST_REFUSED', unpack(full, target));
      assert.equal(data.errno, 'ENOSPC');
      assert.match(data.path, /^(?:big|f?\d+)$/);
      assert.match(hint ?? '', /full/);
      assert.deepEqual(namesIn(space.reach(parent)), []);
      const inside = await failure('HOST_REFUSED', unpack(full, space.reach(parent)));
      assert.equal(inside.data.errno, 'ENOSPC');
      assert.deepEqual(namesIn(space.reach(parent)), []);
    }
  });
});

function cannotTrace(): string | false {
  return spawnSync('strace', ['-V']).error ? 'strace is not installed' : false;
}

function aclBytes(entries: readonly (readonly [tag: number, permissions: number, id?: number])[]): Buffer {
  const bytes = Buffer.alloc(4 + 8 * entries.length);
  bytes.writeUInt32LE(2, 0);
  for (const [index, [tag, permissions, id = 0xffffffff]] of entries.entries()) {
    bytes.writeUInt16LE(tag, 4 + 8 * index);
    bytes.writeUInt16LE(permissions, 6 + 8 * index);
    bytes.writeUInt32LE(id, 8 + 8 * index);
  }
  return bytes;
}
