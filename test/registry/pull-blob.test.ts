import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type Fault, startTestRegistry, type TestRegistry } from '../../src/testing/index.ts';
import { blobOf, collect, descriptorOf, failure, openClient, trace } from './clients.ts';

const blob = blobOf(100_000);
const descriptor = descriptorOf(blob);
const isBlob = /\/blobs\//;

async function seeded(...faults: readonly Fault[]): Promise<TestRegistry> {
  const registry = await startTestRegistry();
  registry.seedBlob('app', blob);
  registry.faults.add(...faults);
  return registry;
}

function repositoryOf(registry: TestRegistry): { registry: string; repository: string } {
  return { registry: registry.host, repository: 'app' };
}

function ranges(registry: TestRegistry): readonly (string | undefined)[] {
  return registry.requests.map(({ headers }) => headers['range']);
}

void test('begins at a position by Range', async () => {
  await using registry = await seeded();
  await using client = openClient();
  const rest = await collect(client.getBlob(repositoryOf(registry), descriptor, 60_000));
  assert.deepEqual(rest, blob.subarray(60_000));
  assert.deepEqual(ranges(registry), ['bytes=60000-']);
});

void test('asks for nothing at the end of a blob, and refuses a position past it', async () => {
  await using registry = await seeded();
  await using client = openClient();
  assert.equal((await collect(client.getBlob(repositoryOf(registry), descriptor, blob.length))).length, 0);
  await failure(collect(client.getBlob(repositoryOf(registry), descriptor, blob.length + 1)), 'SIZE_MISMATCH');
  assert.deepEqual(trace(registry), []);
});

void test('goes on where connections broke, whatever the position', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(60_000), { maxLength: 4 }), fc.nat(99_999), async (cuts, position) => {
      await using registry = await seeded();
      await using client = openClient();
      for (const afterBytes of cuts)
        registry.faults.add({ action: { kind: 'cut', afterBytes, resets: afterBytes % 2 === 0 } });
      const rest = await collect(client.getBlob(repositoryOf(registry), descriptor, position));
      assert.ok(rest.equals(blob.subarray(position)));
    }),
    { numRuns: 25 },
  );
});

void test('skips what it has where a registry does not know ranges', async () => {
  await using registry = await seeded();
  await using client = openClient();
  registry.setQuirks({ ranges: 'ignored' });
  registry.faults.add({ action: { kind: 'cut', afterBytes: 70_000 } });
  assert.deepEqual(await collect(client.getBlob(repositoryOf(registry), descriptor, 50_000)), blob.subarray(50_000));
  assert.equal(registry.requests.length, 2);
});

for (const [title, contentRange] of [
  ['begins elsewhere', 'bytes 10-99999/100000'],
  ['ends past the blob', 'bytes 40000-100000/100000'],
  ['has no Content-Range', undefined],
  ['has a Content-Range of another unit', 'items 40000-99999/100000'],
] as const) {
  void test(`asks for the whole blob when a part ${title}`, async () => {
    await using registry = await seeded({ action: { kind: 'headers', headers: { 'content-range': contentRange } } });
    await using client = openClient();
    assert.deepEqual(await collect(client.getBlob(repositoryOf(registry), descriptor, 40_000)), blob.subarray(40_000));
    assert.deepEqual(ranges(registry), ['bytes=40000-', undefined]);
  });
}

for (const [title, fault] of [
  ['a part of a blob of another size', { kind: 'headers', headers: { 'content-range': 'bytes 40000-99999/100001' } }],
  ['416 for a blob of another size', { kind: 'answer', status: 416, headers: { 'content-range': 'bytes */7' } }],
  ['more bytes than there should be', { kind: 'append', bytes: 1 }],
] as const) {
  void test(`refuses ${title}`, async () => {
    await using registry = await seeded({ action: fault });
    await using client = openClient();
    await failure(collect(client.getBlob(repositoryOf(registry), descriptor, 40_000)), 'SIZE_MISMATCH');
  });
}

void test('asks for the whole blob after 416', async () => {
  await using registry = await seeded({ action: { kind: 'answer', status: 416 } });
  await using client = openClient();
  assert.deepEqual(await collect(client.getBlob(repositoryOf(registry), descriptor, 40_000)), blob.subarray(40_000));
});

void test('refuses a blob that is shorter than its descriptor says, also without a length', async () => {
  await using registry = await seeded();
  await using client = openClient();
  const longer = { ...descriptor, size: blob.length + 5 };
  await failure(collect(client.getBlob(repositoryOf(registry), longer, 0)), 'SIZE_MISMATCH');
  registry.faults.add({ times: 9, action: { kind: 'truncate', bytes: blob.length, claims: 'nothing' } });
  await failure(collect(client.getBlob(repositoryOf(registry), longer, 0)), 'SIZE_MISMATCH');
});

void test('never gives more than the size, also without a length', async () => {
  await using registry = await seeded({ action: { kind: 'truncate', bytes: blob.length, claims: 'nothing' } });
  await using client = openClient();
  const shorter = { ...descriptor, size: 1000 };
  const given: number[] = [];
  const pull = async (): Promise<void> => {
    for await (const chunk of client.getBlob(repositoryOf(registry), shorter, 0)) given.push(chunk.length);
  };
  await failure(pull(), 'SIZE_MISMATCH');
  assert.ok(given.reduce((sum, length) => sum + length, 0) <= 1000);
});

