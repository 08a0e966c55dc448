/** What real Docker and podman make of what Holdfast gives them. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { HoldfastError } from '../../src/base/index.ts';
import { openDaemon } from '../../src/daemon/index.ts';
import { openDestination } from '../../src/destination/index.ts';
import { openImage } from '../../src/image/index.ts';
import { parseImageName, parseReference } from '../../src/oci/index.ts';
import { directory, file, hardlink, imageOf, layerOf, symlink } from '../../src/testing/index.ts';
import { bytesAt, failsWith } from '../image/scratch.ts';
import { collect } from '../daemon/scripted-daemon.ts';
import { contentOf, deliver, documentOf, layerWith, putBlobs, scratch } from './scratch.ts';
import { type DockerDaemon, isRoot, Podman, run, startDocker, whyMissing } from './tools.ts';

const compressions = ['gzip', 'none', 'zstd'] as const;
/** A program that needs no other file; Docker brings it along. */
const program = ['/usr/bin/docker-init', '/usr/bin/tini-static'].find((path) => fs.existsSync(path));

/** An image whose layers no other has. */
function imageOfItsOwn(name: string, compression: (typeof compressions)[number]) {
  const layers = ['lower', 'upper', 'lower'].map((layer) => layerWith(`${name}-${compression}-${layer}`, compression));
  return imageOf(layers, { config: { Labels: { made: 'for a test' } } });
}

void describe('Docker', { skip: !isRoot ? 'needs root' : whyMissing('docker', 'dockerd') }, () => {
  let data = '';
  let docker: DockerDaemon | undefined;
  const ask = (...args: readonly string[]): string => docker?.docker(...args) ?? '';
  const env = (): Record<string, string> => ({ DOCKER_HOST: docker?.address ?? '' });
  const idOf = (name: string): string => ask('image', 'inspect', '--format', '{{.Id}}', name);
  before(async () => {
    data = fs.mkdtempSync('/dev/shm/holdfast-docker-');
    docker = await startDocker(data);
  });
  after(async () => {
    await docker?.[Symbol.asyncDispose]();
    fs.rmSync(data, { recursive: true, force: true });
  });

  for (const compression of compressions) {
    void it(`loads a docker-archive with ${compression} layers`, async (t) => {
      const path = join(scratch(t), 'image.tar');
      const image = imageOfItsOwn('file', compression);
      await deliver(`docker-archive:${path}:example.org/app:${compression}`, image);
      assert.equal(ask('load', '--input', path), `Loaded image: example.org/app:${compression}`);
      assert.equal(idOf(`example.org/app:${compression}`), image.configDigest);
      const layers = ask(
        'image',
        'inspect',
        '--format',
        '{{join .RootFS.Layers " "}}',
        `example.org/app:${compression}`,
      );
      assert.equal(layers, image.layers.map(({ diffId }) => diffId).join(' '));
    });

    void it(`takes an image with ${compression} layers through its socket`, async () => {
      const image = imageOfItsOwn('socket', compression);
      const delivered = await deliver(`docker-daemon:socket/${compression}`, image, { env: env() });
      assert.equal(delivered.digest, image.configDigest);
      assert.match(delivered.changed ?? '', /keeps the ID/);
      assert.equal(idOf(`socket/${compression}:latest`), image.configDigest);
    });
  }

  void it('loads an image without a name, and one without layers', async (t) => {
    const path = join(scratch(t), 'image.tar');
    const image = imageOfItsOwn('nameless', 'gzip');
    await deliver(`docker-archive:${path}`, image);
    assert.equal(ask('load', '--input', path), `Loaded image ID: ${image.configDigest}`);
    const empty = imageOf([]);
    await deliver('docker-daemon:empty', empty, { env: env() });
    assert.equal(idOf('empty'), empty.configDigest);
  });

  void it('runs what it was given', { skip: program === undefined && 'no static program' }, async () => {
    const mode = { mode: 0o755 };
    const bytes = fs.readFileSync(program ?? '');
    const lower = [directory('bin/'), file('bin/program', bytes, mode), hardlink('linked', 'bin/program', mode)];
    const layers = [layerOf(lower, { compression: 'zstd' }), layerOf([symlink('run', 'linked')])];
    await deliver('docker-daemon:runs', imageOf(layers, { config: { Cmd: ['/run', '--version'] } }), { env: env() });
    assert.match(ask('run', '--rm', '--network', 'none', 'runs'), /^tini version/);
  });

  void it('gives an image back that has the same config and layers', async (t) => {
    const image = imageOfItsOwn('back', 'gzip');
    await deliver('docker-daemon:back:1', image, { env: env() });
    await using daemon = openDaemon(env());
    const path = join(scratch(t), 'saved.tar');
    fs.writeFileSync(path, await collect(daemon.saveImage(parseImageName('back:1'))));
    await using read = await openImage(`docker-archive:${path}:back:1`);
    assert.deepEqual(Buffer.from(read.configBytes), image.config);
    for (const [at, layer] of read.layers.entries()) {
      assert.deepEqual(bytesAt(await layer.open()), image.layers[at]?.tar);
    }
    await failsWith('IMAGE_NOT_FOUND', collect(daemon.saveImage(parseImageName('absent'))), /has no such image/);
    await failsWith('IMAGE_NOT_FOUND', daemon.imageId(parseImageName('absent')));
    assert.match((await daemon.version()).version, /^\d+\./);
  });

  void it('keeps nothing of what is given up, stopped or wrong', async () => {
    const image = imageOfItsOwn('given-up', 'gzip');
    const reference = parseReference('docker-daemon:given-up');
    {
      await using destination = await openDestination(reference, { env: env() });
      await putBlobs(destination, image);
    }
    {
      await using destination = await openDestination(reference, { env: env() });
      await putBlobs(destination, image);
      const controller = new AbortController();
      const reason = new HoldfastError('INTERRUPTED', { signal: 'SIGINT' });
      controller.abort(reason);
      await assert.rejects(destination.finish(documentOf(image), { signal: controller.signal }), reason);
    }
    {
      await using destination = await openDestination(reference, { env: env() });
      const [layer] = image.layers;
      assert.ok(layer);
      const wrong = Buffer.from(layer.bytes);
      wrong[50] = (wrong[50] ?? 0) ^ 1;
      await failsWith('DIGEST_MISMATCH', destination.putBlob(layer, contentOf(wrong)));
    }
    assert.equal(ask('images', '--all', '--quiet', 'given-up'), '');
    // It removes what it had unpacked when it notices that the connection is gone.
    const leftovers = (): readonly string[] => fs.readdirSync(join(data, 'data', 'tmp'));
    for (let attempt = 0; attempt < 100 && leftovers().length > 0; attempt++) await setTimeout(50);
    assert.deepEqual(leftovers(), []);
  });

  void it('says what is wrong with a layer that is not what the config says', async () => {
    const layer = layerWith('lie');
    const image = imageOf([layer], {
      configDocument: { rootfs: { type: 'layers', diff_ids: [layerWith('truth').diffId] } },
    });
    await failsWith('DAEMON_REFUSED', deliver('docker-daemon:lie', image, { env: env() }), /invalid diffID/);
  });
});

