import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { suite, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { EngineEvent } from '../../src/base/index.ts';
import {
  directory,
  file,
  hardlink,
  imageOf,
  indexOf,
  layerOf,
  ociArchiveOf,
  sha256Of,
  symlink,
  tarOf,
  whiteout,
} from '../../src/testing/index.ts';
import { assertSameTree, expectedListing, listingOfDirectory } from '../cases/index.ts';
import { history, shown } from '../edit/images.ts';
import { listing, record, root as listedRoot } from '../find-listing/listing-text.ts';
import { failure, isRoot } from '../unpack/scratch.ts';
import { referenceTo, seed, transports } from '../transfer/places.ts';
import { assertUntouched, blobFacts, mergeBench, treeOf } from './merge-bench.ts';

const root = directory('./');
const base = imageOf(
  [layerOf([root, file('a', '1'), hardlink('b', 'a')]), layerOf([directory('d/'), file('d/x', 'x')])],
  {
    configDocument: { config: { Cmd: ['sh'] }, history: [{ created_by: 'one' }, { created_by: 'two' }] },
  },
);
const tools = imageOf([layerOf([directory('d/'), file('d/tool', 't'), symlink('t', 'd/tool')])], {
  configDocument: {
    config: { Cmd: ['tool'] },
    history: [{ created_by: 'tools' }, { created_by: 'env', empty_layer: true }],
  },
});
const merged = [root, file('a', '1'), hardlink('b', 'a'), directory('d/'), file('d/x', 'x')];
const withTools = [...merged, file('d/tool', 't'), symlink('t', 'd/tool')];

void suite('merging images', () => {
  void test('lays their layers over each other, and keeps what the first one says of itself', async (t) => {
    const bench = await mergeBench(t);
    const inputs = [bench.image('base', base), bench.image('tools', tools)];
    const result = await bench.merge(inputs, bench.to('both'));
    assertSameTree(await treeOf(bench.to('both')), expectedListing(withTools));
    const made = await shown(bench.to('both'), bench.network);
    assert.equal(made.digest, result.digest);
    assert.deepEqual(made.config['config'], { Cmd: ['sh'] });
    assert.deepEqual(
      history(made).map((step) => step['created_by']),
      ['one', 'two', 'tools', 'env'],
    );
    const [image] = result.images;
    assert.deepEqual(
      image?.inputs.map(({ reference, kind, digest, layers }) => [reference, kind, digest, layers]),
      [
        [inputs[0], 'image', base.digest, 2],
        [inputs[1], 'image', tools.digest, 1],
      ],
    );
    assert.deepEqual(
      image?.layers.map(({ digest, input, origin, outcome }) => [digest, input, origin, outcome]),
      [
        [base.layers[0]?.digest, 1, 'kept', 'existed'],
        [base.layers[1]?.digest, 1, 'kept', 'existed'],
        [tools.layers[0]?.digest, 2, 'base', 'existed'],
      ],
    );
  });

  void test('reads no layer, and touches no blob that is there', async (t) => {
    const bench = await mergeBench(t);
    const inputs = [bench.image('base', base), bench.image('tools', tools)];
    // Whoever read them would find out.
    for (const { digest, size } of [...base.layers, ...tools.layers]) {
      fs.writeFileSync(path.join(bench.directory, 'images/blobs/sha256', digest.slice(7)), Buffer.alloc(size));
    }
    const before = blobFacts(bench, 'images');
    const { blobs } = await bench.merge(inputs, bench.to('both'));
    const after = blobFacts(bench, 'images');
    assertUntouched(before, after);
    assert.equal(after.size, before.size + 2, 'a config and a manifest');
    assert.deepEqual([blobs.copied, blobs.existed], [1, 3]);
  });

  void test('moves no layer that the registry has', async (t) => {
    const bench = await mergeBench(t);
    bench.registry.seed('app', 'base', base);
    bench.registry.seed('app', 'tools', tools);
    const app = `docker://${bench.registry.host}/app`;
    const { blobs } = await bench.merge([`${app}:base`, `${app}:tools`], `${app}:both`);
    assert.deepEqual([blobs.copied, blobs.existed], [1, 3]);
    const layers = [...base.layers, ...tools.layers].map(({ digest }) => digest);
    const moved = bench.registry.requests.filter(({ method, url }) => {
      return method === 'GET' && layers.some((digest) => url.includes(digest));
    });
    assert.deepEqual(moved, []);
    assertSameTree(await listed(bench, `${app}:both`), expectedListing(withTools));
  });

  void test('keeps an image that is alone as it is', async (t) => {
    const bench = await mergeBench(t);
    const { digest } = await bench.merge([bench.image('base', base)], bench.to('same'));
    assert.equal(digest, base.digest);
    assert.equal((await bench.merge([bench.to('base'), 'scratch'], bench.to('same'))).digest, base.digest);
  });

  void test('gives a step to each layer where histories do not fit, and none where there are none', async (t) => {
    const bench = await mergeBench(t);
    const silent = (name: string) =>
      bench.image(name, imageOf([layerOf([file(name)])], { configDocument: { history: undefined } }));
    const wrong = bench.image('wrong', imageOf([layerOf([file('w')])], { configDocument: { history: [{}, {}] } }));
    await bench.merge([silent('one'), silent('two')], bench.to('silent'));
    assert.deepEqual(history(await shown(bench.to('silent'), bench.network)), []);
    const { notes } = await bench.merge([bench.image('base', base), bench.to('one'), wrong], bench.to('told'));
    assert.deepEqual(
      notes.map(({ code }) => code),
      ['HISTORY_MISMATCH', 'HISTORY_DROPPED'],
    );
    const steps = history(await shown(bench.to('told'), bench.network));
    assert.deepEqual(
      steps.map((step) => step['created_by']),
      ['one', 'two', '', ''],
    );
  });

  void test('takes the media types of the first one', async (t) => {
    const bench = await mergeBench(t);
    const docker = imageOf([layerOf([file('docker')])], { format: 'docker' });
    const small = imageOf([layerOf([file('small')], { compression: 'zstd' })]);
    const inputs = [bench.image('docker', docker), bench.image('base', base), bench.image('small', small)];
    const { notes } = await bench.merge(inputs, bench.to('both'));
    assert.deepEqual(
      notes.map(({ code, detail }) => [code, detail]),
      [
        ['ZSTD_OF_DOCKER', undefined],
        ['MEDIA_TYPES_ADAPTED', '4'],
      ],
    );
    const { layers } = await shown(bench.to('both'), bench.network);
    const gzip = 'application/vnd.docker.image.rootfs.diff.tar.gzip';
    assert.deepEqual(
      layers.map(({ mediaType }) => mediaType),
      [gzip, gzip, gzip, gzip.replace('gzip', 'zstd')],
    );
  });

  void test('notes what Docker does not take, and refuses what nobody takes', async (t) => {
    const bench = await mergeBench(t);
    const one = bench.image('one', imageOf([layerOf([file('f')])]));
    const notes = async (count: number) =>
      (await bench.merge(Array(count).fill(one) as string[], bench.to('many'))).notes;
    assert.deepEqual(await notes(127), []);
    assert.deepEqual(await notes(128), [{ code: 'LAYERS_MANY', detail: '128' }]);
    await failure('LIMIT_EXCEEDED', notes(1001));
  });
});

void suite('merging images of several platforms', () => {
  const forPlatform = (name: string, platform: string) => imageOf([layerOf([file(name, platform)])], { platform });
  const platforms = ['linux/amd64', 'linux/arm64'];
  const both = (name: string) => indexOf(platforms.map((platform) => forPlatform(name, platform)));

  void test('takes the same platform of each', async (t) => {
    const bench = await mergeBench(t);
    const inputs = [bench.image('x', both('x')), bench.image('y', both('y'))];
    for (const platform of platforms) {
      const { images } = await bench.merge(inputs, bench.to('one'), { platforms: [platform] });
      assert.deepEqual(
        images.map((image) => image.platform),
        [platform],
      );
      assertSameTree(await treeOf(bench.to('one')), expectedListing([file('x', platform), file('y', platform)]));
    }
  });

  void test('merges every image of an index with what the others have for its platform', async (t) => {
    const bench = await mergeBench(t);
    const layer = bench.tar('changes.tar', [whiteout('y'), file('z')]);
    const inputs = [bench.image('x', both('x')), bench.image('y', both('y')), `layer:${layer}`];
    const { images, mediaType } = await bench.merge(inputs, bench.to('all'), { all: true });
    assert.equal(mediaType, 'application/vnd.oci.image.index.v1+json');
    assert.deepEqual(
      images.map(({ platform, layers, inputs: parts }) => [platform, layers.map(({ input }) => input), parts.length]),
      platforms.map((platform) => [platform, [1, 2, 3], 3]),
    );
    for (const platform of platforms) {
      assertSameTree(await treeOf(bench.to('all'), platform), expectedListing([file('x', platform), file('z')]));
    }
    const onlyArm = bench.image('arm', forPlatform('y', 'linux/arm64'));
    await failure('PLATFORM_NOT_FOUND', bench.merge([bench.to('x'), onlyArm], bench.to('bad'), { all: true }));
  });

  void test('takes an image that is alone whatever it is for, and says so', async (t) => {
    const bench = await mergeBench(t);
    const [amd, arm] = platforms.map((platform) => bench.image(platform.slice(6), forPlatform('f', platform)));
    assert.ok(amd && arm);
    const { notes } = await bench.merge([amd, arm], bench.to('mixed'));
    assert.deepEqual(notes, [{ code: 'PLATFORMS_MIXED', detail: `${arm} is for linux/arm64, not linux/amd64` }]);
    const asked = bench.merge([amd, arm], bench.to('mixed'), { platforms: ['linux/amd64'] });
    await failure('PLATFORM_NOT_FOUND', asked);
  });

  void test('does not replace an index by one of its images unasked', async (t) => {
    const bench = await mergeBench(t);
    const x = bench.image('x', both('x'));
    const y = bench.image('y', both('y'));
    await failure('USAGE', bench.merge([x, y], x));
    await failure('USAGE', bench.merge([x, y], y));
    await bench.merge([x, y], y, { platforms: ['linux/amd64'] });
  });
});

void suite('merging layers', () => {
  const changes = [file('a', '2'), directory('d/'), whiteout('d/x'), file('new', 'n')];
  const result = [root, file('a', '2'), file('b', '1'), directory('d/'), file('new', 'n')];

  for (const [compression, compress] of [
    ['none', (tar: Buffer) => tar],
    ['gzip', (tar: Buffer) => gzipSync(tar)],
    ['zstd', (tar: Buffer) => zstdCompressSync(tar)],
  ] as const) {
    void test(`takes one with its whiteouts as it is, compressed with ${compression}`, async (t) => {
      const bench = await mergeBench(t);
      const bytes = compress(tarOf(changes));
      const layer = bench.tar('changes', bytes);
      const merge = async () => await bench.merge([bench.image('base', base), `layer:${layer}`], bench.to('new'));
      for (const { images } of [await merge(), await merge()]) {
        const top = images[0]?.layers.at(-1);
        assert.deepEqual([top?.digest, top?.diffId, top?.origin], [sha256Of(bytes), sha256Of(tarOf(changes)), 'added']);
        assert.match(top?.mediaType ?? '', compression === 'none' ? /\.tar$/ : new RegExp(`\\+${compression}$`));
      }
      assertSameTree(await treeOf(bench.to('new')), expectedListing(result));
      const steps = history(await shown(bench.to('new'), bench.network));
      assert.equal(steps.at(-1)?.['created_by'], 'holdfast merge layer:changes');
    });
  }

  void test('takes one whose name is no text', async (t) => {
    const bench = await mergeBench(t);
    fs.renameSync(bench.tar('changes.tar', changes), Buffer.from(path.join(bench.directory, '\xff'), 'latin1'));
    await bench.merge([`layer:${bench.directory}/\udcff`], bench.to('new'));
    assertSameTree(await treeOf(bench.to('new')), expectedListing([file('a', '2'), directory('d/'), file('new', 'n')]));
  });

  void test('takes one from stdin', async (t) => {
    const bench = await mergeBench(t);
    const stdin = (): Readable => Readable.from([gzipSync(tarOf(changes))]);
    await bench.merge([bench.image('base', base), 'layer:-'], bench.to('new'), { stdin: stdin() });
    assertSameTree(await treeOf(bench.to('new')), expectedListing(result));
    const twice = bench.merge(['layer:-', 'tar:-'], bench.to('twice'), { stdin: stdin() });
    await failure('USAGE', twice);
  });

  void test('does not share a file that its owner may write to', async (t) => {
    const bench = await mergeBench(t);
    const layer = bench.tar('changes.tar', changes);
    const { images } = await bench.merge([`layer:${layer}`], bench.to('new'));
    fs.writeFileSync(layer, 'something else');
    assertSameTree(await treeOf(bench.to('new')), expectedListing([file('a', '2'), directory('d/'), file('new', 'n')]));
    assert.notEqual(images[0]?.layers[0]?.outcome, 'linked');
  });

  void test('refuses what is no layer', async (t) => {
    const bench = await mergeBench(t);
    const to = bench.to('new');
    await failure('REFERENCE_INVALID', bench.merge([`layer:${bench.directory}`], to));
    await failure('FILE_NOT_FOUND', bench.merge([`layer:${bench.directory}/none`], to));
    await failure('HOST_REFUSED', bench.merge([`layer:${'n'.repeat(5000)}`], to));
    await failure('REFERENCE_INVALID', bench.merge(['layer:a\0b'], to));
    await failure('CODEC_CORRUPT', bench.merge([`layer:${bench.tar('bad', gzipSync('x').subarray(0, 12))}`], to));
    const climbing = bench.tar('climbing', [file('../x')]);
    await failure('NAME_ESCAPES', bench.merge([`layer:${climbing}`], to));
    await failure('USAGE', bench.merge([], to));
  });
});

void suite('merging other trees', () => {
  const entries = [
    directory('./', { mode: 0o755 }),
    directory('d/', { mode: 0o700 }),
    file('d/one', '1'),
    hardlink('d/two', 'd/one'),
  ];

  void test('writes each as one layer, the root included', async (t) => {
    const bench = await mergeBench(t);
    const tar = bench.tar('flat.tar', entries);
    for (const reference of [`tar:${tar}`, tar]) {
      await bench.merge([bench.image('base', base), reference], bench.to('new'));
      assertSameTree(
        await treeOf(bench.to('new')),
        expectedListing([...entries, ...merged.slice(1, 3), file('d/x', 'x')]),
      );
      const { images, notes } = await bench.merge([reference], bench.to('alone'));
      assertSameTree(await treeOf(bench.to('alone')), expectedListing(entries));
      assert.deepEqual([images[0]?.inputs[0]?.kind, images[0]?.layers[0]?.origin, notes], ['tree', 'written', []]);
    }
  });

  void test('writes the same layer again, in the compression that is asked for', async (t) => {
    const bench = await mergeBench(t);
    const tar = `tar:${bench.tar('flat.tar', entries)}`;
    const first = await bench.merge([tar], bench.to('first'), { created: '2026-01-31T12:00:00Z' });
    const again = await bench.merge([tar], bench.to('again'), { created: '2026-01-31T12:00:00Z' });
    assert.equal(again.digest, first.digest);
    const { images } = await bench.merge([tar], bench.to('zstd'), { compression: 'zstd', history: 'mine' });
    assert.match(images[0]?.layers[0]?.mediaType ?? '', /zstd$/);
    assert.equal(images[0]?.layers[0]?.diffId, first.images[0]?.layers[0]?.diffId);
    const made = await shown(bench.to('zstd'), bench.network);
    assert.deepEqual(
      history(made).map((step) => step['created_by']),
      ['mine'],
    );
  });

  void test('takes a directory as it stands there', { skip: !isRoot && 'owners are those of root' }, async (t) => {
    const bench = await mergeBench(t);
    const live = path.join(bench.directory, 'live');
    fs.mkdirSync(path.join(live, 'sub'), { recursive: true });
    fs.writeFileSync(path.join(live, 'sub/file'), 'text', { mode: 0o640 });
    fs.linkSync(path.join(live, 'sub/file'), path.join(live, 'link'));
    fs.chmodSync(live, 0o750);
    for (const reference of [`rootfs:${live}`, live]) {
      const { notes } = await bench.merge([reference], bench.to('live'));
      assertSameTree(await treeOf(bench.to('live')), listingOfDirectory(live));
      assert.deepEqual(notes, [{ code: 'ROOT_CHANGED', detail: `${reference}: 0750 0:0` }]);
    }
  });

  void test('finds images in files', async (t) => {
    const bench = await mergeBench(t);
    const archive = path.join(bench.directory, 'images.tar');
    fs.writeFileSync(archive, ociArchiveOf({ v1: base }));
    const { images } = await bench.merge([archive], bench.to('new'));
    assert.deepEqual([images[0]?.digest, images[0]?.inputs[0]?.kind], [base.digest, 'image']);
  });

  void test('is for this machine, or the platform that is asked for, where the first is no image', async (t) => {
    const bench = await mergeBench(t);
    const tar = `tar:${bench.tar('flat.tar', entries)}`;
    const { images } = await bench.merge([tar], bench.to('arm'), { platforms: ['linux/arm64'] });
    assert.equal(images[0]?.platform, 'linux/arm64');
    const index = indexOf(
      ['linux/amd64', 'linux/arm64'].map((platform) => imageOf([layerOf([file(platform)])], { platform })),
    );
    const both = await bench.merge([tar, bench.image('x', index)], bench.to('arm'), { platforms: ['linux/arm64'] });
    assert.deepEqual([both.images[0]?.platform, both.notes], ['linux/arm64', []]);
    const { config } = await shown(bench.to('arm'), bench.network);
    assert.deepEqual(config['config'], {});
    assertSameTree(await treeOf(bench.to('arm')), expectedListing([...entries, file('linux/arm64')]));
  });

  void test('cannot make a layer of a tree that does not tell everything', async (t) => {
    const bench = await mergeBench(t);
    const find = `find:${bench.tar('listing', Buffer.from(listing(listedRoot + record('f')), 'latin1'))}`;
    const error = await failure('FACTS_UNKNOWN', bench.merge([bench.image('base', base), find], bench.to('new')));
    assert.ok(error.data.facts.includes('the content of files'));
  });

  void test('cannot make a layer of a Windows image', async (t) => {
    const bench = await mergeBench(t);
    const windows = bench.image('windows', imageOf([layerOf([file('Files/x')])], { platform: 'windows/amd64' }));
    await failure('HOST_UNSUPPORTED', bench.merge([windows, `tar:${bench.tar('flat.tar', entries)}`], bench.to('new')));
  });
});

void suite('merging where nothing may be replaced', () => {
  void test('lists what a tree would change or remove, and writes nothing', async (t) => {
    const bench = await mergeBench(t);
    const inputs = [
      bench.image('base', base),
      bench.layers('harmless', [directory('d/'), file('d/y'), whiteout('nothing')]),
      `layer:${bench.tar('bad.tar', [file('a', '2'), directory('d/'), whiteout('d/x'), file('d/z')])}`,
    ];
    const to = bench.to('new', 'elsewhere');
    const error = await failure('CONFLICTS_REFUSED', bench.merge(inputs, to, { onConflict: 'error' }));
    assert.deepEqual(error.data, { paths: ['a', 'd/x'], by: inputs[2] });
    assert.ok(!fs.existsSync(path.join(bench.directory, 'elsewhere')));
    const { blobs } = await bench.merge(inputs.slice(0, 2), to, { onConflict: 'error' });
    assert.equal(blobs.copied + blobs.shared, 4);
  });

  void test('lets a tree say the same again, and reads content where only that can differ', async (t) => {
    const bench = await mergeBench(t);
    const one = bench.layers('one', [
      file('same', 'text'),
      file('other', '1234'),
      file('linked'),
      hardlink('name', 'linked'),
    ]);
    const again = `tar:${bench.tar('again.tar', [file('same', 'text')])}`;
    await bench.merge([one, one, again], bench.to('new'), { onConflict: 'error' });
    const differing = bench.layers('two', [file('same', 'text'), file('other', '4321')]);
    const error = await failure(
      'CONFLICTS_REFUSED',
      bench.merge([one, differing], bench.to('x'), { onConflict: 'error' }),
    );
    assert.deepEqual(error.data.paths, ['other']);
    const unlinking = bench.layers('three', [file('name')]);
    await failure('CONFLICTS_REFUSED', bench.merge([one, unlinking], bench.to('x'), { onConflict: 'error' }));
  });

  void test('lets the layers of one image replace each other', async (t) => {
    const bench = await mergeBench(t);
    const chain = bench.layers('chain', [file('f', '1')], [whiteout('f')], [directory('f/'), file('f/x')]);
    await bench.merge([bench.image('base', base), chain], bench.to('new'), { onConflict: 'error' });
    assertSameTree(await treeOf(bench.to('new')), expectedListing([...merged, directory('f/'), file('f/x')]));
  });

  void test('finds the parent that is something else', async (t) => {
    const bench = await mergeBench(t);
    const usr = bench.layers('usr', [
      directory('usr/'),
      directory('usr/bin/'),
      symlink('bin', 'usr/bin'),
      file('usr/bin/sh'),
    ]);
    const tmate = bench.layers('tmate', [directory('bin/'), file('bin/tmate')]);
    const error = await failure('CONFLICTS_REFUSED', bench.merge([usr, tmate], bench.to('x'), { onConflict: 'error' }));
    assert.deepEqual(error.data.paths, ['bin']);
  });
});

void suite('merging from anywhere to anywhere', () => {
  for (const from of transports) {
    for (const to of transports) {
      void test(`goes from ${from} to ${to}`, async (t) => {
        const bench = await mergeBench(t);
        const source = seed(bench, from, base);
        const target = referenceTo(bench, to, 'target');
        const layer = `layer:${bench.tar('changes.tar.gz', gzipSync(tarOf([whiteout('a'), file('c')])))}`;
        await bench.merge([source, bench.image('tools', tools), layer], target);
        assertSameTree(
          await listed(bench, target),
          expectedListing([root, file('b', '1'), ...withTools.slice(3), file('c')]),
        );
      });
    }
  }

  void test('takes layouts on the same file system over without copying, whatever is there first', async (t) => {
    const bench = await mergeBench(t);
    const inputs = [bench.image('base', base, 'one'), bench.image('tools', tools, 'two')];
    const before = blobFacts(bench, 'one');
    const { images, blobs } = await bench.merge(inputs, bench.to('both', 'three'));
    assert.deepEqual([blobs.shared, blobs.copied], [3, 1]);
    for (const { outcome } of images[0]?.layers ?? []) assert.ok(outcome === 'linked' || outcome === 'cloned');
    assertUntouched(before, blobFacts(bench, 'one'));
    const digest = base.layers[0]?.digest.slice(7) ?? '';
    const isLinked = blobFacts(bench, 'three').get(digest) === before.get(digest);
    assert.equal(isLinked, images[0]?.layers[0]?.outcome === 'linked');
    fs.rmSync(path.join(bench.directory, 'one'), { recursive: true });
    assertSameTree(await treeOf(bench.to('both', 'three')), expectedListing(withTools));
  });

  void test('takes over nothing that is not what it is called', async (t) => {
    const bench = await mergeBench(t);
    const inputs = [bench.image('base', base, 'one'), bench.image('tools', tools, 'two')];
    const [layer] = base.layers;
    const damaged = path.join(bench.directory, 'one/blobs/sha256', layer?.digest.slice(7) ?? '');
    fs.writeFileSync(damaged, Buffer.alloc(layer?.size ?? 0));
    await failure('DIGEST_MISMATCH', bench.merge(inputs, bench.to('both', 'three')));
    assert.ok(!blobFacts(bench, 'three').has(layer?.digest.slice(7) ?? ''));
    await failure('IMAGE_NOT_FOUND', treeOf(bench.to('both', 'three')));
  });

  void test('tells what goes on, and stops when it is told to', async (t) => {
    const bench = await mergeBench(t);
    const inputs = [bench.image('base', base), bench.image('tools', tools)];
    const events: EngineEvent[] = [];
    await bench.merge(inputs, bench.to('both'), { onEvent: (event) => events.push(event) });
    assert.ok(events.some(({ kind }) => kind === 'blob-done'));
    const stopped = bench.merge(inputs, bench.to('again'), { signal: AbortSignal.abort(new Error('enough')) });
    await assert.rejects(stopped, /enough/);
    await failure('IMAGE_NOT_FOUND', treeOf(bench.to('again')));
  });
});

void suite('what a merge is refused for', () => {
  void test('is what there is not', async (t) => {
    const bench = await mergeBench(t);
    const here = bench.image('base', base);
    await failure('IMAGE_NOT_FOUND', bench.merge([here, bench.to('none')], bench.to('x')));
    await failure('IMAGE_NOT_FOUND', bench.merge([here, './none/such'], bench.to('x')));
    await failure('REFERENCE_INVALID', bench.merge([here, 'layer:'], bench.to('x')));
    await failure('USAGE', bench.merge([here], bench.to('x'), { created: 'yesterday' }));
  });
});

async function listed(bench: Awaited<ReturnType<typeof mergeBench>>, reference: string) {
  await bench.copy(reference, bench.to('copied', 'copies'));
  return await treeOf(bench.to('copied', 'copies'));
}
