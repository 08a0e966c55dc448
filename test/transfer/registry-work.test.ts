import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { file, imageOf, indexOf, layerOf, writeLayout } from '../../src/testing/index.ts';
import { deleteImage, listReferrers, listRepositories, listTags, tagImage } from '../../src/transfer/index.ts';
import { assertNames, failsWith, places } from './places.ts';

const layer = layerOf([file('a', 'text')]);
const image = imageOf([layer]);
const index = indexOf([image, imageOf([layer], { platform: 'linux/arm64' })]);
const subject = { mediaType: image.mediaType, digest: image.digest, size: image.size };
const signature = imageOf([], {
  config: {},
  configDocument: { rootfs: { type: 'layers', diff_ids: [] } },
  manifestDocument: { subject, artifactType: 'application/example.signature' },
});

void describe('tag', () => {
  void it('gives an index in a registry one more tag and moves no blob', async (t) => {
    const all = await places(t);
    all.registry.seed('app', 'v1', index);
    const { digest, reference } = await tagImage(`${all.registry.host}/app:v1`, 'stable', { network: all.network });
    assert.equal(digest, index.digest);
    assert.equal(reference, `docker://${all.registry.host}/app:stable`);
    assert.deepEqual(all.registry.manifest('app', 'stable')?.bytes, index.bytes);
    assert.ok(all.registry.requests.every(({ url }) => !url.includes('/blobs/')));
  });

  void it('gives an image of a layout one more name', async (t) => {
    const all = await places(t);
    const layout = join(all.directory, 'layout');
    writeLayout(layout, { v1: image });
    await tagImage(`oci:${layout}:v1`, 'app:stable');
    await assertNames(all, `oci:${layout}:app:stable`, image.digest);
    await assertNames(all, `oci:${layout}:v1`, image.digest);
  });

  void it('refuses what is no tag, and where there are no tags', async (t) => {
    const all = await places(t);
    all.registry.seed('app', 'v1', image);
    for (const tag of ['a/b', '', '-x', 'x'.repeat(129)]) {
      await failsWith('USAGE', tagImage(`${all.registry.host}/app:v1`, tag, { network: all.network }));
    }
    await failsWith('USAGE', tagImage('oci:layout:v1', ''));
    await failsWith('USAGE', tagImage('oci:layout:v1', 'a\nb'));
    await failsWith('TRANSPORT_UNSUPPORTED', tagImage('docker-archive:x.tar', 'v1'));
  });
});

void describe('lists', () => {
  void it('gives the tags of a repository, page by page', async (t) => {
    const all = await places(t, { quirks: { pageSize: 2 } });
    for (const tag of ['a', 'b', 'c', 'd', 'e']) all.registry.seed('app', tag, image);
    const tags = await Array.fromAsync(listTags(`${all.registry.host}/app`, { network: all.network }));
    assert.deepEqual(tags, ['a', 'b', 'c', 'd', 'e']);
  });

  void it('gives the names in a layout', async (t) => {
    const all = await places(t);
    writeLayout(join(all.directory, 'layout'), { v1: image, 'app:v2': image });
    assert.deepEqual(await Array.fromAsync(listTags(`oci:${all.directory}/layout`)), ['v1', 'app:v2']);
  });

  void it('gives the repositories of a registry, however its host is written', async (t) => {
    const all = await places(t);
    all.registry.seed('team/app', 'v1', image);
    for (const host of [all.registry.host, `http://${all.registry.host}/`, `docker://${all.registry.host}`]) {
      assert.deepEqual(await Array.fromAsync(listRepositories(host, { network: all.network })), ['team/app']);
    }
  });
});

void describe('referrers', () => {
  void it('are found in registries and in layouts, and go along with a copy', async (t) => {
    const all = await places(t);
    all.registry.seed('app', 'v1', image);
    all.registry.seed('app', undefined, signature);
    const source = `${all.registry.host}/app:v1`;
    const { referrers } = await listReferrers(source, { network: all.network });
    assert.deepEqual(
      referrers.map(({ digest, artifactType }) => [digest, artifactType]),
      [[signature.digest, 'application/example.signature']],
    );
    const layout = `oci:${all.directory}/layout:v1`;
    const copied = await all.copy(source, layout, { referrers: true });
    assert.equal(copied.referrers, 1);
    const inLayout = await listReferrers(layout, { artifactType: 'application/example.signature' });
    assert.deepEqual(
      inLayout.referrers.map(({ digest }) => digest),
      [signature.digest],
    );
    const back = await all.copy(layout, `${all.registry.host}/back:v1`, { referrers: true });
    assert.equal(back.referrers, 1);
    assert.ok(all.registry.manifest('back', signature.digest));
    assert.equal((await listReferrers(layout, { artifactType: 'other' })).referrers.length, 0);
  });

  void it('stay behind unless they are asked for', async (t) => {
    const all = await places(t);
    all.registry.seed('app', 'v1', image);
    all.registry.seed('app', undefined, signature);
    await all.copy(`${all.registry.host}/app:v1`, `${all.registry.host}/back:v1`);
    assert.equal(all.registry.manifest('back', signature.digest), undefined);
  });
});

void describe('delete', () => {
  void it('removes a tag, a manifest, and a name in a layout', async (t) => {
    const all = await places(t);
    const { host } = all.registry;
    all.registry.seed('app', 'v1', image);
    all.registry.seed('app', 'v2', image);
    await deleteImage(`${host}/app:v1`, { network: all.network });
    assert.deepEqual(all.registry.tags('app'), ['v2']);
    await deleteImage(`${host}/app@${image.digest}`, { network: all.network });
    assert.equal(all.registry.manifest('app', image.digest), undefined);
    const layout = join(all.directory, 'layout');
    writeLayout(layout, { v1: image, v2: image });
    await deleteImage(`oci:${layout}:v1`);
    assert.deepEqual(await Array.fromAsync(listTags(`oci:${layout}`)), ['v2']);
    await failsWith('IMAGE_NOT_FOUND', deleteImage(`oci:${layout}:v1`));
    await failsWith('USAGE', deleteImage(`oci:${layout}`));
    await failsWith('USAGE', deleteImage(`${host}/app`, { network: all.network }));
    await failsWith('IMAGE_NOT_FOUND', deleteImage(`${host}/app:v9`, { network: all.network }));
  });
});
