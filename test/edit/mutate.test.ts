import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { file, imageOf, indexOf, layerOf, ociArchiveOf, writeLayout } from '../../src/testing/index.ts';
import {
  assertKeys,
  assertNames,
  attested,
  bench,
  document,
  exported,
  failsWith,
  history,
  type Json,
  referenceTo,
  runtime,
  seed,
  shown,
  transports,
} from './images.ts';

const base = layerOf([file('a', 'a')]);
const top = layerOf([file('b', 'b')], { compression: 'zstd' });
const one = imageOf([base, top], {
  config: { Cmd: ['/old'], Env: ['PATH=/bin', 'DEBUG=1', 'X=y=z'], Labels: { a: '1', b: '2' }, Unknown: [1] },
});
const docker = imageOf([base], { format: 'docker' });
const arm = imageOf([base], { platform: 'linux/arm64/v8' });

void describe('mutate', () => {
  for (const from of transports) {
    for (const to of transports) {
      void it(`sets a label and keeps the layers from ${from} to ${to}`, async (t) => {
        const all = await bench(t);
        const source = seed(all, from, docker);
        const destination = referenceTo(all, to, 'mutated');
        const result = await all.mutate(source, destination, { labels: { team: 'x' } });
        await assertNames(all, destination, result.digest);
        const after = await shown(destination, all.network);
        assert.deepEqual(runtime(after)['Labels'], { team: 'x' });
        assert.deepEqual(
          after.layers.map(({ digest }) => digest),
          [base.digest],
        );
        assert.equal(after.manifest['mediaType'], docker.mediaType);
        assert.deepEqual(result.images[0]?.layers, [
          { digest: base.digest, size: base.size, mediaType: base.mediaType, diffId: base.diffId, origin: 'kept' },
        ]);
      });
    }
  }

  void it('compresses layers anew where that is asked for, and keeps what they hold', async (t) => {
    const all = await bench(t);
    const source = seed(all, 'oci', one);
    const { images } = await all.mutate(source, all.to('zstd'), { compression: 'zstd' });
    assert.deepEqual(
      images[0]?.layers.map(({ origin, mediaType, diffId }) => [origin, mediaType.split('+')[1], diffId]),
      [
        ['written', 'zstd', base.diffId],
        ['kept', 'zstd', top.diffId],
      ],
    );
    assert.deepEqual(await exported(all.to('zstd')), await exported(source));
    assert.deepEqual(history(await shown(all.to('zstd'), all.network)), history(await shown(source, all.network)));
    const again = await all.mutate(all.to('zstd'), all.to('zstd'), { compression: 'zstd' });
    assert.equal(again.digest, again.sourceDigest);
    const plain = await all.mutate(all.to('zstd'), all.to('plain'), { compression: 'none' });
    assert.deepEqual(
      plain.images[0]?.layers.map(({ digest, diffId }) => [digest, diffId]),
      [base.diffId, top.diffId].map((diffId) => [diffId, diffId]),
    );
    const index = all.to('index');
    writeLayout(join(all.directory, 'both'), { v1: indexOf([docker, arm]) });
    const both = await all.mutate(`oci:${all.directory}/both:v1`, index, {
      all: true,
      compressionLevel: 9,
      compression: 'zstd',
    });
    assert.deepEqual(
      both.notes.map(({ code }) => code),
      ['ZSTD_OF_DOCKER'],
    );
    assert.deepEqual(
      both.images.map(({ layers }) => layers[0]?.mediaType),
      ['application/vnd.docker.image.rootfs.diff.tar.zstd', 'application/vnd.oci.image.layer.v1.tar+zstd'],
    );
    await failsWith('USAGE', all.mutate(source, all.to('bad'), { compressionLevel: 19 }));
  });

  void it('changes everything that is asked for, and says so in the history', async (t) => {
    const all = await bench(t);
    const source = seed(all, 'oci', one);
    await all.mutate(source, all.to('all'), {
      labels: { c: '3', a: 'new' },
      unsetLabels: ['b', 'absent'],
      env: { X: '', Y: 'z' },
      unsetEnv: ['DEBUG'],
      entrypoint: ['/bin/sh', '-c'],
      cmd: ['a b'],
      user: '1:2',
      workdir: '/srv',
      stopSignal: 'SIGINT',
      ports: ['80', '53/UDP'],
      volumes: ['/data'],
      setPlatform: 'linux/arm/v6',
      created: '2020-01-01T00:00:00Z',
    });
    const after = await shown(all.to('all'), all.network);
    assert.deepEqual(runtime(after), {
      Cmd: ['a b'],
      Env: ['PATH=/bin', 'X=', 'Y=z'],
      Labels: { a: 'new', c: '3' },
      Unknown: [1],
      Entrypoint: ['/bin/sh', '-c'],
      User: '1:2',
      WorkingDir: '/srv',
      StopSignal: 'SIGINT',
      ExposedPorts: { '80/tcp': {}, '53/udp': {} },
      Volumes: { '/data': {} },
    });
    const { architecture, variant, created } = after.config;
    assert.deepEqual([architecture, variant, created], ['arm', 'v6', '2020-01-01T00:00:00Z']);
    assert.deepEqual(history(after).slice(2), [
      {
        created: '2020-01-01T00:00:00Z',
        created_by: `holdfast mutate --unset-label b --unset-label absent --label c=3 --label a=new --unset-env DEBUG --env X= --env Y=z --entrypoint '["/bin/sh","-c"]' --cmd '["a b"]' --user 1:2 --workdir /srv --port 80 --port 53/UDP --volume /data --stop-signal SIGINT --set-platform linux/arm/v6`,
        empty_layer: true,
      },
    ]);
    assert.deepEqual(
      after.layers.map(({ digest }) => digest),
      [base.digest, top.digest],
    );
  });

  void it('takes back what it set, and empties what is set to nothing', async (t) => {
    const all = await bench(t);
    const source = seed(all, 'oci', one);
    await all.mutate(source, all.to('set'), { ports: ['80'], volumes: ['/data'], user: 'me', annotations: { x: 'y' } });
    await all.mutate(all.to('set'), all.to('unset'), {
      unsetPorts: ['80/tcp'],
      unsetVolumes: ['/data'],
      user: '',
      cmd: [],
      unsetAnnotations: ['x'],
    });
    const after = await shown(all.to('unset'), all.network);
    const { ExposedPorts, Volumes, User, Cmd } = runtime(after);
    assert.deepEqual([ExposedPorts, Volumes, User, Cmd], [{}, {}, undefined, undefined]);
    assert.deepEqual(after.manifest['annotations'], {});
  });

  void it('drops the command with a new entrypoint, for it was made for the old one', async (t) => {
    const all = await bench(t);
    await all.mutate(seed(all, 'oci', one), all.to('entry'), { entrypoint: ['/new'] });
    const after = runtime(await shown(all.to('entry'), all.network));
    assert.deepEqual([after['Entrypoint'], after['Cmd']], [['/new'], undefined]);
  });

  void it('leaves an image that says it all already as it is', async (t) => {
    const all = await bench(t);
    const source = seed(all, 'oci', one);
    const options = {
      labels: { a: '1' },
      unsetEnv: ['NONE'],
      env: { X: 'y=z' },
      cmd: ['/old'],
      workdir: '',
      ports: [],
    };
    const result = await all.mutate(source, all.to('same'), options);
    assert.equal(result.digest, one.digest);
    const again = { labels: { z: '1' }, entrypoint: ['/x'], annotations: { n: '1' }, created: '2021-01-01T00:00:00Z' };
    const first = await all.mutate(source, all.to('first'), again);
    const second = await all.mutate(all.to('first'), all.to('second'), again);
    assert.notEqual(first.digest, one.digest);
    assert.equal(second.digest, first.digest);
  });

  void it('makes the same image of the same image, and keeps the time', async (t) => {
    const all = await bench(t);
    const source = seed(all, 'oci', one);
    const [a, b] = [
      await all.mutate(source, all.to('a'), { labels: { z: '1' } }),
      await all.mutate(source, all.to('b'), { labels: { z: '1' } }),
    ];
    assert.equal(a.digest, b.digest);
    const after = await shown(all.to('a'), all.network);
    assert.equal(after.config['created'], '2023-11-14T22:13:20Z');
    assert.equal(history(after).at(-1)?.['created'], '2023-11-14T22:13:20Z');
  });

  void it('keeps unknown fields, their order, odd numbers and the indentation', async (t) => {
    const all = await bench(t);
    const config =
      '{\n   "zeta": 12345678901234567890,\n   "os": "linux",\n   "config": null,\n   "architecture": "amd64",\n   "rootfs": {"diff_ids": ["' +
      base.diffId +
      '"], "type": "layers", "x": 1.0},\n   "__proto__": {"a": 1e2}\n}\n';
    const image = withConfig(config);
    const source = seed(all, 'oci', image);
    assert.equal((await all.mutate(source, all.to('nothing'), {})).digest, image.digest);
    await all.mutate(source, all.to('label'), { labels: { b: 'y' } });
    const after = await shown(all.to('label'), all.network);
    assertKeys(after.config, ['zeta', 'os', 'config', 'architecture', 'rootfs', '__proto__']);
    const directory = join(all.directory, 'label.oci');
    const digest = (after.manifest['config'] as Json)['digest'] as string;
    const text = fs.readFileSync(join(directory, 'blobs/sha256', digest.slice(7)), 'utf8');
    assert.match(text, /^\{\n {3}"zeta": 12345678901234567890,\n {3}"os": "linux",\n {3}"config": \{\n {6}"Labels"/);
    assert.match(text, /"x": 1\.0\n/);
    assert.match(text, /"a": 1e2\n/);
  });

  void it('gives a config without history none, for readers would miss the steps of its layers', async (t) => {
    const all = await bench(t);
    const bare = imageOf([base], { configDocument: { history: undefined } });
    await all.mutate(seed(all, 'oci', bare), all.to('bare'), { labels: { a: 'b' } });
    assert.deepEqual(history(await shown(all.to('bare'), all.network)), []);
  });

  void it('gives the name it read from another image, and other names stay', async (t) => {
    const all = await bench(t);
    for (const transport of ['oci', 'oci-archive', 'docker-archive'] as const) {
      const source = seed(all, transport, docker);
      const { digest } = await all.mutate(source, source, { labels: { a: 'b' } });
      await assertNames(all, source, digest);
    }
    writeLayout(join(all.directory, 'many'), { one, docker });
    const at = (name: string) => `oci:${all.directory}/many:${name}`;
    await all.mutate(at('one'), at('one'), { labels: { a: 'b' } });
    await assertNames(all, at('docker'), docker.digest);
  });

  void it('writes the step of the history that it is told to', async (t) => {
    const all = await bench(t);
    await all.mutate(seed(all, 'oci', one), all.to('told'), { history: 'approved by me' });
    assert.equal(history(await shown(all.to('told'), all.network)).at(-1)?.['created_by'], 'approved by me');
  });

  void it('says that Docker manifests have no annotations of their own', async (t) => {
    const all = await bench(t);
    const { notes } = await all.mutate(seed(all, 'oci', docker), all.to('noted'), { annotations: { a: 'b' } });
    assert.deepEqual(notes, [{ code: 'ANNOTATIONS_OF_DOCKER' }]);
    assert.deepEqual((await shown(all.to('noted'), all.network)).manifest['annotations'], { a: 'b' });
  });

  void it('begins with scratch', async (t) => {
    const all = await bench(t);
    const options = { platforms: ['linux/arm64'], labels: { a: 'b' } };
    await all.mutate('scratch', all.to('scratch'), options);
    const after = await shown(all.to('scratch'), all.network);
    assert.deepEqual(after.layers, []);
    assert.deepEqual([after.config['os'], after.config['architecture']], ['linux', 'arm64']);
    assert.equal(history(after).length, 1);
  });

  for (const [what, options] of Object.entries({
    'a relative working directory': { workdir: 'srv' },
    'a relative volume': { volumes: ['data'] },
    'a port that is none': { ports: ['http'] },
    'a port that is too large': { ports: ['65536'] },
    'a signal that is none': { stopSignal: 'SIG INT' },
    'a variable without a name': { env: { '': 'x' } },
    'a variable with "=" in its name': { unsetEnv: ['A=B'] },
    'a label without a name': { labels: { '': 'x' } },
    'text that is not Unicode': { labels: { a: '\udcff' } },
    'a NUL': { cmd: ['a\0b'] },
    'a platform that is none': { setPlatform: 'linux' },
    'a time that is none': { created: 'yesterday' },
    'a time of no day': { created: '2020-13-01T00:00:00Z' },
  })) {
    void it(`refuses ${what}, and writes nothing`, async (t) => {
      const all = await bench(t);
      await failsWith('USAGE', all.mutate(seed(all, 'oci', one), all.to('refused'), options));
      assert.equal(fs.existsSync(join(all.directory, 'refused.oci')), false);
    });
  }
});

void describe('mutate, where it cannot', () => {
  void it('makes no config that nobody could read', async (t) => {
    const all = await bench(t);
    const labels = { big: 'x'.repeat(4 * 1024 * 1024) };
    await failsWith('LIMIT_EXCEEDED', all.mutate(seed(all, 'oci', one), all.to('big'), { labels }));
  });

  void it('refuses what is no image', async (t) => {
    const all = await bench(t);
    const chart = { mediaType: 'application/vnd.cncf.helm.config.v1+json', digest: one.configDigest, size: 2 };
    const artifact = imageOf([], { manifestDocument: { config: chart } });
    await failsWith('MEDIA_TYPE_UNSUPPORTED', all.mutate(seed(all, 'oci', artifact), all.to('no'), {}));
  });

  void it('leaves the name as it was when something is missing, and nothing else behind', async (t) => {
    const all = await bench(t);
    all.registry.seed('app', 'v1', one);
    const source = seed(all, 'oci', one);
    fs.rmSync(join(all.directory, 'source.oci/blobs/sha256', top.digest.slice(7)));
    const target = `${all.registry.host}/app:v1`;
    const temporary = privateTemporary(t, join(all.directory, 'tmp'));
    const other = imageOf([layerOf([file('other', '1')])]);
    all.registry.seed('app', 'v1', other);
    await failsWith('BLOB_MISSING', all.flatten(source, target));
    await assertNames(all, target, other.digest);
    assert.deepEqual(fs.readdirSync(temporary), []);
  });

  void it('stops when it is told to', async (t) => {
    const all = await bench(t);
    const source = seed(all, 'oci', one);
    const signal = AbortSignal.abort(new Error('enough'));
    for (const run of [
      all.mutate(source, all.to('a'), { signal }),
      all.flatten(source, all.to('b'), { signal }),
      all.append(source, all.to('c'), { layerPaths: ['/dev/null'], signal }),
      all.rebase(source, all.to('d'), { oldBase: 'scratch', newBase: 'scratch', signal }),
    ]) {
      await assert.rejects(run, /enough/);
    }
  });

  void it('edits part of an index of which another part is not here, but does not copy it', async (t) => {
    const all = await bench(t);
    const index = indexOf([one, arm]);
    writeLayout(join(all.directory, 'sparse'), { v1: index });
    fs.rmSync(join(all.directory, 'sparse/blobs/sha256', arm.digest.slice(7)));
    const options = { all: true, platforms: ['linux/amd64'], labels: { x: 'y' } };
    await failsWith('BLOB_MISSING', all.mutate(`oci:${all.directory}/sparse:v1`, all.to('sparse'), options));
  });
});

void describe('mutate of an index', () => {
  const both = indexOf([imageOf([base]), arm], { annotations: { kept: 'yes' }, unknown: { x: 1 } });

  void it('edits every image, and keeps the index around them', async (t) => {
    const all = await bench(t);
    all.registry.seed('app', 'v1', both);
    const source = `${all.registry.host}/app:v1`;
    const options = { all: true, labels: { a: 'b' }, annotations: { source: 'git' } };
    const result = await all.mutate(source, all.to('whole'), options);
    assert.deepEqual(
      result.images.map(({ platform }) => platform),
      ['linux/amd64', 'linux/arm64'],
    );
    const index = await document(all.to('whole'), all.network);
    assertKeys(index, ['schemaVersion', 'mediaType', 'manifests', 'annotations', 'unknown']);
    assert.deepEqual(index['annotations'], { kept: 'yes', source: 'git' });
    const entries = index['manifests'] as Json[];
    assert.deepEqual(
      entries.map((entry) => entry['platform']),
      [
        { architecture: 'amd64', os: 'linux' },
        { architecture: 'arm64', os: 'linux', variant: 'v8' },
      ],
    );
    for (const platform of ['linux/amd64', 'linux/arm64']) {
      const image = await shown(all.to('whole'), all.network, platform);
      assert.deepEqual(runtime(image)['Labels'], { a: 'b' });
      assert.deepEqual(image.manifest['annotations'], { source: 'git' });
    }
    const [first] = result.images;
    assert.equal(first?.sourceDigest, both.members[0]?.digest);
  });

  void it('edits one platform of it and leaves the others, or gives that one alone', async (t) => {
    const all = await bench(t);
    writeLayout(join(all.directory, 'index'), { v1: both });
    const source = `oci:${all.directory}/index:v1`;
    const options = { platforms: ['linux/arm64'], labels: { a: 'b' } };
    const whole = await all.mutate(source, all.to('part'), { ...options, all: true });
    assert.equal(whole.images.length, 1);
    const entries = (await document(all.to('part'), all.network))['manifests'] as Json[];
    assert.equal(entries[0]?.['digest'], both.members[0]?.digest);
    assert.equal(entries[1]?.['digest'], whole.images[0]?.digest);
    const alone = await all.mutate(source, all.to('alone'), options);
    assert.equal(alone.digest, whole.images[0]?.digest);
    await assertNames(all, all.to('alone'), alone.digest);
    const none = { all: true, platforms: ['linux/s390x'] };
    await failsWith('PLATFORM_NOT_FOUND', all.mutate(source, all.to('none'), none));
  });

  void it('tells the index about another platform, and refuses one for all', async (t) => {
    const all = await bench(t);
    writeLayout(join(all.directory, 'index'), { v1: both });
    const source = `oci:${all.directory}/index:v1`;
    const options = { all: true, platforms: ['linux/arm64'], setPlatform: 'linux/riscv64' };
    await all.mutate(source, all.to('riscv'), options);
    const entries = (await document(all.to('riscv'), all.network))['manifests'] as Json[];
    assert.deepEqual(entries[1]?.['platform'], { architecture: 'riscv64', os: 'linux' });
    await failsWith('USAGE', all.mutate(source, all.to('all'), { all: true, setPlatform: 'linux/riscv64' }));
  });

  void it('never replaces an index by one of its images unasked', async (t) => {
    const all = await bench(t);
    all.registry.seed('app', 'v1', both);
    const name = `${all.registry.host}/app:v1`;
    await failsWith('USAGE', all.mutate(name, `docker://${name}`, { labels: { a: 'b' } }));
    await assertNames(all, name, both.digest);
    const whole = await all.mutate(name, name, { all: true, labels: { a: 'b' } });
    await assertNames(all, name, whole.digest);
    const one = await all.mutate(name, name, { platforms: ['linux/amd64'] });
    await assertNames(all, name, one.digest);
  });

  void it('refuses to write one where only an image fits, before it does anything', async (t) => {
    const all = await bench(t);
    writeLayout(join(all.directory, 'index'), { v1: both });
    const target = referenceTo(all, 'docker-archive', 'target');
    await failsWith('USAGE', all.mutate(`oci:${all.directory}/index:v1`, target, { all: true, labels: { a: 'b' } }));
    assert.equal(fs.existsSync(join(all.directory, 'target.tar')), false);
  });

  void it('drops attestations of what changed, or keeps them about the new image', async (t) => {
    const all = await bench(t);
    const amd = imageOf([base]);
    const index = attested([amd, arm], amd);
    fs.writeFileSync(join(all.directory, 'a.tar'), ociArchiveOf({ v1: index }));
    const source = `oci-archive:${all.directory}/a.tar:v1`;
    const options = { all: true, labels: { a: 'b' } };
    const dropped = await all.mutate(source, all.to('dropped'), options);
    assert.deepEqual(dropped.notes, [{ code: 'ATTESTATIONS_DROPPED', detail: '1' }]);
    assert.equal(((await document(all.to('dropped'), all.network))['manifests'] as Json[]).length, 2);
    const kept = await all.mutate(source, all.to('kept'), { ...options, keepAttestations: true });
    assert.deepEqual(kept.notes, [{ code: 'ATTESTATIONS_STALE', detail: '1' }]);
    const entries = (await document(all.to('kept'), all.network))['manifests'] as Json[];
    assert.deepEqual(entries[2]?.['annotations'], {
      'vnd.docker.reference.digest': kept.images[0]?.digest,
      'vnd.docker.reference.type': 'attestation-manifest',
    });
    // Of an image that stayed as it was, the attestation still holds.
    const other = await all.mutate(source, all.to('other'), { ...options, platforms: ['linux/arm64'] });
    assert.deepEqual(other.notes, []);
    assert.equal(((await document(all.to('other'), all.network))['manifests'] as Json[]).length, 3);
    assert.equal((await all.mutate(source, all.to('same'), { all: true })).digest, index.digest);
  });

  void it('goes into indexes inside the index', async (t) => {
    const all = await bench(t);
    const nested = indexOf([indexOf([arm]), imageOf([base])]);
    writeLayout(join(all.directory, 'nested'), { v1: nested });
    const source = `oci:${all.directory}/nested:v1`;
    const result = await all.mutate(source, all.to('nested'), { all: true, labels: { a: 'b' } });
    assert.equal(result.images.length, 2);
    const image = await shown(all.to('nested'), all.network, 'linux/arm64');
    assert.deepEqual(runtime(image)['Labels'], { a: 'b' });
  });
});

function withConfig(config: string) {
  const bytes = Buffer.from(config);
  const built = imageOf([base]);
  const { createHash } = process.getBuiltinModule('node:crypto');
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}` as typeof built.configDigest;
  const image = imageOf([base], {
    manifestDocument: {
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: bytes.length },
    },
  });
  return { ...image, config: bytes, configDigest: digest };
}

/** Where temporary files of this test go. */
function privateTemporary(test: TestContext, directory: string): string {
  const before = process.env['TMPDIR'];
  fs.mkdirSync(directory);
  process.env['TMPDIR'] = directory;
  test.after(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
  return directory;
}
