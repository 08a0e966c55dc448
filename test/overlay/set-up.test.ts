/** What `unpack --overlay` makes, while it is mounted and afterwards. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { openImage } from '../../src/image/index.ts';
import { commit } from '../../src/commit/index.ts';
import { charDevice, directory, file, hardlink, symlink } from '../../src/testing/index.ts';
import { unpack, type UnpackOptions, unpackOverlay } from '../../src/unpack/index.ts';
import { assertSameTree, listingOfDirectory } from '../cases/index.ts';
import { run } from '../differential/programs.ts';
import { taken } from '../snapshot/unpacked.ts';
import { asNobody, cannotChangeUser, driverEnvironment, failure, layoutWith, scratch } from '../unpack/scratch.ts';
import { cannotMountOverlay } from './mounted.ts';

const layers = [
  [
    directory('./', { mode: 0o750, uid: 3, mtime: 12_345, xattrs: { 'user.root': 'yes' } }),
    directory('dir1/'),
    file('dir1/a', 'text of a', { uid: 5, gid: 6 }),
    file('big', 'x'.repeat(10_000)),
    file('set', 'x', { mode: 0o4755, uid: 7 }),
    hardlink('big2', 'big'),
    symlink('link', 'big'),
  ],
];

interface SetUp {
  readonly reference: string;
  readonly root: string;
  readonly setup: string;
  readonly at: (name: string) => string;
}

/** Mounted until the test is over. */
async function setUp(t: TestContext, options: UnpackOptions = {}): Promise<SetUp> {
  const mounted: string[] = [];
  // Before the scratch directory is removed: what is to be done first is said first.
  t.after(() => spawnSync('umount', mounted));
  const [reference, parent] = [layoutWith(t, layers), path.join(scratch(t), 'a,b: c')];
  fs.mkdirSync(parent);
  const root = path.join(parent, 'root');
  await using image = await openImage(reference);
  const { overlay, directory: made } = await unpackOverlay(image, root, options);
  mounted.push(root);
  assert.equal(made, root);
  return { reference, root, setup: path.dirname(overlay.upper), at: (name) => path.join(root, name) };
}

function change({ at }: SetUp): void {
  fs.renameSync(at('dir1'), at('dir2'));
  fs.appendFileSync(at('big2'), 'more');
  fs.chmodSync(at('set'), 0o755);
}

const changed = ['d .', 'w dir1', 'f big2', 'd dir2', 'f dir2/a', 'f set'];

