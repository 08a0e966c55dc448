import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openImage, openReference } from '../../src/image/index.ts';
import { file, hardlink, imageOf, indexOf, layerOf, whiteout, writeLayout } from '../../src/testing/index.ts';
import { validate } from '../../src/inspect/index.ts';
import { assertNames, failsWith, places, referenceTo, seed, transports } from './places.ts';

const base = layerOf([file('bin/git', 'git'), hardlink('bin/git-log', 'bin/git')]);
const top = layerOf([whiteout('bin/git'), file('big', Buffer.alloc(300_000, 'noise'))]);
const one = imageOf([base, top]);
const arm = imageOf([base], { platform: 'linux/arm64' });
const both = indexOf([one, arm]);

void describe('copy', () => {
  for (const from of transports) {
    for (const to of transports) {
      void it(`keeps an image as it is from ${from} to ${to}`, async (t) => {
        const all = await places(t);
        const source = seed(all, from, one);
        const { digest: sourceDigest } = await openReference(source, { network: all.network });
        const destination = referenceTo(all, to, 'copied');
        const result = await all.copy(source, destination);
        assert.equal(result.digest, sourceDigest);
        assert.equal(result.changed, undefined);
        await assertNames(all, destination, sourceDigest);
        const { images } = await validate(destination, { network: all.network });
        assert.deepEqual(
          images[0]?.layers.map(({ diffId }) => diffId),
          [base.diffId, top.diffId],
        );
      });
    }
  }

  void it('copies the image of one platform of an index, and with all the index under its digest', async (t) => {
    const all = await places(t);
    all.registry.seed('app', 'v1', both);
    const source = `${all.registry.host}/app:v1`;
    const single = await all.copy(source, `oci:${all.directory}/single:v1`, { platforms: ['linux/arm64'] });
    assert.equal(single.digest, arm.digest);
    const whole = await all.copy(source, `oci:${all.directory}/whole:v1`, { all: true });
    assert.equal(whole.digest, both.digest);
    assert.equal(whole.manifests, 3);
    const { images } = await validate(`oci:${all.directory}/whole:v1`);
    assert.equal(images.length, 2);
  });

  void it('keeps an index whole in every transport that can hold one', async (t) => {
    const all = await places(t);
    all.registry.seed('app', 'v1', both);
    const archive = `oci-archive:${all.directory}/whole.tar:v1`;
    await all.copy(`${all.registry.host}/app:v1`, archive, { all: true });
    await all.copy(archive, `${all.registry.host}/again:v1`, { all: true });
    await assertNames(all, `${all.registry.host}/again:v1`, both.digest);
    assert.ok(all.registry.manifest('again', arm.digest));
    await failsWith('USAGE', all.copy(archive, `docker-archive:${all.directory}/x.tar:x:1`, { all: true }));
    assert.equal(fs.existsSync(`${all.directory}/x.tar`), false);
  });

  void it('copies an index sparsely: its own digest, the content of one platform', async (t) => {
    const all = await places(t);
    all.registry.seed('app', 'v1', both);
    const target = join(all.directory, 'sparse');
    const options = { all: true, platforms: ['linux/arm64'] };
    const result = await all.copy(`${all.registry.host}/app:v1`, `oci:${target}:v1`, options);
    assert.equal(result.digest, both.digest);
    await using image = await openImage(`oci:${target}:v1`, { platform: 'linux/arm64' });
    assert.equal(image.manifestDigest, arm.digest);
    assert.equal(fs.existsSync(join(target, 'blobs/sha256', one.digest.slice(7))), false);
    const unknown = all.copy(`${all.registry.host}/app:v1`, `oci:${target}:v2`, {
      all: true,
      platforms: ['linux/s390x'],
    });
    await failsWith('PLATFORM_NOT_FOUND', unknown);
  });

  void it('moves nothing that the destination has, and mounts what another repository there has', async (t) => {
    const all = await places(t);
    all.registry.seed('first', 'v1', one);
    const first = `${all.registry.host}/first:v1`;
    const mounted = await all.copy(first, `${all.registry.host}/second:v1`);
    assert.deepEqual(mounted.blobs, { copied: 0, existed: 0, mounted: 3, shared: 0, bytes: 0 });
    const again = await all.copy(first, `${all.registry.host}/second:v2`);
    assert.deepEqual(again.blobs, { copied: 0, existed: 3, mounted: 0, shared: 0, bytes: 0 });
    assert.equal(
      all.registry.requests.filter(({ method, url }) => method === 'GET' && url.includes('/blobs/')).length,
      0,
    );
  });

  void it('sends a tag only after everything it needs', async (t) => {
    const all = await places(t);
    writeLayout(join(all.directory, 'layout'), { v1: both });
    await all.copy(`oci:${all.directory}/layout:v1`, `${all.registry.host}/app:v1`, { all: true });
    const puts = all.registry.requests.filter(({ method, url }) => method === 'PUT' && url.includes('/manifests/'));
    const names = puts.map(({ url }) => url.split('/').at(-1));
    assert.deepEqual(new Set(names.slice(0, 2)), new Set([one.digest, arm.digest]));
    assert.equal(names.at(-1), 'v1');
  });

  void it('leaves nothing under the name when a blob is not what its digest says', async (t) => {
    for (const to of transports) {
      const all = await places(t);
      const layout = join(all.directory, 'layout');
      writeLayout(layout, { v1: one });
      const blob = join(layout, 'blobs/sha256', top.digest.slice(7));
      const bytes = fs.readFileSync(blob);
      bytes[20] = (bytes[20] ?? 0) ^ 1;
      fs.writeFileSync(blob, bytes);
      const destination = referenceTo(all, to, 'copied');
      await failsWith('DIGEST_MISMATCH', all.copy(`oci:${layout}:v1`, destination));
      await assert.rejects(async () => assertNames(all, destination, one.digest));
      if (to.endsWith('archive'))
        assert.deepEqual(
          fs.readdirSync(all.directory).filter((name) => /copied/.test(name)),
          [],
        );
    }
  });

  void it('says that a platform is missing, and several do not make one image', async (t) => {
    const all = await places(t);
    all.registry.seed('app', 'v1', both);
    const source = `${all.registry.host}/app:v1`;
    const destination = `oci:${all.directory}/x:v1`;
    await failsWith('PLATFORM_NOT_FOUND', all.copy(source, destination, { platforms: ['linux/s390x'] }));
    await failsWith('USAGE', all.copy(source, destination, { platforms: ['linux/amd64', 'linux/arm64'] }));
    await failsWith('IMAGE_NOT_FOUND', all.copy(`${all.registry.host}/none:v1`, destination));
    assert.equal(fs.existsSync(`${all.directory}/x/index.json`), false);
  });

  void it('ends when it is aborted, and leaves nothing under the name', async (t) => {
    const all = await places(t);
    all.registry.seed('app', 'v1', one);
    all.registry.faults.add({ match: { path: /\/blobs\// }, times: 9, action: { kind: 'hang', afterBytes: 10 } });
    const reason = new Error('enough');
    const stop = new AbortController();
    setTimeout(() => stop.abort(reason), 100);
    const copying = all.copy(`${all.registry.host}/app:v1`, `oci:${all.directory}/x:v1`, { signal: stop.signal });
    await assert.rejects(copying, (error) => error === reason);
    await failsWith('IMAGE_NOT_FOUND', openReference(`oci:${all.directory}/x:v1`));
  });
});
