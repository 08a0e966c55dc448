import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  directory,
  file,
  hardlink,
  imageOf,
  indexOf,
  layerOf,
  opaque,
  sha256Of,
  sparseFile,
  symlink,
  whiteout,
  writeLayout,
} from '../../src/testing/index.ts';
import { type BuiltLayer, type ImageOptions } from '../../src/testing/index.ts';
import {
  type Bench,
  bench,
  document,
  entriesOf,
  exported,
  failsWith,
  history,
  type Json,
  referenceTo,
  seed,
  shown,
  transports,
} from './images.ts';

const git = layerOf([directory('bin/'), file('bin/git', 'git'), hardlink('bin/git-log', 'bin/git')]);
const removal = layerOf([whiteout('bin/git'), file('etc/passwd', 'root')], { compression: 'zstd' });
const more = layerOf([hardlink('git', 'bin/git-log'), symlink('sh', 'bin/sh')], { compression: 'none' });
const stack = imageOf([git, removal, more]);

/** A layout that holds an image of these layers. */
function layoutOf(all: Bench, layers: readonly BuiltLayer[], options: ImageOptions = {}): string {
  writeLayout(join(all.directory, 'layers'), { v1: imageOf(layers, options) });
  return `oci:${all.directory}/layers:v1`;
}

