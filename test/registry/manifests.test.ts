import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDigest } from '../../src/base/index.ts';
import { digestOf } from '../../src/codec/index.ts';
import { file, imageOf, indexOf, jsonBytes, layerOf, sha256Of, startTestRegistry } from '../../src/testing/index.ts';
import { collect, contentOf, descriptorOf, failure, nameIn, openClient, trace } from './clients.ts';

const image = imageOf([layerOf([file('a', 'text')])]);
const manifestType = 'application/vnd.oci.image.manifest.v1+json';

void test('pushes and pulls an image without credentials, byte by byte', async () => {
  await using registry = await startTestRegistry();
  await using client = openClient();
  const name = nameIn(registry, 'team/app:1');
  const [layer] = image.layers;
  assert.ok(layer);
  assert.equal(await client.putBlob(name, layer, contentOf(layer.bytes)), 'uploaded');
  const config = descriptorOf(image.config);
  assert.equal(await client.putBlob(name, config, contentOf(image.config)), 'uploaded');
  assert.equal(await client.putBlob(name, config, contentOf(image.config)), 'existed');
  await client.putManifest(name, { bytes: image.manifest, digest: image.digest, mediaType: image.mediaType });
  const { mediaType, digest, size } = image;
  assert.deepEqual(await client.resolve(name), { mediaType, digest, size });
  const manifest = await client.getManifest(name);
  assert.deepEqual({ ...manifest, bytes: Buffer.from(manifest.bytes) }, { bytes: image.manifest, mediaType, digest });
  assert.deepEqual(await collect(client.getBlob(name, layer, 0)), layer.bytes);
  assert.equal(await client.hasBlob(name, layer), true);
  assert.equal(await client.hasBlob(name, descriptorOf(Buffer.from('absent'))), false);
  assert.equal(await client.hasManifest(name, digest), true);
  assert.equal(await client.hasManifest(name, layer.digest), false);
});

void test('asks with the real request first, and for nothing else', async () => {
  await using registry = await startTestRegistry();
  await using client = openClient();
  registry.seed('app', '1', image);
  await client.getManifest(nameIn(registry, 'app:1'));
  assert.deepEqual(trace(registry), ['GET /v2/app/manifests/1 200']);
  assert.equal(registry.requests[0]?.headers['accept-encoding'], 'identity');
});

for (const lacking of ['digest', 'length', 'type'] as const) {
  void test(`asks by GET when the answer to HEAD has no ${lacking}`, async () => {
    await using registry = await startTestRegistry({ quirks: { manifestHeadLacks: [lacking] } });
    await using client = openClient();
    registry.seed('app', '1', image);
    const { mediaType, digest, size } = image;
    assert.deepEqual(await client.resolve(nameIn(registry, 'app:1')), { mediaType, digest, size });
    assert.deepEqual(trace(registry), ['HEAD /v2/app/manifests/1 200', 'GET /v2/app/manifests/1 200']);
  });
}

for (const status of [400, 401, 403, 404, 405]) {
  void test(`asks by GET when HEAD is answered with ${status}`, async () => {
    await using registry = await startTestRegistry({ quirks: { manifestHead: status } });
    await using client = openClient();
    registry.seed('app', '1', image);
    assert.equal((await client.resolve(nameIn(registry, 'app:1'))).digest, image.digest);
    assert.equal(await client.hasManifest(nameIn(registry, 'app'), image.digest), status !== 404);
  });
}

void test('asks for the bytes when HEAD of a digest tells of another one', async () => {
  await using registry = await startTestRegistry({ quirks: { manifestDigest: 'wrong' } });
  await using client = openClient();
  registry.seed('app', '1', image);
  const name = nameIn(registry, `app@${image.digest}`);
  assert.equal((await client.resolve(name)).digest, image.digest);
});

void test('computes the digest of a tag from the bytes, whatever the registry says it is', async () => {
  await using registry = await startTestRegistry({ quirks: { manifestDigest: 'wrong' } });
  await using client = openClient();
  registry.seed('app', '1', image);
  assert.equal((await client.getManifest(nameIn(registry, 'app:1'))).digest, image.digest);
});

void test('refuses a manifest that does not have the digest that was asked for', async () => {
  await using registry = await startTestRegistry();
  await using client = openClient();
  const wanted = sha256Of(Buffer.from('something else'));
  registry.seedManifest('app', wanted, image.manifest, image.mediaType);
  await failure(client.getManifest(nameIn(registry, `app@${wanted}`)), 'DIGEST_MISMATCH');
});

void test('pulls by the digest of a name that has a tag too', async () => {
  await using registry = await startTestRegistry();
  await using client = openClient();
  registry.seed('app', '1', image);
  const other = imageOf([layerOf([file('b', 'text')])]);
  registry.seed('app', '1', other);
  assert.equal((await client.getManifest(nameIn(registry, `app:1@${image.digest}`))).digest, image.digest);
});

void test('pulls and pushes by sha512', async () => {
  await using registry = await startTestRegistry();
  await using client = openClient();
  registry.seed('app', undefined, image);
  const digest = digestOf(image.manifest, 'sha512');
  const name = nameIn(registry, `app@${digest}`);
  await client.putManifest(name, { bytes: image.manifest, digest, mediaType: image.mediaType });
  assert.equal((await client.getManifest(name)).digest, digest);
  assert.equal((await client.resolve(name)).digest, digest);
  const blob = Buffer.from('blob');
  const descriptor = { mediaType: 'text/plain', digest: digestOf(blob, 'sha512'), size: blob.length };
  assert.equal(await client.putBlob(name, descriptor, contentOf(blob)), 'uploaded');
  assert.deepEqual(await collect(client.getBlob(name, descriptor, 0)), blob);
});

