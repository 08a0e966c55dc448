import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { once } from 'node:events';
import {
  type BuiltLayer,
  directory,
  file,
  hardlink,
  imageOf,
  indexOf,
  layerOf,
  whiteout,
  writeLayout,
} from '../../src/testing/index.ts';
import { anyStack } from '../tree/any-stack.ts';
import {
  type Bench,
  bench,
  document,
  entriesOf,
  exported,
  failsWith,
  history,
  type Json,
  outcome,
  referenceTo,
  seed,
  shown,
  transports,
} from './images.ts';

const base = layerOf([file('bin/git', 'git'), hardlink('bin/git-log', 'bin/git')]);
const image = imageOf([base]);
const docker = imageOf([base], { format: 'docker' });
const app = {
  gzip: layerOf([file('app', '1'), whiteout('bin/git')]),
  zstd: layerOf([file('app', '1'), hardlink('log', 'bin/git-log')], { compression: 'zstd' }),
  none: layerOf([file('app', '1')], { compression: 'none' }),
};

function fileOf(all: Bench, layer: BuiltLayer, name = 'app.tar'): string {
  const path = join(all.directory, name);
  fs.writeFileSync(path, layer.bytes);
  return path;
}

void describe('append', () => {
  for (const [compression, layer] of Object.entries(app)) {
    void it(`keeps a tar as it is, compressed with ${compression}`, async (t) => {
      const all = await bench(t);
      const { images } = await all.append(seed(all, 'oci', image), all.to('app'), { layerPaths: [fileOf(all, layer)] });
      const { digest, size, mediaType, diffId } = layer;
      assert.deepEqual(images[0]?.layers[1], { digest, size, mediaType, diffId, origin: 'added' });
      const after = await shown(all.to('app'), all.network);
      assert.deepEqual(
        after.layers.map((one) => one.digest),
        [base.digest, digest],
      );
      writeLayout(join(all.directory, 'wanted'), { v1: imageOf([base, layer]) });
      assert.deepEqual(await exported(all.to('app')), await exported(`oci:${all.directory}/wanted:v1`));
      assert.deepEqual(history(after).at(-1), {
        created: '2023-11-14T22:13:20Z',
        created_by: 'holdfast append --new-layer app.tar',
      });
    });
  }

  for (const from of transports) {
    for (const to of transports) {
      void it(`goes from ${from} to ${to}`, async (t) => {
        const all = await bench(t);
        const target = referenceTo(all, to, 'app');
        const result = await all.append(seed(all, from, image), target, { layerPaths: [fileOf(all, app.gzip)] });
        const after = await shown(target, all.network);
        assert.equal(after.digest, result.digest);
        assert.deepEqual(
          after.layers.map(({ digest }) => digest),
          [base.digest, app.gzip.digest],
        );
      });
    }
  }

  void it('does not read the layers below, and mounts them within a registry', async (t) => {
    const all = await bench(t);
    const source = seed(all, 'registry', image);
    const target = referenceTo(all, 'registry', 'app');
    const { blobs } = await all.append(source, target, { layerPaths: [fileOf(all, app.none)] });
    assert.deepEqual([blobs.mounted, blobs.copied], [1, 2]);
    const fetched = all.registry.requests.filter(({ method, url }) => method === 'GET' && url.includes(base.digest));
    assert.deepEqual(fetched, []);
  });

  void it('compresses what it is told to, and the DiffID stays', async (t) => {
    const all = await bench(t);
    const source = seed(all, 'oci', image);
    for (const compression of ['gzip', 'zstd', 'none'] as const) {
      const options = { layerPaths: [fileOf(all, app.gzip)], compression };
      const { images } = await all.append(source, all.to(compression), options);
      const layer = images[0]?.layers[1];
      assert.equal(layer?.diffId, app.gzip.diffId);
      assert.equal(layer.origin, compression === 'gzip' ? 'added' : 'written');
      await shown(all.to(compression), all.network);
    }
    const options = { layerPaths: [fileOf(all, app.gzip)], compressionLevel: 9 };
    assert.equal((await all.append(source, all.to('level'), options)).images[0]?.layers[1]?.origin, 'written');
  });

  void it('takes one layer twice', async (t) => {
    const all = await bench(t);
    const layer = fileOf(all, app.gzip);
    await all.append(seed(all, 'oci', image), all.to('twice'), { layerPaths: [layer, layer] });
    const after = await shown(all.to('twice'), all.network);
    assert.deepEqual(
      after.layers.map(({ diffId }) => diffId),
      [base.diffId, app.gzip.diffId, app.gzip.diffId],
    );
    assert.equal(history(after).length, 3);
  });

  void it('gives layers the media types of a Docker image', async (t) => {
    const all = await bench(t);
    const layerPaths = [fileOf(all, app.gzip, 'a'), fileOf(all, app.none, 'b'), fileOf(all, app.zstd, 'c')];
    const { notes } = await all.append(seed(all, 'oci', docker), all.to('docker'), { layerPaths });
    const after = await shown(all.to('docker'), all.network);
    assert.deepEqual(
      after.layers.slice(1).map(({ mediaType }) => mediaType),
      [
        'application/vnd.docker.image.rootfs.diff.tar.gzip',
        'application/vnd.docker.image.rootfs.diff.tar',
        'application/vnd.docker.image.rootfs.diff.tar.zstd',
      ],
    );
    assert.deepEqual(
      notes.map(({ code }) => code),
      ['ZSTD_OF_DOCKER'],
    );
  });

  void it('makes an image of layers alone', async (t) => {
    const all = await bench(t);
    const options = {
      layerPaths: [fileOf(all, app.none)],
      platforms: ['linux/arm64'],
      created: '2020-01-01T00:00:00Z',
    };
    for (const to of transports) {
      const target = referenceTo(all, to, 'alone');
      await all.append('scratch', target, options);
      const after = await shown(target, all.network);
      assert.deepEqual(
        after.layers.map(({ digest }) => digest),
        [app.none.digest],
      );
      assert.deepEqual(after.config, {
        created: '2020-01-01T00:00:00Z',
        architecture: 'arm64',
        os: 'linux',
        config: {},
        rootfs: { type: 'layers', diff_ids: [app.none.diffId] },
        history: [{ created: '2020-01-01T00:00:00Z', created_by: 'holdfast append --new-layer app.tar' }],
      });
    }
  });

  void it('reads standard input', async (t) => {
    const all = await bench(t);
    const stdin = Readable.from([app.gzip.bytes.subarray(0, 10), app.gzip.bytes.subarray(10)]);
    const { images } = await all.append('scratch', all.to('stdin'), { layerPaths: ['-'], stdin });
    assert.equal(images[0]?.layers[0]?.digest, app.gzip.digest);
  });

  void it('puts the layers on every image of an index', async (t) => {
    const all = await bench(t);
    const both = indexOf([docker, imageOf([base], { platform: 'linux/arm64' })]);
    writeLayout(join(all.directory, 'index'), { v1: both });
    const options = { layerPaths: [fileOf(all, app.gzip)], all: true };
    const { images } = await all.append(`oci:${all.directory}/index:v1`, all.to('index'), options);
    assert.deepEqual(
      images.map(({ layers }) => layers.at(-1)?.mediaType),
      ['application/vnd.docker.image.rootfs.diff.tar.gzip', 'application/vnd.oci.image.layer.v1.tar+gzip'],
    );
    assert.equal(((await document(all.to('index'), all.network))['manifests'] as Json[]).length, 2);
  });

  void it('says on what the image was built, when it is asked to', async (t) => {
    const all = await bench(t);
    const source = seed(all, 'registry', image);
    await all.append(source, all.to('app'), { layerPaths: [fileOf(all, app.gzip)], setBaseAnnotations: true });
    const { manifest } = await shown(all.to('app'), all.network);
    assert.deepEqual(manifest['annotations'], {
      'org.opencontainers.image.base.name': `${all.registry.host}/source:v1`,
      'org.opencontainers.image.base.digest': image.digest,
    });
  });

  void it('refuses what is no layer, and writes nothing', async (t) => {
    const all = await bench(t);
    const source = seed(all, 'oci', image);
    const refused = async (code: Parameters<typeof failsWith>[0], bytes: Uint8Array): Promise<void> => {
      const path = join(all.directory, 'refused.tar');
      fs.writeFileSync(path, bytes);
      await failsWith(code, all.append(source, all.to('refused'), { layerPaths: [path] }));
    };
    await refused('TAR_CHECKSUM', Buffer.alloc(512, 'no tar'));
    await refused('CODEC_CORRUPT', app.gzip.bytes.subarray(0, 60));
    await refused('ARCHIVE_INVALID', Buffer.from('\xfd7zXZ\0 and so on', 'latin1'));
    await refused('NAME_ESCAPES', layerOf([file('../up', '1')]).bytes);
    await failsWith('FILE_NOT_FOUND', all.append(source, all.to('refused'), { layerPaths: ['/nowhere'] }));
    await failsWith('USAGE', all.append(source, all.to('refused'), { layerPaths: [] }));
    await failsWith('USAGE', all.append(source, all.to('refused'), { layerPaths: ['-', '-'] }));
    await failsWith('USAGE', all.append('oci-archive:-:x', all.to('refused'), { layerPaths: ['-'] }));
    const named = await document(all.to('refused'), all.network).catch((error: unknown) => error);
    assert.ok(named instanceof Error);
  });
});

