/** What other programs make of what edits write. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import {
  directory,
  file,
  hardlink,
  imageOf,
  indexOf,
  layerOf,
  opaque,
  symlink,
  whiteout,
  writeLayout,
} from '../../src/testing/index.ts';
import { assertSameTree, listingOfDirectory, type TreeListing } from '../cases/index.ts';
import { isRoot, run, whyMissing } from '../destination/tools.ts';
import { type Bench, bench, type Json, seed } from './images.ts';

const layers = [
  layerOf([
    directory('bin/', { mode: 0o750 }),
    file('bin/git', 'git', { mode: 0o4755 }),
    hardlink('bin/git-log', 'bin/git', { mode: 0o4755 }),
    directory('etc/'),
    file('etc/a', '1'),
    file('etc/b', '1'),
  ]),
  layerOf([
    directory('bin/', { mode: 0o750 }),
    whiteout('bin/git'),
    directory('etc/'),
    opaque('etc'),
    file('etc/c', '2'),
  ]),
  layerOf([symlink('sh', 'bin/sh'), hardlink('sh-too', 'sh'), directory('etc/'), file('etc/a', '3')]),
];
const skip = isRoot ? whyMissing('skopeo', 'umoci') : 'needs root';

void suite('other programs', { skip }, () => {
  for (const fromLayer of [1, 2, 3]) {
    void test(`extract the same tree after flatten from layer ${fromLayer} on`, async (t) => {
      const all = await bench(t);
      const source = seed(all, 'oci', imageOf(layers));
      await all.flatten(source, all.to('flat'), { fromLayer, compression: 'zstd' });
      await all.flatten(source, all.to('plain'), { fromLayer, compression: 'none' });
      await all.flatten(source, all.to('gzip'), { fromLayer });
      const wanted = extracted(all, 'source', 'wanted');
      assertSameTree(extracted(all, 'gzip', 'gzip'), wanted, 'flattened');
      assertSameTree(extracted(all, 'plain', 'plain'), wanted, 'flattened without compression');
      run('skopeo', 'copy', '--insecure-policy', all.to('flat'), `dir:${all.directory}/dir`);
    });
  }

  void test('read the config that mutate wrote', async (t) => {
    const all = await bench(t);
    await all.mutate(seed(all, 'oci', imageOf(layers)), all.to('mutated'), {
      labels: { a: 'b' },
      env: { X: 'y' },
      annotations: { n: '1' },
      ports: ['80'],
      user: '1:2',
      workdir: '/srv',
      created: '2020-01-02T03:04:05Z',
    });
    const seen = JSON.parse(run('skopeo', 'inspect', all.to('mutated'))) as Json;
    assert.deepEqual([seen['Labels'], seen['Env'], seen['Created']], [{ a: 'b' }, ['X=y'], '2020-01-02T03:04:05Z']);
    const config = JSON.parse(run('skopeo', 'inspect', '--config', all.to('mutated'))) as {
      config: Json;
      history: Json[];
    };
    assert.deepEqual(config.config['ExposedPorts'], { '80/tcp': {} });
    assert.equal(config.history.length, 4);
    run('umoci', 'stat', '--image', `${all.directory}/mutated.oci:v1`);
  });

  void test('take what append, rebase and edits of a whole index wrote', async (t) => {
    const all = await bench(t);
    fs.writeFileSync(join(all.directory, 'app.tar'), layerOf([file('app', '1')]).bytes);
    const layerPaths = [join(all.directory, 'app.tar')];
    await all.append('scratch', all.to('alone'), { layerPaths });
    assert.ok(extracted(all, 'alone', 'alone').has('app' as never));
    writeLayout(join(all.directory, 'bases'), { old: imageOf(layers.slice(0, 1)), new: imageOf(layers.slice(1, 2)) });
    await all.append(`oci:${all.directory}/bases:old`, all.to('app'), { layerPaths });
    const at = (name: string) => `oci:${all.directory}/bases:${name}`;
    await all.rebase(all.to('app'), all.to('rebased'), { oldBase: at('old'), newBase: at('new') });
    assert.ok(extracted(all, 'rebased', 'rebased').has('etc/c' as never));
    const both = indexOf([imageOf(layers), imageOf(layers, { platform: 'linux/arm64' })]);
    writeLayout(join(all.directory, 'both'), { v1: both });
    await all.flatten(`oci:${all.directory}/both:v1`, all.to('whole'), { all: true });
    run('skopeo', 'copy', '--insecure-policy', '--all', all.to('whole'), `dir:${all.directory}/all`);
  });
});

function extracted(all: Bench, name: string, to: string): TreeListing {
  const target = join(all.directory, `tree-${to}`);
  run('umoci', 'raw', 'unpack', '--image', `${all.directory}/${name}.oci:v1`, target);
  return listingOfDirectory(target);
}
