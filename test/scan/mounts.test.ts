import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fromText } from '../../src/base/index.ts';
import { resolveLivePaths } from '../../src/scan/index.ts';
import { lookup } from '../../src/tree/index.ts';
import { assertSameTree, listingOfDirectory } from '../cases/index.ts';
import { cannotMount, mountNamespace } from '../unpack/mounts.ts';
import { scratch } from '../unpack/scratch.ts';
import { listingOfLive, problemsOf, scanned } from './live-listing.ts';

void describe('a scan where something is mounted', { skip: cannotMount }, () => {
  void it('takes the root of a tmpfs as any other', async (t) => {
    const [directory, mounts] = [scratch(t), await mountNamespace(t)];
    mounts.mountTmpfs(directory);
    const inside = mounts.reach(directory);
    fs.mkdirSync(path.join(inside, 'd'));
    fs.writeFileSync(path.join(inside, 'd', 'file'), 'x');
    const live = await scanned(t, inside);
    assert.deepEqual(problemsOf(live), []);
    assertSameTree(listingOfLive(live), listingOfDirectory(inside));
  });

  void it('stops at mounts, says where, and counts what they cover as unseen', async (t) => {
    const [directory, mounts] = [scratch(t), await mountNamespace(t)];
    fs.mkdirSync(path.join(directory, 'root/tmpfs/covered'), { recursive: true });
    fs.mkdirSync(path.join(directory, 'root/bound'));
    fs.mkdirSync(path.join(directory, 'elsewhere/inner'), { recursive: true });
    fs.writeFileSync(path.join(directory, 'root/file'), 'covered');
    fs.writeFileSync(path.join(directory, 'elsewhere/file'), 'covers');
    mounts.mountTmpfs(path.join(directory, 'root/tmpfs'));
    mounts.bind(path.join(directory, 'elsewhere'), path.join(directory, 'root/bound'));
    mounts.bind(path.join(directory, 'elsewhere/file'), path.join(directory, 'root/file'));
    fs.writeFileSync(mounts.reach(path.join(directory, 'root/tmpfs/new')), '');
    const live = await scanned(t, mounts.reach(path.join(directory, 'root')));
    assert.deepEqual(problemsOf(live), ['mount bound', 'mount file', 'mount tmpfs']);
    assert.deepEqual([...(live.tree.root.children?.keys() ?? [])], ['bound', 'file', 'tmpfs']);
    assert.equal(lookup(live.tree, fromText('bound'))?.children?.size, 0);
    for (const name of ['bound', 'bound/inner', 'file', 'tmpfs/covered']) assert.ok(live.isUnseen(fromText(name)));
    for (const name of ['', 'boun', 'bounds', 'other']) assert.ok(!live.isUnseen(fromText(name)));
    assert.equal(live.facts.bindMounts, true);
  });

  void it('crosses them when asked, and still says where they are', async (t) => {
    const [directory, mounts] = [scratch(t), await mountNamespace(t)];
    for (const name of ['root/m', 'elsewhere']) fs.mkdirSync(path.join(directory, name), { recursive: true });
    mounts.mountTmpfs(path.join(directory, 'root/m'));
    const inside = mounts.reach(path.join(directory, 'root'));
    fs.writeFileSync(path.join(inside, 'm/a'), 'on the tmpfs');
    fs.writeFileSync(path.join(inside, 'b'), 'below');
    const live = await scanned(t, inside, { crossMounts: true });
    assert.deepEqual(live.problems, [{ kind: 'mount', path: 'm', isCrossed: true }]);
    assert.ok(!live.isUnseen(fromText('m/a')));
    assertSameTree(listingOfLive(live), listingOfDirectory(inside));
  });

  void it('never takes files of two file systems for one, however their inode numbers are', async (t) => {
    const [directory, mounts] = [scratch(t), await mountNamespace(t)];
    for (const name of ['one', 'two']) {
      fs.mkdirSync(path.join(directory, name));
      mounts.mountTmpfs(path.join(directory, name));
      const inside = mounts.reach(path.join(directory, name));
      fs.writeFileSync(path.join(inside, 'a'), name);
      fs.linkSync(path.join(inside, 'a'), path.join(inside, 'b'));
    }
    const live = await scanned(t, mounts.reach(directory), { crossMounts: true });
    const [one, two] = ['one/a', 'two/a'].map((name) => lookup(live.tree, fromText(name)));
    assert.ok(one && two && one !== two);
    assert.equal(live.identity(one).inode, live.identity(two).inode);
    assert.equal(live.tree.linked.size, 2);
    assertSameTree(listingOfLive(live), listingOfDirectory(mounts.reach(directory)));
  });

  void it('takes an overlay for what it shows', async (t) => {
    const [directory, mounts] = [scratch(t), await mountNamespace(t)];
    mounts.mountTmpfs(directory);
    const at = (name: string): string => mounts.reach(path.join(directory, name));
    for (const name of ['lower/d', 'lower/gone', 'upper', 'work', 'root']) fs.mkdirSync(at(name), { recursive: true });
    for (const name of ['a', 'd/x', 'gone/y']) fs.writeFileSync(at(`lower/${name}`), name);
    fs.linkSync(at('lower/a'), at('lower/d/b'));
    const options = ['lowerdir=lower', 'upperdir=upper', 'workdir=work'].join();
    const words = ['sh', '-c', `cd ${directory} && mount -t overlay -o ${options} none root`];
    const [program = '', ...rest] = [...mounts.through, ...words];
    if (spawnSync(program, rest).status !== 0) return t.skip('no overlay can be mounted here');
    fs.rmSync(at('root/gone'), { recursive: true });
    fs.writeFileSync(at('root/d/x'), 'changed');
    const live = await scanned(t, at('root'));
    assert.deepEqual(problemsOf(live), []);
    assert.equal(live.tree.linked.size, 1);
    assertSameTree(listingOfLive(live), listingOfDirectory(at('root')));
  });

  void it('resolves paths through mounts', async (t) => {
    const [directory, mounts] = [scratch(t), await mountNamespace(t)];
    fs.mkdirSync(path.join(directory, 'm'));
    fs.symlinkSync('m/link', path.join(directory, 'start'));
    mounts.mountTmpfs(path.join(directory, 'm'));
    const inside = mounts.reach(directory);
    fs.symlinkSync('/m/end', path.join(inside, 'm/link'));
    fs.writeFileSync(path.join(inside, 'm/end'), '');
    assert.deepEqual(resolveLivePaths(inside, [fromText('start')]), ['m/end', 'm/link', 'start']);
  });
});
