import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRegistriesConf } from '../../src/registry/index.ts';
import { file, imageOf, layerOf, startTestRegistry, type TestRegistry } from '../../src/testing/index.ts';
import { blobOf, collect, contentOf, descriptorOf, failure, nameIn, openClient, password, trace } from './clients.ts';

const image = imageOf([layerOf([file('a', 'text')])]);
const other = imageOf([layerOf([file('b', 'text')])]);
const blob = blobOf(100_000);
const descriptor = descriptorOf(blob);

async function started(hasImage = true): Promise<TestRegistry> {
  const registry = await startTestRegistry();
  if (hasImage) {
    registry.seed('team/app', '1', image);
    registry.seedBlob('team/app', blob);
  }
  return registry;
}

function mirrorsFor(origin: TestRegistry, ...mirrors: readonly TestRegistry[]) {
  return { mirrors: new Map([[origin.host, mirrors.map(({ host }) => ({ location: host }))]]) };
}

void test('pulls manifests and blobs from a mirror, and says whose', async () => {
  await using origin = await started();
  await using mirror = await started();
  await using client = openClient(mirrorsFor(origin, mirror));
  const name = nameIn(origin, 'team/app:1');
  assert.equal((await client.resolve(name)).digest, image.digest);
  assert.equal((await client.getManifest(name)).digest, image.digest);
  assert.deepEqual(await collect(client.getBlob(name, descriptor, 0)), blob);
  assert.deepEqual(trace(origin), []);
  const ns = `?ns=${encodeURIComponent(origin.host)}`;
  assert.deepEqual(trace(mirror), [
    `HEAD /v2/team/app/manifests/1${ns} 200`,
    `GET /v2/team/app/manifests/1${ns} 200`,
    `GET /v2/team/app/blobs/${descriptor.digest}${ns} 200`,
  ]);
});

void test('asks mirrors in their order and the registry itself last', async () => {
  await using origin = await started();
  await using first = await started(false);
  await using second = await started(false);
  await using client = openClient(mirrorsFor(origin, first, second));
  assert.equal((await client.getManifest(nameIn(origin, 'team/app:1'))).digest, image.digest);
  assert.equal(first.requests.length, 1);
  assert.equal(second.requests.length, 1);
  assert.equal(origin.requests.length, 1);
  assert.deepEqual(
    client.events.map((event) => event.kind === 'host-warning' && event.host),
    [first.host, second.host],
  );
});

