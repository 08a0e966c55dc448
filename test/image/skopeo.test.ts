/** Layouts and archives as skopeo and umoci write them. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type Image, openImage, openReference } from '../../src/image/index.ts';
import { directory, file, hardlink, imageOf, indexOf, layerOf, writeLayout } from '../../src/testing/index.ts';
import { bytesAt, scratch, smallImage } from './scratch.ts';

const built = imageOf([
  layerOf([directory('a/'), file('a/b', 'x'), hardlink('a/c', 'a/b')]),
  layerOf([file('d', 'y')]),
  layerOf([file('d', 'y')]),
]);

const skip = (command: string): string | false =>
  spawnSync(command, ['--version']).status === 0 ? false : `${command} is not installed`;

interface Work {
  readonly path: string;
  /** Copies the built image to a transport. */
  readonly copy: (destination: string) => void;
}

function work(test: TestContext): Work {
  const path = scratch(test);
  writeLayout(join(path, 'source'), { v1: built });
  const policy = ['--insecure-policy', 'copy', '--quiet'];
  return {
    path,
    copy: (destination) => {
      execFileSync('skopeo', [...policy, `oci:${path}/source:v1`, destination], { stdio: 'pipe' });
    },
  };
}

async function plainLayers(image: Image): Promise<readonly Buffer[]> {
  return await Promise.all(image.layers.map(async (layer) => bytesAt(await layer.open())));
}

void describe('what skopeo writes', { skip: skip('skopeo') }, () => {
  void it('as an OCI layout is the image it was given', async (t) => {
    const { path, copy } = work(t);
    copy(`oci:${path}/out:some:tag`);
    await using image = await openImage(`oci:${path}/out:some:tag`);
    assert.equal(image.manifestDigest, built.digest);
    const stored = built.layers.map((layer) => layer.bytes);
    assert.deepEqual(await plainLayers(image), stored);
  });

  void it('as an OCI archive is the image it was given', async (t) => {
    const { path, copy } = work(t);
    copy(`oci-archive:${path}/out.tar:v2`);
    for (const tag of ['', ':v2']) {
      await using image = await openImage(`oci-archive:${path}/out.tar${tag}`);
      assert.equal(image.manifestDigest, built.digest);
    }
  });

  void it('as a docker archive has the same config and the layers uncompressed', async (t) => {
    const { path, copy } = work(t);
    copy(`docker-archive:${path}/out.tar:example.org/x:1`);
    for (const name of ['', ':example.org/x:1']) {
      await using image = await openImage(`docker-archive:${path}/out.tar${name}`);
      assert.equal(image.manifest.config.digest, built.configDigest);
      assert.deepEqual(
        await plainLayers(image),
        built.layers.map((layer) => layer.tar),
      );
    }
  });

  void it('agrees about the config and about what an index holds', async (t) => {
    const { path } = work(t);
    const index = indexOf([smallImage('a', 'linux/arm64'), smallImage('b', 'linux/amd64')]);
    writeLayout(join(path, 'index'), { x: index });
    const raw = execFileSync('skopeo', ['inspect', '--raw', `oci:${path}/index:x`]);
    assert.deepEqual(Buffer.from((await openReference(`oci:${path}/index:x`)).bytes), raw);
    for (const architecture of ['amd64', 'arm64']) {
      const choice = ['--override-os', 'linux', '--override-arch', architecture];
      const config = execFileSync('skopeo', [...choice, 'inspect', '--config', '--raw', `oci:${path}/index:x`]);
      await using image = await openImage(`oci:${path}/index:x`, { platform: `linux/${architecture}` });
      assert.deepEqual(Buffer.from(image.configBytes), config);
    }
  });
});

void describe('what umoci writes', { skip: skip('umoci') }, () => {
  void it('is read', async (t) => {
    const path = join(scratch(t), 'umoci');
    execFileSync('umoci', ['init', '--layout', path]);
    execFileSync('umoci', ['new', '--image', `${path}:empty`]);
    await using image = await openImage(`oci:${path}:empty`);
    assert.deepEqual(image.layers, []);
    assert.equal(image.platform.os, 'linux');
  });
});
