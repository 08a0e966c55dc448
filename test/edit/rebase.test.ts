import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import {
  type BuiltImage,
  type BuiltLayer,
  dockerArchiveOf,
  file,
  hardlink,
  imageOf,
  indexOf,
  layerOf,
  ociArchiveOf,
  whiteout,
  writeLayout,
} from '../../src/testing/index.ts';
import { anyStack } from '../tree/any-stack.ts';
import {
  type Bench,
  bench,
  document,
  failsWith,
  history,
  type Json,
  outcome,
  referenceTo,
  runtime,
  seed,
  shown,
  transports,
} from './images.ts';

const oldLayer = layerOf([file('bin/sh', 'old'), hardlink('bin/ash', 'bin/sh')]);
const newLayers = [layerOf([file('bin/sh', 'new'), hardlink('bin/ash', 'bin/sh')]), layerOf([file('fix', '1')])];
const app = layerOf([file('app', '1'), hardlink('bin/app', 'app'), whiteout('bin/ash')]);
const oldBase = imageOf([oldLayer], { history: steps('old'), config: { Env: ['OLD=1'] } });
const newBase = imageOf(newLayers, { history: steps('new 1', '-new env', 'new 2'), config: { Env: ['NEW=1'] } });
const built = imageOf([oldLayer, app], { history: steps('old', '-env', 'app'), config: { Env: ['OLD=1', 'APP=1'] } });
const nameKey = 'org.opencontainers.image.base.name';
const digestKey = 'org.opencontainers.image.base.digest';

/** Those with a dash made no layer. */
function steps(...lines: readonly string[]): Json[] {
  return lines.map((line) => ({ created_by: line, ...(line.startsWith('-') ? { empty_layer: true } : {}) }));
}

function layout(all: Bench, images: Readonly<Record<string, BuiltImage>>): (name: string) => string {
  writeLayout(join(all.directory, 'bases'), images);
  return (name) => `oci:${all.directory}/bases:${name}`;
}

function digests(layers: readonly { readonly digest: string }[]): string[] {
  return layers.map(({ digest }) => digest);
}