for (const [title, action] of [
  ['is out of order', { kind: 'answer', status: 500 }],
  ['wants credentials', { kind: 'answer', status: 401 }],
  ['limits the rate', { kind: 'answer', status: 429 }],
  ['gives a web page', { kind: 'answer', status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' }],
  ['gives other bytes', { kind: 'corrupt', byte: 20 }],
  ['closes connections', { kind: 'cut' }],
] as const) {
  void test(`pulls from the registry itself when a mirror ${title}`, async () => {
    await using origin = await started();
    await using mirror = await started();
    mirror.faults.add({ times: 99, action });
    await using client = openClient({ ...mirrorsFor(origin, mirror), retries: 0 });
    assert.equal((await client.getManifest(nameIn(origin, `team/app@${image.digest}`))).digest, image.digest);
  });
}

void test('pulls from the registry itself when there is no mirror at that address', async () => {
  await using origin = await started();
  const mirror = await started();
  await using client = openClient({ ...mirrorsFor(origin, mirror), retries: 0 });
  await mirror[Symbol.asyncDispose]();
  assert.equal((await client.getManifest(nameIn(origin, 'team/app:1'))).digest, image.digest);
});

void test('leaves a mirror alone that does not answer, and says so once', async () => {
  await using origin = await started();
  await using mirror = await started();
  mirror.faults.add({ times: 99, action: { kind: 'cut' } });
  await using client = openClient({ ...mirrorsFor(origin, mirror), retries: 0 });
  await client.getManifest(nameIn(origin, 'team/app:1'));
  const asked = mirror.requests.length;
  for (let blobs = 0; blobs < 3; blobs++) await collect(client.getBlob(nameIn(origin, 'team/app'), descriptor, 0));
  assert.equal(mirror.requests.length, asked);
  assert.equal(client.events.filter(({ kind }) => kind === 'host-warning').length, 1);
});

void test('goes on with a blob at the registry itself where a mirror stopped', async () => {
  await using origin = await started();
  await using mirror = await started();
  mirror.faults.add(
    { action: { kind: 'cut', afterBytes: 40_000 } },
    { times: 99, action: { kind: 'answer', status: 404 } },
  );
  await using client = openClient(mirrorsFor(origin, mirror));
  assert.deepEqual(await collect(client.getBlob(nameIn(origin, 'team/app'), descriptor, 0)), blob);
  assert.deepEqual(
    origin.requests.map(({ headers }) => headers['range']),
    ['bytes=40000-'],
  );
});

void test('tells of the registry itself when nobody has an image', async () => {
  await using origin = await started(false);
  await using mirror = await started(false);
  await using client = openClient(mirrorsFor(origin, mirror));
  const error = await failure(client.getManifest(nameIn(origin, 'team/app:1')), 'IMAGE_NOT_FOUND');
  assert.ok(error.message.includes(`${origin.host}/team/app:1`));
});

void test('writes, lists and deletes at the registry itself', async () => {
  await using origin = await started();
  await using mirror = await started();
  await using client = openClient(mirrorsFor(origin, mirror));
  const name = nameIn(origin, 'team/app:2');
  await client.putBlob(name, descriptorOf(Buffer.from('x')), contentOf(Buffer.from('x')));
  await client.putManifest(name, { bytes: image.manifest, digest: image.digest, mediaType: image.mediaType });
  await client.hasBlob(name, descriptor);
  await client.hasManifest(name, image.digest);
  await client.referrers(name, image.digest);
  await client.deleteManifest(name);
  for await (const _ of client.tags(name)) break;
  assert.deepEqual(trace(mirror), []);
});

void test('gives a mirror its own credentials and never those of the registry', async () => {
  const users = { alice: 'of-origin', bob: 'of-mirror' };
  await using origin = await startTestRegistry({ auth: { kind: 'basic', users } });
  await using mirror = await startTestRegistry({ auth: { kind: 'basic', users } });
  origin.seed('team/app', '1', image);
  mirror.seed('team/app', '1', image);
  const own = { [origin.host]: password('alice', 'of-origin') };
  await using without = openClient({ ...mirrorsFor(origin, mirror), logins: own });
  await without.getManifest(nameIn(origin, 'team/app:1'));
  assert.ok(mirror.requests.every(({ headers }) => headers['authorization'] === undefined));
  assert.equal(origin.requests.at(-1)?.status, 200);
  origin.clearRequests();
  await using client = openClient({
    ...mirrorsFor(origin, mirror),
    logins: { ...own, [mirror.host]: password('bob', 'of-mirror') },
  });
  await client.getManifest(nameIn(origin, 'team/app:1'));
  assert.equal(mirror.requests.at(-1)?.status, 200);
  assert.deepEqual(trace(origin), []);
});

void test('asks a mirror by tag, or by digest, only where it is meant for that', async () => {
  await using origin = await started();
  await using mirror = await startTestRegistry();
  mirror.seed('team/app', '1', other);
  mirror.seed('team/app', undefined, image);
  const mirrors = new Map([[`${origin.host}/team`, [{ location: `${mirror.host}/team`, only: 'digest' }] as const]]);
  await using client = openClient({ mirrors });
  assert.equal((await client.getManifest(nameIn(origin, 'team/app:1'))).digest, image.digest);
  assert.deepEqual(trace(mirror), []);
  assert.equal((await client.getManifest(nameIn(origin, `team/app@${image.digest}`))).digest, image.digest);
  assert.equal(mirror.requests.length, 1);
});

void test('reads and writes elsewhere as registries.conf says, and nowhere where it forbids', async () => {
  await using registry = await started(false);
  registry.seed('group/team/app', '1', image);
  const settings = parseRegistriesConf(
    `[[registry]]\nprefix = "old.example/team"\nlocation = "${registry.host}/group/team"\n[[registry]]\nprefix = "bad.example"\nblocked = true`,
    'registries.conf',
  );
  await using client = openClient(settings);
  const name = { registry: 'old.example', repository: 'team/app', tag: '1' };
  const manifest = await client.getManifest(name);
  assert.equal(manifest.digest, image.digest);
  await client.putManifest({ ...name, tag: '2' }, manifest);
  assert.deepEqual(registry.tags('group/team/app'), ['1', '2']);
  const content = contentOf(image.config);
  registry.seedBlob('group/team/other', blob);
  const mounted = await client.putBlob(name, descriptor, contentOf(blob), { mountFrom: ['team/other', 'elsewhere'] });
  assert.equal(mounted, 'mounted');
  assert.equal(await client.putBlob(name, descriptorOf(image.config), content), 'existed');
  await failure(client.resolve({ ...name, registry: 'bad.example' }), 'HOST_UNREACHABLE');
  await failure(collect(client.getBlob({ ...name, registry: 'bad.example' }, descriptor, 0)), 'HOST_UNREACHABLE');
});

void test('stops at once when it is told to, whatever mirrors there are', async () => {
  await using origin = await started();
  await using mirror = await started();
  mirror.faults.add({ action: { kind: 'hang' } });
  await using client = openClient(mirrorsFor(origin, mirror));
  const reason = new Error('enough');
  const signal = AbortSignal.any([AbortSignal.timeout(10_000)]);
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 50);
  const options = { signal: AbortSignal.any([signal, controller.signal]) };
  await assert.rejects(client.getManifest(nameIn(origin, 'team/app:1'), options), reason);
  assert.deepEqual(trace(origin), []);
});
