/** Images for runtimes that break hard links. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ByteString } from '../../src/base/index.ts';
import { relativePath } from '../../src/fix/delink.ts';
import { directory, fifo, file, hardlink, layerOf, symlink, whiteout } from '../../src/testing/index.ts';
import { exported, fixBench, spelled } from './images.ts';

const git = layerOf([
  directory('usr/'),
  directory('usr/bin/'),
  file('usr/bin/git', 'git!'),
  hardlink('usr/bin/git-add', 'usr/bin/git'),
  directory('usr/lib/'),
  hardlink('usr/lib/git', 'usr/bin/git'),
  symlink('bin', 'usr/bin'),
]);
const plain = layerOf([file('readme', 'read me')]);

void describe('fix --delink', () => {
  void it('makes symbolic links that stay right whichever way one comes to them', async (t) => {
    const all = await fixBench(t);
    const source = all.source([git, plain]);
    const { images } = await all.fix(source, all.to('fixed'), { delink: 'symlink' });
    assert.deepEqual(await spelled(all.to('fixed'), 1), [
      'symlink bin usr/bin',
      'directory usr/',
      'directory usr/bin/',
      'file usr/bin/git',
      'symlink usr/bin/git-add git',
      'directory usr/lib/',
      'symlink usr/lib/git ../bin/git',
    ]);
    assert.deepEqual(
      images[0]?.layers.map(({ origin }) => origin),
      ['written', 'kept'],
    );
    assert.deepEqual(images[0]?.delinked, {
      groups: [['usr/bin/git', 'usr/bin/git-add', 'usr/lib/git']],
      bytesBefore: 11,
      bytesAfter: 11,
    });
  });

  void it('makes copies, and tells what they cost', async (t) => {
    const all = await fixBench(t);
    const { images } = await all.fix(all.source([git, plain]), all.to('fixed'), { delink: 'copy' });
    const entries = await spelled(all.to('fixed'), 1);
    assert.equal(entries.filter((entry) => entry.startsWith('file ')).length, 3);
    assert.deepEqual([images[0]?.delinked?.bytesBefore, images[0]?.delinked?.bytesAfter], [11, 19]);
    const copied = all.source([
      layerOf([
        directory('usr/'),
        directory('usr/bin/'),
        file('usr/bin/git', 'git!'),
        file('usr/bin/git-add', 'git!'),
        directory('usr/lib/'),
        file('usr/lib/git', 'git!'),
        symlink('bin', 'usr/bin'),
        file('readme', 'read me'),
      ]),
    ]);
    assert.deepEqual(await exported(all.to('fixed')), await exported(copied));
  });

  void it('moves the content to another name in the layer that removes or overwrites the first', async (t) => {
    const all = await fixBench(t);
    const removed = layerOf([directory('usr/'), directory('usr/bin/'), whiteout('usr/bin/git')]);
    await all.fix(all.source([git, removed]), all.to('fixed'), { delink: 'symlink' });
    assert.deepEqual(await spelled(all.to('fixed'), 2), [
      'directory usr/',
      'directory usr/bin/',
      'file usr/bin/.wh.git',
      'file usr/bin/git-add',
      'directory usr/lib/',
      'symlink usr/lib/git ../bin/git-add',
    ]);
    const overwritten = layerOf([directory('usr/'), directory('usr/bin/'), file('usr/bin/git', 'new')]);
    await all.fix(all.source([git, overwritten]), all.to('over'), { delink: 'symlink' });
    assert.deepEqual((await spelled(all.to('over'), 2)).slice(2), [
      'file usr/bin/git',
      'file usr/bin/git-add',
      'directory usr/lib/',
      'symlink usr/lib/git ../bin/git-add',
    ]);
  });

  void it('undoes a link from one layer to another, and leaves nothing of it', async (t) => {
    const all = await fixBench(t);
    const linked = layerOf([directory('usr/'), directory('usr/bin/'), hardlink('usr/bin/0', 'usr/bin/git')]);
    for (const delink of ['symlink', 'copy'] as const) {
      await all.fix(all.source([git, linked]), all.to(delink), { delink });
      const entries = [...(await spelled(all.to(delink), 1)), ...(await spelled(all.to(delink), 2))];
      assert.deepEqual(
        entries.filter((entry) => entry.startsWith('hardlink')),
        [],
      );
      assert.deepEqual((await all.fix(all.to(delink), all.to(`${delink}-again`), { delink })).digests, []);
    }
  });

  void it('makes copies of symbolic links, which would mean something else in another directory', async (t) => {
    const all = await fixBench(t);
    const odd = layerOf([symlink('s', 'x'), directory('d/'), hardlink('d/s', 's'), fifo('p'), hardlink('q', 'p')]);
    await all.fix(all.source([odd]), all.to('fixed'), { delink: 'symlink' });
    assert.deepEqual(await spelled(all.to('fixed'), 1), [
      'directory d/',
      'symlink d/s x',
      'fifo p',
      'symlink q p',
      'symlink s x',
    ]);
  });

  void it('finds the way from any name to any other', () => {
    const ways: readonly (readonly [string, string, string])[] = [
      ['a', 'b', 'b'],
      ['d/a', 'b', '../b'],
      ['a', 'd/b', 'd/b'],
      ['d/a', 'd/b', 'b'],
      ['d/e/a', 'd/b', '../b'],
      ['d/e/a', 'd/f/b', '../f/b'],
      ['de/a', 'd/b', '../d/b'],
      ['d/a', 'd/a/b', 'a/b'],
    ];
    for (const [from, to, wanted] of ways) assert.equal(relativePath(from as ByteString, to as ByteString), wanted);
  });
});