void describe('podman', { skip: !isRoot ? 'needs root' : whyMissing('podman') }, () => {
  for (const compression of compressions) {
    void it(`loads a docker-archive with ${compression} layers`, async (t) => {
      const work = scratch(t);
      const image = imageOfItsOwn('podman', compression);
      await deliver(`docker-archive:${work}/image.tar:example.org/app:1`, image);
      using podman = new Podman(work);
      assert.match(podman.run('load', '--input', `${work}/image.tar`), /example\.org\/app:1$/);
      const id = podman.run('image', 'inspect', '--format', '{{.Id}}', 'example.org/app:1');
      assert.equal(`sha256:${id}`, image.configDigest);
      const mounted = podman.run('image', 'mount', 'example.org/app:1');
      const name = `podman-${compression}-upper`;
      const inodes = run('stat', '--format', '%i', ...['a', 'b'].map((base) => join(mounted, name, base)));
      assert.equal(new Set(inodes.trim().split('\n')).size, 1, 'the hard link is one');
      podman.run('image', 'umount', 'example.org/app:1');
    });
  }

  void it('loads an image without a name', async (t) => {
    const work = scratch(t);
    const image = imageOfItsOwn('nameless', 'gzip');
    await deliver(`docker-archive:${work}/image.tar`, image);
    using podman = new Podman(work);
    assert.ok(podman.run('load', '--input', `${work}/image.tar`).endsWith(image.configDigest));
  });
});
