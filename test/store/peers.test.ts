import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { suite, test } from 'node:test';
import { refNameOf } from '../../src/oci/index.ts';
import { checkStore, collectGarbage, type LayoutStore, storeReport } from '../../src/store/index.ts';
import { file, imageOf, layerOf } from '../../src/testing/index.ts';
import { newStore, opened, putImage, temporary } from './scratch-store.ts';

const image = imageOf([layerOf([file('a', 'content')])]);

function lacks(program: string): string | false {
  return spawnSync(program, ['--version']).status !== 0 && `${program} is not installed`;
}

function run(program: string, ...words: string[]): string {
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8' });
  assert.equal(status, 0, `${program} ${words.join(' ')}: ${stderr}`);
  return stdout;
}

function names(store: LayoutStore): (string | undefined)[] {
  return store.manifests().map(refNameOf);
}

void suite('layouts of other tools', () => {
  void test('are written to and read by skopeo in turn', { skip: lacks('skopeo') }, async (t) => {
    const store = newStore(t);
    const { directory } = store;
    await store.tag('ours', await putImage(store, image));
    run('skopeo', 'copy', `oci:${directory}:ours`, `oci:${directory}:theirs`);
    run('skopeo', 'copy', `oci:${directory}:ours`, `oci:${directory}:again`);
    await store.tag('last', { mediaType: image.mediaType, digest: image.digest, size: image.size });
    assert.deepEqual(names(store), ['ours', 'theirs', 'again', 'last']);
    run('skopeo', 'inspect', `oci:${directory}:last`);
    const fresh = path.join(temporary(t), 'fresh');
    run('skopeo', 'copy', `oci:${directory}:last`, `oci:${fresh}:x`);
    const other = opened(t, fresh);
    await other.tag('y', { mediaType: image.mediaType, digest: image.digest, size: image.size });
    await collectGarbage(other);
    assert.deepEqual(names(other), ['x', 'y']);
    assert.deepEqual((await checkStore(other)).problems, []);
    assert.ok(storeReport(other).images.every(({ complete }) => complete));
    assert.match(run('skopeo', 'inspect', `oci:${fresh}:y`), /"Digest"/);
  });

  void test('are written to and read by umoci in turn', { skip: lacks('umoci') }, async (t) => {
    const layout = path.join(temporary(t), 'layout');
    run('umoci', 'init', '--layout', layout);
    const store = opened(t, layout);
    await store.tag('ours', await putImage(store, image));
    run('umoci', 'tag', '--image', `${layout}:ours`, 'theirs');
    run('umoci', 'config', '--image', `${layout}:theirs`, '--config.user', 'me');
    await store.tag('last', { mediaType: image.mediaType, digest: image.digest, size: image.size });
    run('umoci', 'gc', '--layout', layout);
    assert.deepEqual(names(store).map(String).sort(), ['last', 'ours', 'theirs']);
    assert.equal(
      run('umoci', 'list', '--layout', layout).split('\n').filter(Boolean).sort().join(),
      'last,ours,theirs',
    );
    assert.deepEqual((await checkStore(store)).problems, []);
  });
});
