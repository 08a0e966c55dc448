/** What others make of a committed image. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { commit } from '../../src/commit/index.ts';
import { directory, file, hardlink, symlink } from '../../src/testing/index.ts';
import { assertSameTree, listingOfDirectory, xattrsReadable } from '../cases/index.ts';
import { isRoot, scratch } from '../unpack/scratch.ts';
import { unpacked } from './unpacked.ts';

const isMissing = (program: string): boolean => spawnSync(program, ['--version']).error !== undefined;
const skip = !isRoot && 'owners are those of root';

async function committed(t: TestContext): Promise<{ readonly layout: string; readonly root: string }> {
  const { reference, root, at } = await unpacked(t, [
    [
      directory('./', { mode: 0o750, mtime: 5 }),
      directory('d/'),
      file('d/gone', 'gone'),
      file('a', 'text', { mode: 0o4755 }),
      hardlink('b', 'a'),
      file('c', 'other', { uid: 3, xattrs: { 'user.a': '1' } }),
      symlink('l', 'a'),
    ],
  ]);
  fs.rmSync(at('d/gone'));
  fs.linkSync(at('a'), at('d/new name'));
  fs.chmodSync(at('c'), 0o600);
  fs.mkdirSync(at('e'));
  fs.symlinkSync('/nowhere', at('e/link'));
  const layout = path.join(scratch(t), 'layout');
  await commit(reference, root, `oci:${layout}:v2`);
  return { layout, root };
}

void describe('a committed image', { skip }, () => {
  const noUmoci = isMissing('umoci') ? 'umoci is not installed' : !xattrsReadable && 'getfattr is not installed';

  void it('is unpacked by umoci to what was committed', { skip: noUmoci }, async (t) => {
    const { layout, root } = await committed(t);
    const target = path.join(scratch(t), 'target');
    const done = spawnSync('umoci', ['raw', 'unpack', '--image', `${layout}:v2`, target], { encoding: 'utf8' });
    assert.equal(done.status, 0, done.stderr);
    assertSameTree(listingOfDirectory(target), listingOfDirectory(root));
  });

  void it('is copied by skopeo', { skip: isMissing('skopeo') && 'skopeo is not installed' }, async (t) => {
    const { layout } = await committed(t);
    const target = `dir:${path.join(scratch(t), 'target')}`;
    const done = spawnSync('skopeo', ['--insecure-policy', 'copy', `oci:${layout}:v2`, target], { encoding: 'utf8' });
    assert.equal(done.status, 0, done.stderr);
  });
});