for (const manifestType of [
  'text/plain',
  'application/octet-stream',
  'application/json',
  '{type}; charset=utf-8',
  '',
]) {
  void test(`reads a manifest that is served as "${manifestType}"`, async () => {
    await using registry = await startTestRegistry({ quirks: { manifestType } });
    await using client = openClient();
    registry.seed('app', '1', image);
    registry.seed('app', '2', indexOf([image]));
    assert.equal((await client.getManifest(nameIn(registry, 'app:1'))).mediaType, image.mediaType);
    assert.match((await client.resolve(nameIn(registry, 'app:2'))).mediaType, /index/);
  });
}

void test('refuses a manifest whose media type is not the one it is served with', async () => {
  await using registry = await startTestRegistry();
  await using client = openClient();
  registry.seedManifest('app', '1', image.manifest, 'application/vnd.oci.image.index.v1+json');
  await failure(client.getManifest(nameIn(registry, 'app:1')), 'DOCUMENT_AMBIGUOUS');
});

void test('says of schema 1 that it is not supported', async () => {
  await using registry = await startTestRegistry({ quirks: { manifestAccept: 'required' } });
  await using client = openClient();
  const old = jsonBytes({ schemaVersion: 1, name: 'app', tag: '1', fsLayers: [], history: [] });
  registry.seedManifest('app', '1', old, 'application/vnd.docker.distribution.manifest.v1+prettyjws');
  const error = await failure(client.getManifest(nameIn(registry, 'app:1')), 'MEDIA_TYPE_UNSUPPORTED');
  assert.match(error.hint ?? '', /push the image again/);
  await failure(client.resolve(nameIn(registry, 'app:1')), 'MEDIA_TYPE_UNSUPPORTED');
});

void test('refuses a web page in place of a manifest', async () => {
  await using registry = await startTestRegistry({ quirks: { manifestType: 'text/html; charset=utf-8' } });
  await using client = openClient();
  registry.seed('app', '1', image);
  const error = await failure(client.getManifest(nameIn(registry, `app@${image.digest}`)), 'REGISTRY_PROTOCOL');
  assert.match(error.message, /web page/);
});

void test('reads manifests of four mebibytes and no more', async () => {
  await using registry = await startTestRegistry();
  await using client = openClient();
  const limit = 4 * 1024 * 1024;
  const sized = (size: number): Buffer => {
    const bare = jsonBytes({
      schemaVersion: 2,
      mediaType: manifestType,
      config: descriptorOf(image.config),
      layers: [],
    });
    return Buffer.concat([bare, Buffer.alloc(size - bare.length, ' ')]);
  };
  registry.seedManifest('app', 'most', sized(limit), manifestType);
  registry.seedManifest('app', 'more', sized(limit + 1), manifestType);
  assert.equal((await client.getManifest(nameIn(registry, 'app:most'))).bytes.length, limit);
  await failure(client.getManifest(nameIn(registry, 'app:more')), 'LIMIT_EXCEEDED');
  registry.faults.add({ action: { kind: 'truncate', bytes: limit + 1, claims: 'nothing' } });
  await failure(client.getManifest(nameIn(registry, 'app:more')), 'LIMIT_EXCEEDED');
});

void test('asks again for a manifest that was cut off or compressed', async () => {
  await using registry = await startTestRegistry();
  await using client = openClient();
  registry.seed('app', '1', image);
  registry.faults.add({ times: 2, action: { kind: 'cut', afterBytes: 50 } });
  assert.equal((await client.getManifest(nameIn(registry, 'app:1'))).digest, image.digest);
  registry.faults.add({ action: { kind: 'gzip' } });
  assert.equal((await client.getManifest(nameIn(registry, 'app:1'))).digest, image.digest);
  registry.faults.add({ times: 9, action: { kind: 'gzip' } });
  await failure(client.getManifest(nameIn(registry, 'app:1')), 'REGISTRY_PROTOCOL');
});

for (const status of [200, 201, 202] as const) {
  void test(`takes ${status} for a manifest that was pushed`, async () => {
    await using registry = await startTestRegistry({ quirks: { manifestPutStatus: status } });
    await using client = openClient();
    registry.seed('app', undefined, image);
    const name = nameIn(registry, 'app:new');
    await client.putManifest(name, { bytes: image.manifest, digest: image.digest, mediaType: image.mediaType });
    assert.equal(registry.manifest('app', 'new')?.digest, image.digest);
    assert.equal(registry.requests.at(-1)?.headers['content-type'], image.mediaType);
  });
}

void test('pushes no manifest that is not what it is said to be', async () => {
  await using registry = await startTestRegistry();
  await using client = openClient();
  const digest = parseDigest(sha256Of(Buffer.from('other')));
  const manifest = { bytes: image.manifest, digest, mediaType: image.mediaType };
  await failure(client.putManifest(nameIn(registry, 'app:1'), manifest), 'DIGEST_MISMATCH');
  const named = nameIn(registry, `app@${digest}`);
  await failure(client.putManifest(named, { ...manifest, digest: image.digest }), 'DIGEST_MISMATCH');
  assert.deepEqual(trace(registry), []);
});