void describe('append of any layers', () => {
  void it('lays them over the tree of the image', async (t) => {
    const all = await bench(t);
    let taken = 0;
    const stack = anyStack({ privileged: true, maxLayers: 3, maxEntries: 5 });
    const compression = fc.constantFrom(undefined, 'gzip', 'zstd', 'none');
    await fc.assert(
      fc.asyncProperty(stack, stack, compression, async (below, above, written) => {
        const [lower, upper] = [below.map((layer) => layerOf(layer)), above.map((layer) => layerOf(layer))];
        writeLayout(join(all.directory, 'any'), { v1: imageOf(lower), wanted: imageOf([...lower, ...upper]) });
        const at = (name: string) => `oci:${all.directory}/any:${name}`;
        const layerPaths = upper.map((layer, number) => fileOf(all, layer, `${number}.tar`));
        await all.append(at('v1'), at('app'), { layerPaths, ...(written && { compression: written }) });
        const [found, wanted] = [await outcome(at('app')), await outcome(at('wanted'))];
        if (Buffer.isBuffer(wanted)) taken++;
        assert.deepEqual(found, wanted);
      }),
      { numRuns: 25 },
    );
    assert.ok(taken > 0);
  });
});

void describe('append of a directory', () => {
  void it('writes everything in it, links as links, and not the directory itself', async (t) => {
    const all = await bench(t);
    const root = join(all.directory, 'root');
    fs.mkdirSync(join(root, 'sub'), { recursive: true, mode: 0o700 });
    fs.writeFileSync(join(root, 'sub/a'), 'content');
    fs.linkSync(join(root, 'sub/a'), join(root, 'b'));
    fs.symlinkSync('sub/a', join(root, 'c'));
    fs.writeFileSync(join(root, 'empty'), '');
    for (const name of ['sub/a', 'sub', 'empty']) fs.utimesSync(join(root, name), 1000, 1000);
    fs.lutimesSync(join(root, 'c'), 1000, 1000);
    const options = { layerPaths: [root] };
    const first = await all.append(seed(all, 'oci', image), all.to('app'), options);
    assert.deepEqual(await entriesOf(all.to('app'), 2), [
      'file b',
      'symlink c',
      'file empty',
      'directory sub',
      'hardlink sub/a b',
    ]);
    assert.equal(first.images[0]?.layers[1]?.origin, 'written');
    await shown(all.to('app'), all.network);
    fs.chmodSync(root, 0o777);
    const again = await all.append(seed(all, 'oci', image), all.to('again'), options);
    assert.equal(again.digest, first.digest);
  });

  void it('says which sockets it leaves out, and refuses Windows and names that would be whiteouts', async (t) => {
    const all = await bench(t);
    const root = join(all.directory, 'root');
    fs.mkdirSync(root);
    const server = net.createServer().listen(join(root, 'socket'));
    t.after(() => server.close());
    await once(server, 'listening');
    const { notes } = await all.append('scratch', all.to('app'), { layerPaths: [root] });
    assert.deepEqual(notes, [{ code: 'SOCKET_LEFT_OUT', detail: 'socket' }]);
    writeLayout(join(all.directory, 'windows'), { v1: imageOf([base], { platform: 'windows/amd64' }) });
    const windows = `oci:${all.directory}/windows:v1`;
    await failsWith('HOST_UNSUPPORTED', all.append(windows, all.to('no'), { layerPaths: [root] }));
    fs.writeFileSync(join(root, '.wh.x'), '');
    await failsWith('NAME_IS_MARKER', all.append('scratch', all.to('no'), { layerPaths: [root] }));
  });

  void it('has the tree of the directory over the tree of the image', async (t) => {
    const all = await bench(t);
    const root = join(all.directory, 'root');
    fs.mkdirSync(join(root, 'bin'), { recursive: true });
    fs.writeFileSync(join(root, 'bin/git'), 'new');
    fs.utimesSync(join(root, 'bin/git'), 7, 7);
    fs.utimesSync(join(root, 'bin'), 7, 7);
    await all.append(seed(all, 'oci', image), all.to('app'), { layerPaths: [root] });
    const { uid, gid, mode } = fs.statSync(join(root, 'bin/git'));
    const own = { uid, gid, mtime: 7 };
    const layer = layerOf([
      directory('bin/', { ...own, mode: fs.statSync(join(root, 'bin')).mode & 0o7777 }),
      file('bin/git', 'new', { ...own, mode: mode & 0o7777 }),
    ]);
    writeLayout(join(all.directory, 'wanted'), { v1: imageOf([base, layer]) });
    assert.deepEqual(await exported(all.to('app')), await exported(`oci:${all.directory}/wanted:v1`));
  });
});
