import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, it } from 'node:test';
import { directory, file, hardlink, sparseFile, symlink } from '../../src/testing/index.ts';
import { run } from '../differential/programs.ts';
import { taken } from '../snapshot/unpacked.ts';
import { failure } from '../unpack/scratch.ts';
import { cannotMountOverlay } from './mounted.ts';
import { all, assertSameLayer, assertTold, elsewhere, plain, withOverlaid } from './overlaid.ts';

/** An ordinary root, which layers do not list. */
const top = directory('./', { mtime: 0 });
const layers = [
  [
    top,
    directory('dir1/'),
    file('dir1/a', 'text of a'),
    directory('dir1/sub/'),
    file('dir1/sub/deep', 'text of deep'),
    symlink('dir1/link', 'a'),
    file('big', 'x'.repeat(10_000), { xattrs: { 'user.kept': '1' } }),
    file('a', 'text'),
    hardlink('b', 'a'),
    hardlink('c', 'a'),
  ],
  [directory('other/'), file('other/file', 'other'), sparseFile('sparse', 100_000, [{ offset: 5000, data: 'data' }])],
];

function mark(file: string, name: string, value: string): void {
  run('setfattr', '-h', '-n', name, '-v', value, file);
}

void describe('the upper directory of an overlay', { skip: cannotMountOverlay }, () => {
  void it('without changes is an empty layer', async (t) => {
    await withOverlaid(t, layers, all, async (overlaid) => {
      const { isEmpty, entries, filesRead } = await assertTold(t, layers, overlaid);
      assert.deepEqual([isEmpty, entries, filesRead], [true, [], 0]);
    });
  });

  void it('tells moved directories whole, and files of which only attributes are copied with their content (D51)', async (t) => {
    await withOverlaid(t, layers, all, async (overlaid) => {
      const { at, upper } = overlaid;
      fs.renameSync(at('dir1'), at('dir2'));
      fs.chmodSync(at('big'), 0o600);
      assert.deepEqual(fs.readdirSync(path.join(upper, 'dir2')), [], 'only a redirect is there');
      assert.match(run('getfattr', '-d', '-m', '-', path.join(upper, 'big')), /trusted\.overlay\.metacopy/);
      const { entries, tar } = await assertTold(t, layers, overlaid);
      const moved = ['d dir2', 'f dir2/a', 'l dir2/link -> a', 'd dir2/sub', 'f dir2/sub/deep'];
      assert.deepEqual(entries, ['d .', 'w dir1', 'f big', ...moved]);
      assert.ok(tar.includes('x'.repeat(10_000)));
    });
  });

  void it('tells what was moved into and out of moved directories, and renamed while it had no content', async (t) => {
    await withOverlaid(t, layers, all, async (overlaid) => {
      const { at } = overlaid;
      fs.renameSync(at('dir1'), at('other/dir'));
      fs.renameSync(at('other/dir/sub'), at('sub'));
      fs.renameSync(at('other'), at('another'));
      fs.writeFileSync(at('sub/deep'), 'new text');
      fs.chmodSync(at('big'), 0o600);
      fs.renameSync(at('big'), at('another/dir/large'));
      fs.chownSync(at('sparse'), 7, 8);
      fs.linkSync(at('sparse'), at('sub/sparse'));
      fs.unlinkSync(at('another/dir/a'));
      await assertTold(t, layers, overlaid);
    });
  });

  void it('tells a directory that was made anew by what it lost (D50)', async (t) => {
    await withOverlaid(t, layers, plain, async (overlaid) => {
      const { at, upper } = overlaid;
      fs.rmSync(at('dir1'), { recursive: true });
      fs.mkdirSync(at('dir1'));
      fs.writeFileSync(at('dir1/new'), 'new');
      fs.utimesSync(at('.'), 0, 0);
      assert.match(run('getfattr', '-d', '-m', '-', path.join(upper, 'dir1')), /trusted\.overlay\.opaque="y"/);
      const { entries } = await assertTold(t, layers, overlaid);
      assert.deepEqual(entries, ['d dir1', 'w dir1/a', 'w dir1/link', 'w dir1/sub', 'f dir1/new']);
    });
  });

  void it('takes one name out of a group when it is written to, and keeps links to what nobody touched', async (t) => {
    await withOverlaid(t, layers, plain, async (overlaid) => {
      const { at } = overlaid;
      fs.appendFileSync(at('b'), ' and more');
      fs.linkSync(at('other/file'), at('other/again'));
      const { entries, linked, unlinked } = await assertTold(t, layers, overlaid);
      assert.deepEqual(entries, ['f b', 'd other', 'f other/again', 'h other/file = other/again']);
      assert.deepEqual(
        [linked, unlinked],
        [
          [
            ['a', 'c'],
            ['other/again', 'other/file'],
          ],
          [['a', 'b', 'c']],
        ],
      );
    });
  });

  void it('tells the same where the two directories are on different file systems', async (t) => {
    for (const mounting of [all, [...all, 'xino=off'], [...plain, 'xino=on']]) {
      await withOverlaid(t, layers, { mounting, above: elsewhere(t) }, async (overlaid) => {
        const { at } = overlaid;
        fs.appendFileSync(at('b'), ' and more');
        fs.linkSync(at('c'), at('d'));
        fs.chmodSync(at('big'), 0o600);
        fs.mkdirSync(at('made'));
        spawnSync('mv', [at('dir1'), at('made')]);
        const { problems } = await assertTold(t, layers, overlaid);
        assert.deepEqual(problems, [], 'nothing looks like another mount');
      });
    }
  });

  void it('takes files marked as whiteouts for removals, whatever says that there are some (D52)', async (t) => {
    await withOverlaid(t, layers, plain, async (overlaid) => {
      const { at, upper, merged, reference, remount } = overlaid;
      fs.utimesSync(at('dir1'), 5, 5);
      remount(() => {
        for (const name of ['dir1/a', 'big']) fs.writeFileSync(path.join(upper, name), '');
        for (const name of ['dir1/a', 'big']) mark(path.join(upper, name), 'trusted.overlay.whiteout', 'y');
        mark(path.join(upper, 'dir1'), 'trusted.overlay.opaque', 'x');
        fs.utimesSync(path.join(upper, 'dir1'), 5, 5);
        fs.utimesSync(upper, 0, 0);
      });
      for (const name of ['dir1/a', 'big']) assert.equal(fs.existsSync(path.join(merged, name)), false);
      assert.ok(fs.existsSync(at('dir1/sub/deep')));
      const { entries } = await taken(reference, { upper });
      assert.deepEqual(entries, ['w big', 'd dir1', 'w dir1/a']);
    });
  });

  void it('gives out none of the marks, and those of an overlay inside it under their own names (D52)', async (t) => {
    await withOverlaid(t, layers, all, async (overlaid) => {
      const { at, upper } = overlaid;
      mark(at('other'), 'trusted.overlay.opaque', 'y');
      mark(at('other/file'), 'trusted.overlay.whiteout', 'y');
      mark(at('big'), 'user.overlay.redirect', 'sparse');
      fs.chmodSync(at('dir1/sub'), 0o700);
      assert.match(run('getfattr', '-d', '-m', '-', path.join(upper, 'other')), /trusted\.overlay\.overlay\.opaque/);
      const { tar, changes } = await assertSameLayer(overlaid);
      assert.ok(!tar.includes('overlay'), 'neither marks nor what only the host is to know');
      assert.deepEqual(
        changes.map(({ path, aspects }) => [path, aspects]),
        [['dir1/sub', ['mode']]],
      );
      const { tar: withAll } = await assertSameLayer(overlaid, { hostXattrs: true });
      assert.ok(withAll.includes('SCHILY.xattr.trusted.overlay.opaque=y'));
      for (const own of ['origin', 'impure', 'overlay.overlay', 'uuid']) assert.ok(!withAll.includes(own), own);
    });
  });

  void it('passes over whiteouts of nothing, and reports sockets (D53)', async (t) => {
    await withOverlaid(t, layers, plain, async (overlaid) => {
      const { at, upper, remount } = overlaid;
      remount(() => run('mknod', path.join(upper, 'nothing'), 'c', '0', '0'));
      fs.utimesSync(at('.'), 0, 0);
      const { isEmpty, entries } = await assertTold(t, layers, overlaid);
      assert.deepEqual([isEmpty, entries], [true, []]);
      fs.unlinkSync(at('big'));
      for (const name of ['big', 'other/socket']) {
        const server = createServer().listen(at(`${name}.new`));
        await once(server, 'listening');
        // Under another name it stays when its server goes.
        fs.renameSync(at(`${name}.new`), at(name));
        server.close();
        await once(server, 'close');
      }
      for (const name of ['other', '.']) fs.utimesSync(at(name), 0, 0);
      const told = await assertSameLayer(overlaid);
      assert.deepEqual(
        told.problems.map(({ kind, path: at }) => [kind, at]),
        [
          ['socket', 'big'],
          ['socket', 'other/socket'],
        ],
      );
      assert.deepEqual(told.entries, ['w big', 'd other']);
    });
  });

  void it('reads marks of users where it was mounted so, and then only those', async (t) => {
    await withOverlaid(t, layers, [...plain, 'userxattr'], async (overlaid) => {
      const { at, upper, remount } = overlaid;
      fs.rmSync(at('dir1'), { recursive: true });
      fs.mkdirSync(at('dir1'));
      assert.match(run('getfattr', '-d', path.join(upper, 'dir1')), /user\.overlay\.opaque/);
      fs.chmodSync(at('other'), 0o700);
      await assertTold(t, layers, overlaid);
      remount();
      await assertTold(t, layers, overlaid);
    });
  });

  void it('keeps modes of links that no disk shows, where nobody touched them', async (t) => {
    const odd = [[top, symlink('one', 'to', { mode: 0o755 }), hardlink('two', 'one'), directory('d/')]];
    await withOverlaid(t, odd, plain, async ({ at, upper, reference }) => {
      fs.writeFileSync(at('d/new'), '');
      const { changes, tar } = await taken(reference, { upper });
      assert.deepEqual(
        changes.map(({ path }) => path),
        ['d', 'd/new'],
      );
      assert.ok(!tar.includes('one'));
    });
  });
});

void describe('an overlay that was mounted with index=on', { skip: cannotMountOverlay }, () => {
  void it('is scanned as it is mounted, and its upper directory alone is refused', async (t) => {
    await withOverlaid(t, layers, ['index=on'], async ({ at, upper, merged, reference }) => {
      fs.appendFileSync(at('b'), ' and more');
      const { entries } = await taken(reference, merged);
      assert.deepEqual(entries, ['f a', 'h b = a', 'h c = a'], 'all names changed');
      const { message } = await failure('HOST_UNSUPPORTED', taken(reference, { upper }));
      assert.match(message, /index=on/);
    });
  });
});