void test('asks once more for a blob that came compressed, and then gives up', async () => {
  await using registry = await seeded({ action: { kind: 'gzip' } });
  await using client = openClient();
  assert.deepEqual(await collect(client.getBlob(repositoryOf(registry), descriptor, 0)), blob);
  registry.faults.add({ times: 2, action: { kind: 'gzip' } });
  await failure(collect(client.getBlob(repositoryOf(registry), descriptor, 0)), 'REGISTRY_PROTOCOL');
});

void test('gives up after some attempts that brought nothing', async () => {
  await using registry = await seeded({ times: 99, action: { kind: 'cut', afterBytes: 0 } });
  await using client = openClient({ retries: 0 });
  await failure(collect(client.getBlob(repositoryOf(registry), descriptor, 0)), 'TRANSFER_INTERRUPTED');
  assert.ok(registry.requests.length < 10);
});

void test('counts attempts only while they bring nothing', async () => {
  await using registry = await seeded({ times: 40, action: { kind: 'cut', afterBytes: 2000 } });
  await using client = openClient();
  assert.deepEqual(await collect(client.getBlob(repositoryOf(registry), descriptor, 0)), blob);
});

void test('goes on after a registry that fell silent', async () => {
  await using registry = await seeded({ action: { kind: 'hang', afterBytes: 30_000 } });
  await using client = openClient({ idleTimeout: 100 });
  assert.deepEqual(await collect(client.getBlob(repositoryOf(registry), descriptor, 0)), blob);
  assert.deepEqual(ranges(registry), [undefined, 'bytes=30000-']);
});

void test('says of a blob that it is missing', async () => {
  await using registry = await seeded();
  await using client = openClient();
  const absent = descriptorOf(Buffer.from('absent'));
  const error = await failure(collect(client.getBlob(repositoryOf(registry), absent, 0)), 'BLOB_MISSING');
  assert.match(error.message, /app does not have it/);
});

void test('asks for a byte where HEAD of blobs is refused', async () => {
  await using registry = await seeded();
  await using client = openClient();
  registry.setQuirks({ blobHead: 405 });
  assert.equal(await client.hasBlob(repositoryOf(registry), descriptor), true);
  assert.equal(await client.hasBlob(repositoryOf(registry), descriptorOf(Buffer.from('absent'))), false);
  assert.deepEqual(ranges(registry).filter(Boolean), ['bytes=0-0', 'bytes=0-0']);
});

void test('stops when it is told to', async () => {
  await using registry = await seeded({ times: 9, action: { kind: 'hang', afterBytes: 30_000 } });
  await using client = openClient();
  const controller = new AbortController();
  const reason = new Error('enough');
  const pull = async (): Promise<void> => {
    const options = { signal: controller.signal };
    for await (const _ of client.getBlob(repositoryOf(registry), descriptor, 0, options)) controller.abort(reason);
  };
  await assert.rejects(pull(), reason);
});

void test('stops for the reason that it is told while it waits to try again', async () => {
  await using registry = await seeded({ times: 9, action: { kind: 'cut', afterBytes: 0 } });
  await using client = openClient({ delayScale: 10 });
  const reason = new Error('enough');
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 100);
  const options = { signal: controller.signal };
  await assert.rejects(collect(client.getBlob(repositoryOf(registry), descriptor, 0, options)), reason);
});

void test('closes the connection when the reader has had enough', async () => {
  await using registry = await seeded({ action: { kind: 'hang', afterBytes: 30_000 } });
  await using client = openClient();
  for await (const _ of client.getBlob(repositoryOf(registry), descriptor, 0)) break;
  assert.deepEqual(await collect(client.getBlob(repositoryOf(registry), descriptor, 0)), blob);
});

void test('follows a redirect to another host without credentials, and asks the registry again to go on', async () => {
  await using store = await startTestRegistry({ quirks: { refusesAuthorization: true } });
  store.seedBlob('app', blob);
  await using registry = await startTestRegistry({
    quirks: { blobRedirect: `${store.url}/v2/{repository}/blobs/{digest}?signature=a%2Fb%3D` },
    auth: { kind: 'basic', users: { alice: 'secret' } },
  });
  registry.seedBlob('app', blob);
  store.faults.add({ match: { path: isBlob }, action: { kind: 'cut', afterBytes: 20_000 } });
  await using client = openClient({
    logins: { [registry.host]: { kind: 'password', username: 'alice', password: 'secret' } },
  });
  assert.deepEqual(await collect(client.getBlob(repositoryOf(registry), descriptor, 0)), blob);
  assert.ok(store.requests.every(({ headers }) => headers['authorization'] === undefined));
  assert.ok(store.requests.every(({ url }) => url.endsWith('?signature=a%2Fb%3D')));
  assert.equal(registry.requests.filter(({ status }) => status === 307).length, 2);
});