void describe('flatten', () => {
  void it('makes one layer, the same as the export of the image', async (t) => {
    const all = await bench(t);
    const source = seed(all, 'oci', stack);
    const { digest, images } = await all.flatten(source, all.to('flat'));
    const tar = await exported(source);
    assert.deepEqual(await exported(all.to('flat')), tar);
    const after = await shown(all.to('flat'), all.network);
    assert.equal(after.digest, digest);
    assert.deepEqual(
      after.layers.map(({ diffId, mediaType }) => [diffId, mediaType]),
      [[sha256Of(tar), 'application/vnd.oci.image.layer.v1.tar+gzip']],
    );
    assert.equal(images[0]?.layers[0]?.origin, 'written');
    assert.deepEqual(await entriesOf(all.to('flat'), 1), [
      'directory bin',
      'file bin/git-log',
      'directory etc',
      'file etc/passwd',
      'hardlink git bin/git-log',
      'symlink sh',
    ]);
  });

  for (const to of transports) {
    void it(`reads from a registry and writes to ${to}`, async (t) => {
      const all = await bench(t);
      const source = seed(all, 'registry', imageOf([git, removal]));
      const target = referenceTo(all, to, 'flat');
      const result = await all.flatten(source, target);
      const after = await shown(target, all.network);
      assert.deepEqual([after.digest, after.layers.length], [result.digest, 1]);
    });
  }

  void it('keeps the layers below byte for byte, and moves none of those a destination has', async (t) => {
    const all = await bench(t);
    const source = seed(all, 'registry', imageOf([git, removal, more]));
    const target = referenceTo(all, 'registry', 'target');
    const { images, blobs } = await all.flatten(source, target, { last: 2 });
    const layers = images[0]?.layers ?? [];
    assert.deepEqual(
      layers.map(({ origin }) => origin),
      ['kept', 'written'],
    );
    assert.equal(layers[0]?.digest, git.digest);
    assert.deepEqual([blobs.mounted, blobs.copied], [1, 2]);
  });

  void it('writes a link group whole when its first name lies in a layer that stays', async (t) => {
    const all = await bench(t);
    const source = layoutOf(all, [git, removal, more]);
    await all.flatten(source, all.to('flat'), { fromLayer: 2 });
    assert.deepEqual(await entriesOf(all.to('flat'), 2), [
      'directory bin',
      'whiteout bin/git',
      'file bin/git-log',
      'directory etc',
      'file etc/passwd',
      'hardlink git bin/git-log',
      'symlink sh',
    ]);
    assert.deepEqual(await exported(all.to('flat')), await exported(source));
  });

  void it('writes the other name of a link group whose target a merged layer overwrites', async (t) => {
    const all = await bench(t);
    const source = layoutOf(all, [git, layerOf([file('bin/git', '456')]), layerOf([file('x', 'y')])]);
    await all.flatten(source, all.to('flat'), { fromLayer: 2 });
    assert.deepEqual(await exported(all.to('flat')), await exported(source));
  });

  void it('forgets what one merged layer adds and another removes, and keeps what they remove below', async (t) => {
    const all = await bench(t);
    const source = layoutOf(all, [
      layerOf([directory('d/'), file('d/old', '1'), file('d/stay', '1')]),
      layerOf([file('d/new', 'secret'), file('d/two', '2')]),
      layerOf([whiteout('d/new'), whiteout('d/old')]),
    ]);
    await all.flatten(source, all.to('flat'), { last: 2 });
    assert.deepEqual(await entriesOf(all.to('flat'), 2), ['directory d', 'whiteout d/old', 'file d/two']);
    assert.deepEqual(await exported(all.to('flat')), await exported(source));
  });

  void it('writes an opaque directory as what it hides', async (t) => {
    const all = await bench(t);
    const source = layoutOf(all, [
      layerOf([directory('d/'), file('d/a', '1'), file('d/b', '1')]),
      layerOf([opaque('d'), file('d/c', '2')]),
    ]);
    await all.flatten(source, all.to('flat'), { fromLayer: 2 });
    assert.deepEqual(await entriesOf(all.to('flat'), 2), ['directory d', 'whiteout d/a', 'whiteout d/b', 'file d/c']);
  });

  void it('leaves no layer where the merged ones come to nothing', async (t) => {
    const all = await bench(t);
    const source = layoutOf(all, [git, layerOf([file('x', 'y')]), layerOf([whiteout('x')])]);
    await all.flatten(source, all.to('flat'), { last: 2 });
    const after = await shown(all.to('flat'), all.network);
    assert.deepEqual(
      after.layers.map(({ digest }) => digest),
      [git.digest],
    );
    assert.deepEqual(
      history(after).map((step) => step['empty_layer']),
      [undefined, true, true],
    );
    assert.deepEqual(await exported(all.to('flat')), await exported(source));
  });

  void it('leaves an empty layer where an image would have none', async (t) => {
    const all = await bench(t);
    const source = layoutOf(all, [layerOf([file('x', 'y')]), layerOf([whiteout('x')])]);
    const { images } = await all.flatten(source, all.to('flat'), { compression: 'none' });
    assert.deepEqual(
      images[0]?.layers.map(({ size }) => size),
      [1024],
    );
  });

  void it('leaves a single layer alone that is what it would write, and writes any other anew', async (t) => {
    const all = await bench(t);
    const source = layoutOf(all, [git, removal]);
    const first = await all.flatten(source, all.to('once'));
    const second = await all.flatten(all.to('once'), all.to('twice'));
    assert.equal(second.digest, first.digest);
    const zstd = await all.flatten(all.to('once'), all.to('zstd'), { compression: 'zstd' });
    assert.notEqual(zstd.digest, first.digest);
    assert.equal(zstd.images[0]?.layers[0]?.diffId, first.images[0]?.layers[0]?.diffId);
    const untidy = layoutOf(all, [layerOf([file('b', '1'), file('a', '1'), file('b', '2')])]);
    await all.flatten(untidy, all.to('tidy'));
    assert.deepEqual(await entriesOf(all.to('tidy'), 1), ['file a', 'file b']);
  });

  void it('keeps the steps of the history, and has one for each layer', async (t) => {
    const all = await bench(t);
    const steps = ['FROM', 'ENV', 'RUN 1', 'CMD', 'RUN 2'].map((created_by) => ({
      created_by,
      ...(/ENV|CMD/.test(created_by) ? { empty_layer: true } : {}),
    }));
    const source = layoutOf(all, [git, removal, more], { history: steps });
    await all.flatten(source, all.to('flat'), { fromLayer: 2, created: '2020-01-01T00:00:00Z' });
    const after = await shown(all.to('flat'), all.network);
    assert.deepEqual(history(after), [
      { created_by: 'FROM' },
      { created_by: 'ENV', empty_layer: true },
      { created_by: 'RUN 1', empty_layer: true },
      { created_by: 'CMD', empty_layer: true },
      { created_by: 'RUN 2', empty_layer: true },
      { created: '2020-01-01T00:00:00Z', created_by: 'holdfast flatten --from-layer 2' },
    ]);
    assert.equal(after.config['created'], '2020-01-01T00:00:00Z');
  });

  void it('removes a history that does not fit, and says so', async (t) => {
    const all = await bench(t);
    const source = layoutOf(all, [git, removal], { history: [{ created_by: 'all of it' }] });
    const { notes } = await all.flatten(source, all.to('flat'));
    assert.deepEqual(
      notes.map(({ code }) => code),
      ['HISTORY_MISMATCH', 'HISTORY_DROPPED'],
    );
    assert.deepEqual(history(await shown(all.to('flat'), all.network)), []);
  });

  void it("keeps Docker's media types for Docker's images", async (t) => {
    const all = await bench(t);
    const docker = { mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip' };
    const layers = [layerOf([file('a', '1')], docker), layerOf([file('b', '1')], docker)];
    const source = layoutOf(all, layers, { format: 'docker' });
    await all.flatten(source, all.to('flat'));
    const { manifest, layers: after } = await shown(all.to('flat'), all.network);
    assert.equal(manifest['mediaType'], 'application/vnd.docker.distribution.manifest.v2+json');
    assert.deepEqual(
      after.map(({ mediaType }) => mediaType),
      [docker.mediaType],
    );
    const { notes } = await all.flatten(source, all.to('zstd'), { compression: 'zstd' });
    assert.deepEqual(
      notes.map(({ code }) => code),
      ['ZSTD_OF_DOCKER'],
    );
  });

  void it('makes the same image however many jobs, whatever is cached, in every compression', async (t) => {
    const all = await bench(t);
    const noise = Buffer.from(Array.from({ length: 3_000_000 }, (_, at) => (at * at) >> 7));
    const layers = [layerOf([file('noise', noise), sparseFile('holes', 1e6, [{ offset: 512, data: 'x' }])]), more];
    const source = layoutOf(all, [git, ...layers]);
    for (const compression of ['gzip', 'zstd', 'none'] as const) {
      const digests = [];
      for (const jobs of [1, 4]) {
        const options = { compression, jobs, fromLayer: 2 };
        digests.push((await all.flatten(source, all.to(`${compression}${jobs}`), options)).digest);
      }
      assert.equal(digests[0], digests[1]);
      assert.deepEqual(await exported(all.to(`${compression}1`)), await exported(source));
    }
  });

  void it('merges the layers of every image of an index', async (t) => {
    const all = await bench(t);
    const both = indexOf([stack, imageOf([git, more], { platform: 'linux/arm64' })]);
    writeLayout(join(all.directory, 'index'), { v1: both });
    const source = `oci:${all.directory}/index:v1`;
    const { images } = await all.flatten(source, all.to('flat'), { all: true });
    assert.deepEqual(
      images.map(({ layers }) => layers.length),
      [1, 1],
    );
    const entries = (await document(all.to('flat'), all.network))['manifests'] as Json[];
    assert.deepEqual(
      entries.map(({ digest }) => digest),
      images.map(({ digest }) => digest),
    );
    for (const platform of ['linux/amd64', 'linux/arm64']) {
      assert.deepEqual(await exported(all.to('flat'), platform), await exported(source, platform));
    }
  });

  void it('refuses layers that are not there, levels that are none, and Windows', async (t) => {
    const all = await bench(t);
    const source = layoutOf(all, [git, removal]);
    for (const options of [{ fromLayer: 3 }, { last: 3 }, { last: 0 }, { fromLayer: 0 }, { fromLayer: 1, last: 1 }]) {
      await failsWith('USAGE', all.flatten(source, all.to('no'), options));
    }
    await failsWith('USAGE', all.flatten(source, all.to('no'), { compressionLevel: 10 }));
    const windows = layoutOf(all, [git], { platform: 'windows/amd64' });
    await failsWith('HOST_UNSUPPORTED', all.flatten(windows, all.to('no')));
    const broken = layoutOf(all, [layerOf([hardlink('a', 'b')]), git]);
    await failsWith('LINK_TARGET_MISSING', all.flatten(broken, all.to('no')));
    const index = JSON.parse(fs.readFileSync(join(all.directory, 'no.oci/index.json'), 'utf8')) as Json;
    assert.deepEqual(index['manifests'], []);
  });
});
