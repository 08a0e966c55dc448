/** The client against registries that others wrote, Debian's docker-registry above all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { digestOf } from '../../src/codec/index.ts';
import { parseImageName } from '../../src/oci/index.ts';
import { file, imageOf, jsonBytes, layerOf } from '../../src/testing/index.ts';
import { registries } from '../serve/registries.ts';
import { all, blobOf, collect, contentOf, descriptorOf, failure, openClient, type TestClient } from './clients.ts';
import { startCuttingProxy } from './cutting-proxy.ts';

const image = imageOf([layerOf([file('a', blobOf(20_000))])]);
const manifest = { bytes: image.manifest, digest: image.digest, mediaType: image.mediaType };
const [layer] = image.layers;
assert.ok(layer);
const parts = [
  [layer, layer.bytes],
  [descriptorOf(image.config), image.config],
] as const;

interface Repository {
  readonly registry: string;
  readonly repository: string;
}

async function pushImage(client: TestClient, repository: Repository, ...tags: readonly string[]): Promise<void> {
  for (const [descriptor, bytes] of parts) await client.putBlob(repository, descriptor, contentOf(bytes));
  for (const tag of tags) await client.putManifest({ ...repository, tag }, manifest);
}

for (const peer of registries) {
  const skip = peer.missing;
  const hostOf = (url: string): string => new URL(url).host;

  void test(`works with ${peer.name}`, { skip }, async (t) => {
    await using registry = await peer.start();
    await using client = openClient();
    const host = hostOf(registry.url);
    const repository = { registry: host, repository: 'team/app' };

    await t.test('pushes and pulls', async () => {
      await client.checkAccess(host);
      await pushImage(client, repository, '1', '2', '3');
      const { mediaType, digest, size } = image;
      const name = parseImageName(`${host}/team/app:1`);
      assert.deepEqual(await client.resolve(name), { mediaType, digest, size });
      assert.deepEqual(Buffer.from((await client.getManifest(name)).bytes), image.manifest);
      assert.deepEqual(await collect(client.getBlob(repository, layer, 5000)), layer.bytes.subarray(5000));
      assert.equal(await client.hasManifest(repository, digest), true);
      assert.equal(await client.hasManifest(repository, digestOf(Buffer.from('absent'))), false);
    });

    await t.test('mounts, and does not send what is there', async () => {
      const other = { ...repository, repository: 'team/other' };
      const options = { mountFrom: ['team/absent', 'team/app'] };
      const outcome = await client.putBlob(other, layer, contentOf(layer.bytes), options);
      // A layout has one place for the blobs of all repositories.
      assert.equal(outcome, peer.name === 'serve' ? 'existed' : 'mounted');
      assert.equal(await client.putBlob(other, layer, contentOf(layer.bytes), options), 'existed');
    });

    await t.test('pushes by sha512', async () => {
      const blob = blobOf(1000, 9);
      const descriptor = { mediaType: 'text/plain', digest: digestOf(blob, 'sha512'), size: blob.length };
      assert.equal(await client.putBlob(repository, descriptor, contentOf(blob)), 'uploaded');
      assert.deepEqual(await collect(client.getBlob(repository, descriptor, 0)), blob);
    });

    await t.test('does not take changed content for a success', async () => {
      const blob = blobOf(100_000, 10);
      const content = { size: blob.length, open: (at: number) => contentOf(blobOf(100_000, 11)).open(at) };
      await failure(client.putBlob(repository, descriptorOf(blob), content), 'DIGEST_MISMATCH');
      assert.equal(await client.hasBlob(repository, descriptorOf(blob)), false);
    });

    await t.test('lists tags and repositories', async () => {
      assert.deepEqual([...(await all(client.tags(repository)))].sort(), ['1', '2', '3']);
      const paged = openClient({ quirks: () => ({ name: 'paged', pageSize: 1 }) });
      assert.deepEqual([...(await all(paged.tags(repository)))].sort(), ['1', '2', '3']);
      assert.ok((await all(paged.catalog(host))).includes('team/app'));
      await paged[Symbol.asyncDispose]();
      await failure(client.getManifest(parseImageName(`${host}/team/app:absent`)), 'IMAGE_NOT_FOUND');
      await failure(client.getManifest(parseImageName(`${host}/team/absent:1`)), 'IMAGE_NOT_FOUND');
    });

    await t.test('keeps referrers', async () => {
      const { mediaType, digest, size } = image;
      const document = { ...(JSON.parse(image.manifest.toString()) as object), subject: { mediaType, digest, size } };
      const bytes = jsonBytes({ ...document, artifactType: 'application/vnd.x' });
      const referrer = { bytes, digest: digestOf(bytes), mediaType };
      await client.putManifest({ ...repository, digest: referrer.digest }, referrer);
      const found = await client.referrers(repository, digest, { artifactType: 'application/vnd.x' });
      assert.deepEqual(
        found.map((one) => one.digest),
        [referrer.digest],
      );
      assert.deepEqual(await client.referrers(repository, digest, { artifactType: 'application/vnd.y' }), []);
    });

    await t.test('deletes a tag and leaves what it shares, then the rest', async () => {
      await client.deleteManifest({ ...repository, tag: '1' });
      const left = await all(client.tags(repository));
      assert.deepEqual([left.includes('1'), left.includes('2'), left.includes('3')], [false, true, true]);
      assert.equal(await client.hasManifest(repository, image.digest), true);
      await failure(client.deleteManifest({ ...repository, tag: '1' }), 'IMAGE_NOT_FOUND');
      await client.deleteManifest({ ...repository, digest: image.digest });
      assert.equal(await client.hasManifest(repository, image.digest), false);
    });
  });

  void test(`gets blobs to and from ${peer.name} over connections that break`, { skip }, async () => {
    await using registry = await peer.start();
    await using proxy = await startCuttingProxy(Number(new URL(registry.url).port));
    const repository = { registry: proxy.host, repository: 'team/app' };
    const cuts = fc.array(fc.nat(400_000), { minLength: 1, maxLength: 3 });
    let seed = 100;
    await using client = openClient({ chunkBytes: 64 * 1024, retries: 4 });
    await client.checkAccess(proxy.host);
    await fc.assert(
      fc.asyncProperty(cuts, cuts, async (up, down) => {
        const blob = blobOf(300_000, ++seed);
        proxy.cut('up', ...up);
        assert.equal(await client.putBlob(repository, descriptorOf(blob), contentOf(blob)), 'uploaded');
        proxy.cut('down', ...down);
        assert.ok((await collect(client.getBlob(repository, descriptorOf(blob), 0))).equals(blob));
        proxy.forget();
      }),
      { numRuns: 12 },
    );
    assert.ok(proxy.broken > 0);
  });
}