void describe('what unpack --overlay makes', { skip: cannotMountOverlay }, () => {
  void it('shows the image, in a directory that was absent or empty', async (t) => {
    const { reference, root, setup } = await setUp(t);
    const flat = path.join(scratch(t), 'flat');
    await using image = await openImage(reference);
    await unpack(image, flat);
    assertSameTree(listingOfDirectory(root), listingOfDirectory(flat));
    assert.equal(fs.statSync(setup).mode & 0o777, 0o700);
    assert.deepEqual(fs.readdirSync(path.dirname(root)).sort(), ['.root.holdfast-overlay', 'root']);
    assert.deepEqual(fs.readdirSync(setup).sort(), ['.lower.holdfast', 'lower', 'overlay.json', 'upper', 'work']);
    const { isEmpty, record, filesRead } = await taken(reference, root);
    assert.deepEqual([isEmpty, record, filesRead], [true, 'used', 0]);
  });

  void it('tells its changes alike while it is mounted, afterwards, and mounted again', async (t) => {
    const made = await setUp(t);
    const { reference, root } = made;
    change(made);
    const mounted = await taken(reference, root);
    assert.deepEqual(mounted.entries, changed);
    const all = await taken(reference, root, { exact: true });
    assert.ok(all.tar.equals(mounted.tar), 'the same bytes');
    assert.ok(all.filesRead > mounted.filesRead);
    run('umount', root);
    assert.ok((await taken(reference, root)).tar.equals(mounted.tar));
    fs.rmdirSync(root);
    assert.ok((await taken(reference, root)).tar.equals(mounted.tar));
    fs.mkdirSync(root);
    await using image = await openImage(reference);
    const { data } = await failure('TARGET_OCCUPIED', unpackOverlay(image, root));
    const [, command = ''] = /to go on: (.*)$/.exec(data.hint ?? '') ?? [];
    run('sh', '-c', command.replace(root, `'${root}'`));
    assert.ok((await taken(reference, root)).tar.equals(mounted.tar));
  });

  void it('becomes the next layer of its image', async (t) => {
    const made = await setUp(t);
    change(made);
    const next = `oci:${scratch(t)}/next:next`;
    await commit(made.reference, made.root, next);
    const again = path.join(scratch(t), 'again');
    await using image = await openImage(next);
    await unpack(image, again);
    assertSameTree(listingOfDirectory(again), listingOfDirectory(made.root));
  });

  void it('is compared as any directory with another image, and refused while it is not mounted', async (t) => {
    const made = await setUp(t);
    const other = layoutWith(t, [[...(layers[0] ?? []), file('more', '')]]);
    const { entries, record } = await taken(other, made.root);
    assert.deepEqual([entries, record], [['d .', 'w more'], 'absent']);
    run('umount', made.root);
    const { message } = await failure('HOST_UNSUPPORTED', taken(other, made.root));
    assert.match(message, /not mounted/);
  });

  void it('counts for nothing where something else stands in its place', async (t) => {
    const { reference, root, setup } = await setUp(t);
    run('umount', root);
    fs.writeFileSync(path.join(root, 'file'), '');
    const { changes } = await taken(reference, root);
    assert.ok(changes.some(({ path: at, change: what }) => at === 'dir1' && what === 'removed'));
    fs.unlinkSync(path.join(root, 'file'));
    fs.chmodSync(path.join(setup, 'overlay.json'), 0o666);
    assert.ok(
      (await taken(reference, root)).changes.some(({ path: at }) => at === 'dir1'),
      'anybody could have written it',
    );
  });

  void it('knows which owners and modes the lower directory could not show', async (t) => {
    const range = [{ image: 0, host: 100_000, size: 65_536 }];
    const made = await setUp(t, { uidMap: range, gidMap: range });
    change(made);
    fs.chmodSync(made.at('dir2/a'), 0o600);
    fs.writeFileSync(made.at('new'), '');
    fs.chownSync(made.at('new'), 100_009, 100_010);
    const { changes, entries } = await taken(made.reference, made.root);
    assert.deepEqual(entries, ['d .', 'w dir1', 'f big2', 'd dir2', 'f dir2/a', 'f new', 'f set']);
    assert.deepEqual(changes.find(({ path: at }) => at === 'set')?.aspects, ['mode']);
    const next = `oci:${scratch(t)}/next:next`;
    await commit(made.reference, made.root, next);
    const again = path.join(scratch(t), 'again');
    await using image = await openImage(next);
    await unpack(image, again);
    const owners = ['.', 'dir2/a', 'new', 'set'].map((name) => fs.statSync(path.join(again, name)).uid);
    assert.deepEqual(owners, [3, 5, 9, 7]);
  });

  void it('says that an overlay hides devices 0:0, and does not take that for a removal', async (t) => {
    const [reference, parent] = [layoutWith(t, [[...(layers[0] ?? []), charDevice('dir1/none', 0, 0)]]), scratch(t)];
    const root = path.join(parent, 'root');
    await using image = await openImage(reference);
    const { data } = await failure('HOST_LOSS', unpackOverlay(image, root));
    assert.deepEqual(data.losses, [{ kind: 'device', count: 1, example: 'dir1/none' }]);
    assert.deepEqual(fs.readdirSync(parent), [], 'nothing is left');
    const { losses } = await unpackOverlay(image, root, { allowLossy: true });
    try {
      assert.deepEqual(
        losses.map(({ path: at }) => String(at)),
        ['dir1/none'],
      );
      assert.equal((await taken(reference, root)).isEmpty, true);
    } finally {
      run('umount', root);
    }
  });

  void it('is refused with what cannot be below an overlay', async (t) => {
    const [reference, parent] = [layoutWith(t, layers), scratch(t)];
    await using image = await openImage(reference);
    const root = path.join(parent, 'root');
    await failure('USAGE', unpackOverlay(image, root, { hostXattrs: true }));
    await failure('USAGE', unpackOverlay(image, root, { exclude: ['big'] }));
    fs.mkdirSync(root);
    fs.writeFileSync(path.join(root, 'file'), '');
    await failure('TARGET_OCCUPIED', unpackOverlay(image, root));
    assert.deepEqual(fs.readdirSync(parent), ['root']);
  });
});

void describe('unpack --overlay without privilege', { skip: cannotMountOverlay || cannotChangeUser }, () => {
  const script = path.join(import.meta.dirname, 'set-up-driver.ts');
  const namespace = ['unshare', '--user', '--map-root-user', '--mount', '--'];

  /** What the driver says, run through these words. */
  function driven(through: readonly string[], reference: string, root: string): string {
    const [program, ...words] = [...asNobody, ...through, process.execPath, script, reference, root];
    const done = spawnSync(program, words, { encoding: 'utf8', env: driverEnvironment });
    assert.equal(done.status, 0, done.stderr);
    return done.stdout;
  }

  void it('is refused before anything is unpacked, and leaves nothing', (t) => {
    const [reference, parent] = [layoutWith(t, layers), scratch(t)];
    fs.chmodSync(parent, 0o777);
    assert.equal(driven([], reference, path.join(parent, 'root')), 'MOUNT_REFUSED\n');
    assert.deepEqual(fs.readdirSync(parent), []);
  });

  void it('works in a user namespace, with marks of users, and keeps owners that it could not give', (t) => {
    const [reference, parent] = [layoutWith(t, layers), scratch(t)];
    fs.chmodSync(parent, 0o777);
    const told = driven(namespace, reference, path.join(parent, 'root'));
    assert.deepEqual(told.trim().split('\n'), [
      'user',
      'changed dir1 mtime',
      'removed dir1/a',
      'changed set mode',
      'set is 7:0',
    ]);
  });
});