void describe('rebase', () => {
  for (const from of transports) {
    for (const to of transports) {
      void it(`takes the image from ${from}, its bases from ${to}, and writes there`, async (t) => {
        const all = await bench(t);
        const bases = { oldBase: placed(all, to, 'old', oldBase), newBase: placed(all, to, 'new', newBase) };
        const target = referenceTo(all, to, 'rebased');
        const result = await all.rebase(seed(all, from, built), target, bases);
        const after = await shown(target, all.network);
        assert.equal(after.digest, result.digest);
        assert.deepEqual(digests(after.layers), digests([...newLayers, app]));
        assert.deepEqual(
          result.images[0]?.layers.map(({ origin }) => origin),
          ['base', 'base', 'kept'],
        );
        assert.deepEqual(runtime(after)['Env'], ['OLD=1', 'APP=1']);
        assert.deepEqual(history(after), steps('new 1', '-new env', 'new 2', '-env', 'app'));
      });
    }
  }

  void it('finds the bases in the annotations, and follows them from then on', async (t) => {
    const all = await bench(t);
    all.registry.seed('base', 'v1', oldBase);
    const source = placed(
      all,
      'registry',
      'app',
      imageOf([oldLayer, app], {
        manifestDocument: { annotations: { [nameKey]: `${all.registry.host}/base:v1`, [digestKey]: oldBase.digest } },
      }),
    );
    all.registry.seed('base', 'v1', newBase);
    const { blobs } = await all.rebase(source, source, {});
    const after = await shown(source, all.network);
    assert.deepEqual(digests(after.layers), digests([...newLayers, app]));
    assert.deepEqual(after.manifest['annotations'], {
      [nameKey]: `${all.registry.host}/base:v1`,
      [digestKey]: newBase.digest,
    });
    assert.deepEqual([blobs.mounted, blobs.copied], [2, 1]);
    const again = await all.rebase(source, all.to('again'), {});
    assert.equal(again.digest, after.digest);
  });

  void it('comes back to the same image when it goes back to the old base', async (t) => {
    const all = await bench(t);
    all.registry.seed('base', 'v1', newBase);
    all.registry.seed('base', 'v0', oldBase);
    const [v0, v1] = [`${all.registry.host}/base:v0`, `${all.registry.host}/base:v1`];
    const first = await all.rebase(seed(all, 'oci', built), all.to('first'), { oldBase: v0, newBase: v0 });
    await all.rebase(all.to('first'), all.to('there'), { newBase: v1 });
    const back = await all.rebase(all.to('there'), all.to('back'), { newBase: v0 });
    assert.equal(back.digest, first.digest);
  });

  void it('knows a base whose layers were compressed again by their DiffIDs', async (t) => {
    const all = await bench(t);
    const again = imageOf([layerOf(oldLayer.tar, { compression: 'zstd' })]);
    const at = layout(all, { old: again, new: newBase });
    await all.rebase(seed(all, 'oci', built), all.to('rebased'), { oldBase: at('old'), newBase: at('new') });
    assert.deepEqual(digests((await shown(all.to('rebased'), all.network)).layers), digests([...newLayers, app]));
  });

  void it('refuses a base that is none, and one that is not known', async (t) => {
    const all = await bench(t);
    const at = layout(all, { old: imageOf([app]), deep: imageOf([oldLayer, app, app]), new: newBase });
    const source = seed(all, 'oci', built);
    await failsWith('BASE_MISMATCH', all.rebase(source, all.to('no'), { oldBase: at('old'), newBase: at('new') }));
    await failsWith('BASE_MISMATCH', all.rebase(source, all.to('no'), { oldBase: at('deep'), newBase: at('new') }));
    await failsWith('BASE_UNKNOWN', all.rebase(source, all.to('no'), { newBase: at('new') }));
    await failsWith('BASE_UNKNOWN', all.rebase(source, all.to('no'), { oldBase: at('old') }));
    const arm = layout(all, { old: oldBase, arm: imageOf(newLayers, { platform: 'linux/arm64' }) });
    const other = { oldBase: arm('old'), newBase: arm('arm') };
    await failsWith('PLATFORM_NOT_FOUND', all.rebase(source, all.to('no'), other));
  });

  void it('gives layers the media types of the image, whatever those of the base are', async (t) => {
    const all = await bench(t);
    const dockerLayer = { mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip' };
    const ociApp = imageOf([oldLayer, app]);
    const dockerBase = imageOf([layerOf([file('d', '1')], dockerLayer)], { format: 'docker' });
    const at = layout(all, { old: oldBase, new: dockerBase, app: ociApp });
    const bases = { oldBase: at('old'), newBase: at('new') };
    const { notes } = await all.rebase(at('app'), all.to('oci'), bases);
    const oci = await shown(all.to('oci'), all.network);
    assert.deepEqual(new Set(oci.layers.map(({ mediaType }) => mediaType)), new Set([app.mediaType]));
    assert.deepEqual(notes, [{ code: 'MEDIA_TYPES_ADAPTED', detail: '1' }]);

    const dockerApp = imageOf([oldLayer, layerOf(app.tar, dockerLayer)], { format: 'docker' });
    const zstdBase = imageOf([layerOf([file('z', '1')], { compression: 'zstd' })]);
    const back = layout(all, { old: oldBase, new: zstdBase, app: dockerApp });
    const other = await all.rebase(back('app'), all.to('docker'), { oldBase: back('old'), newBase: back('new') });
    const docker = await shown(all.to('docker'), all.network);
    assert.deepEqual(
      docker.layers.map(({ mediaType }) => mediaType),
      ['application/vnd.docker.image.rootfs.diff.tar.zstd', dockerLayer.mediaType],
    );
    assert.deepEqual(
      other.notes.map(({ code }) => code),
      ['MEDIA_TYPES_ADAPTED', 'ZSTD_OF_DOCKER'],
    );
    assert.equal(docker.manifest['annotations'], undefined);
  });

  for (const [what, { own, old, fresh, wanted }] of Object.entries({
    'that begins with that of the base': {
      own: steps('old', '-old env', 'app'),
      old: steps('old', '-old env'),
      fresh: steps('new 1', 'new 2'),
      wanted: steps('new 1', 'new 2', 'app'),
    },
    'that tells the base in other words': {
      own: steps('-args', 'other', '-env', 'app'),
      old: steps('old'),
      fresh: steps('new 1', 'new 2'),
      wanted: steps('new 1', 'new 2', '-env', 'app'),
    },
    'where the new base has none': {
      own: steps('old', 'app'),
      old: steps('old'),
      fresh: [],
      wanted: [
        { created: '2023-11-14T22:13:20Z', created_by: '', comment: 'a layer of the base' },
        { created: '2023-11-14T22:13:20Z', created_by: '', comment: 'a layer of the base' },
        { created_by: 'app' },
      ],
    },
    'where the image has none': { own: [], old: steps('old'), fresh: steps('new 1', 'new 2'), wanted: [] },
    'that does not match': { own: steps('all'), old: steps('old'), fresh: steps('new 1', 'new 2'), wanted: [] },
  })) {
    void it(`splices a history ${what}`, async (t) => {
      const all = await bench(t);
      const image = (layers: readonly BuiltLayer[], lines: readonly Json[]): BuiltImage =>
        imageOf(layers, { history: lines });
      const at = layout(all, {
        app: image([oldLayer, app], own),
        old: image([oldLayer], old),
        new: image(newLayers, fresh),
      });
      await all.rebase(at('app'), all.to('rebased'), { oldBase: at('old'), newBase: at('new') });
      assert.deepEqual(history(await shown(all.to('rebased'), all.network)), wanted);
    });
  }

  void it('goes from nothing to a base, and back', async (t) => {
    const all = await bench(t);
    const at = layout(all, { new: newBase });
    const alone = seed(all, 'oci', imageOf([app]));
    const onBase = await all.rebase(alone, all.to('on'), { oldBase: 'scratch', newBase: at('new') });
    assert.deepEqual(digests(onBase.images[0]?.layers ?? []), digests([...newLayers, app]));
    const off = await all.rebase(all.to('on'), all.to('off'), { oldBase: at('new'), newBase: 'scratch' });
    assert.deepEqual(digests(off.images[0]?.layers ?? []), digests([app]));
    assert.deepEqual((await shown(all.to('off'), all.network)).manifest['annotations'], {});
  });

  void it('gives every image of an index the base of its platform', async (t) => {
    const all = await bench(t);
    const arm = { platform: 'linux/arm64' };
    const [armOld, armNew] = [layerOf([file('arm', 'old')]), layerOf([file('arm', 'new')])];
    all.registry.seed('base', 'old', indexOf([oldBase, imageOf([armOld], arm)]));
    const bases = indexOf([newBase, imageOf([armNew], arm)]);
    all.registry.seed('base', 'new', bases);
    const index = indexOf([built, imageOf([armOld, app], arm)], { annotations: { [digestKey]: 'sha256:old' } });
    writeLayout(join(all.directory, 'index'), { v1: index });
    const names = { oldBase: `${all.registry.host}/base:old`, newBase: `${all.registry.host}/base:new` };
    const { images } = await all.rebase(`oci:${all.directory}/index:v1`, all.to('index'), { ...names, all: true });
    assert.deepEqual(
      images.map(({ layers }) => digests(layers)),
      [digests([...newLayers, app]), digests([armNew, app])],
    );
    assert.deepEqual((await document(all.to('index'), all.network))['annotations'], {
      [digestKey]: bases.digest,
      [nameKey]: `${all.registry.host}/base:new`,
    });
    const image = await shown(all.to('index'), all.network, 'linux/arm64');
    assert.equal((image.manifest['annotations'] as Json)[digestKey], bases.members[1]?.digest);
  });

  void it('lays the layers of the image over the tree of the new base, whatever they are', async (t) => {
    const all = await bench(t);
    let taken = 0;
    const stack = anyStack({ privileged: true, maxLayers: 3, maxEntries: 5 });
    await fc.assert(
      fc.asyncProperty(stack, stack, stack, async (before, after, own) => {
        const [old, fresh, above] = [before, after, own].map((layers) => layers.map((layer) => layerOf(layer)));
        if (old === undefined || fresh === undefined || above === undefined) return;
        const at = layout(all, {
          app: imageOf([...old, ...above]),
          old: imageOf(old),
          new: imageOf(fresh),
          wanted: imageOf([...fresh, ...above]),
        });
        await all.rebase(at('app'), all.to('rebased'), { oldBase: at('old'), newBase: at('new') });
        const [found, wanted] = [await outcome(all.to('rebased')), await outcome(at('wanted'))];
        if (Buffer.isBuffer(wanted)) taken++;
        assert.deepEqual(found, wanted);
      }),
      { numRuns: 25 },
    );
    assert.ok(taken > 0);
  });
});

function placed(all: Bench, transport: (typeof transports)[number], name: string, image: BuiltImage): string {
  const reference = referenceTo(all, transport, name);
  if (transport === 'registry') all.registry.seed(name, 'v1', image);
  else if (transport === 'oci') writeLayout(join(all.directory, `${name}.oci`), { v1: image });
  else if (transport === 'oci-archive')
    fs.writeFileSync(join(all.directory, `${name}.oci-archive`), ociArchiveOf({ v1: image }));
  else
    fs.writeFileSync(join(all.directory, `${name}.tar`), dockerArchiveOf({ [`${name}:v1`]: image }, { form: 'new' }));
  return reference;
}
