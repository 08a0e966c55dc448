import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { BlobContent } from '../../src/base/index.ts';
import type { PutBlobOptions } from '../../src/registry/index.ts';
import { type RegistryQuirks, startTestRegistry, type TestRegistry } from '../../src/testing/index.ts';
import { blobOf, contentOf, descriptorOf, failure, openClient, password, type TestClient, trace } from './clients.ts';

const blob = blobOf(300_000);
const descriptor = descriptorOf(blob);

function push(
  client: TestClient,
  registry: TestRegistry,
  content: BlobContent = contentOf(blob),
  options: PutBlobOptions = {},
): ReturnType<TestClient['putBlob']> {
  return client.putBlob({ registry: registry.host, repository: 'app' }, descriptor, content, options);
}

function methods(registry: TestRegistry): readonly string[] {
  return registry.requests.map(({ method, status }) => `${method} ${status}`);
}

function assertHeld(registry: TestRegistry): void {
  assert.ok(registry.content.repositories.get('app')?.blobs.get(descriptor.digest)?.equals(blob));
}

const locations: readonly RegistryQuirks[] = [
  { uploadLocation: 'relative' },
  { uploadLocation: 'absolute' },
  { uploadLocation: 'relative', uploadState: true },
  { uploadLocation: 'absolute', uploadState: true },
];

for (const quirks of locations) {
  void test(`keeps the address of an upload as it is: ${JSON.stringify(quirks)}`, async () => {
    await using registry = await startTestRegistry({ quirks });
    await using client = openClient();
    assert.equal(await push(client, registry), 'uploaded');
    assertHeld(registry);
    assert.deepEqual(methods(registry), ['HEAD 404', 'POST 202', 'PUT 201']);
  });
}

void test('tells how many bytes it has sent', async () => {
  await using registry = await startTestRegistry();
  await using client = openClient();
  const told: number[] = [];
  await push(client, registry, contentOf(blob), { onProgress: (bytes) => told.push(bytes) });
  assert.equal(told.at(-1), blob.length);
  assert.ok(told.every((bytes, index) => bytes > (told[index - 1] ?? 0)));
});

void test('pushes an empty blob', async () => {
  await using registry = await startTestRegistry();
  await using client = openClient();
  const empty = Buffer.alloc(0);
  const repository = { registry: registry.host, repository: 'app' };
  assert.equal(await client.putBlob(repository, descriptorOf(empty), contentOf(empty)), 'uploaded');
  assert.equal(registry.blob(descriptorOf(empty).digest)?.length, 0);
});

void test('sends nothing that is there', async () => {
  await using registry = await startTestRegistry();
  await using client = openClient();
  registry.seedBlob('app', blob);
  assert.equal(await push(client, registry), 'existed');
  assert.deepEqual(methods(registry), ['HEAD 200']);
});

void test('mounts from the first repository that has the blob', async () => {
  await using registry = await startTestRegistry({ quirks: { mountMissing: 404 } });
  await using client = openClient();
  registry.seedBlob('has', blob);
  const mountFrom = ['app', 'absent', 'has'];
  assert.equal(await push(client, registry, contentOf(blob), { mountFrom }), 'mounted');
  assertHeld(registry);
  assert.deepEqual(methods(registry), ['HEAD 404', 'POST 404', 'POST 201']);
});

for (const mount of ['ignored', 400, 401, 403, 404, 405, 500] as const) {
  void test(`uploads when a mount is answered with ${mount}`, async () => {
    await using registry = await startTestRegistry({ quirks: { mount } });
    await using client = openClient();
    registry.seedBlob('has', blob);
    assert.equal(await push(client, registry, contentOf(blob), { mountFrom: ['has'] }), 'uploaded');
    assertHeld(registry);
    const begun = registry.requests.filter(({ method, status }) => method === 'POST' && status === 202);
    assert.equal(begun.length, 1);
  });
}

void test('asks whether a blob is there that a registry says it mounted without naming it', async () => {
  await using registry = await startTestRegistry();
  await using client = openClient();
  registry.faults.add({ match: { method: 'POST' }, action: { kind: 'answer', status: 201 } });
  assert.equal(await push(client, registry, contentOf(blob), { mountFrom: ['has'] }), 'uploaded');
  assertHeld(registry);
});

for (const brokenUpload of ['kept', 'lost'] as const) {
  for (const uploadState of [false, true]) {
    void test(`recovers from connections that break (what arrived is ${brokenUpload}, state: ${uploadState})`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.oneof(fc.nat(3), fc.nat(150_000)), { minLength: 1, maxLength: 3 }),
          async (drops) => {
            await using registry = await startTestRegistry({ quirks: { brokenUpload, uploadState } });
            await using client = openClient({ chunkBytes: 100_000 });
            const match = { path: /uploads\/./ };
            for (const afterBytes of drops) registry.faults.add({ match, action: { kind: 'drop-upload', afterBytes } });
            assert.equal(await push(client, registry), 'uploaded');
            assertHeld(registry);
          },
        ),
        { numRuns: 12 },
      );
    });
  }
}

void test('goes on from where the registry stopped, in chunks', async () => {
  await using registry = await startTestRegistry();
  await using client = openClient({ chunkBytes: 100_000 });
  registry.faults.add({ match: { method: 'PUT' }, action: { kind: 'drop-upload', afterBytes: 50_000 } });
  assert.equal(await push(client, registry), 'uploaded');
  const patches = registry.requests.filter(({ method }) => method === 'PATCH');
  assert.deepEqual(
    patches.map(({ headers }) => headers['content-range']),
    ['50000-149999', '150000-249999', '250000-299999'],
  );
});

void test('sends chunks as long as the registry wants them at least', async () => {
  await using registry = await startTestRegistry({ quirks: { chunkMinimum: 120_000 } });
  await using client = openClient({ chunkBytes: 1000 });
  registry.faults.add({ match: { method: 'PUT' }, action: { kind: 'answer', status: 503 } });
  assert.equal(await push(client, registry), 'uploaded');
  assertHeld(registry);
});

void test('asks for the position after 416', async () => {
  await using registry = await startTestRegistry();
  await using client = openClient({ chunkBytes: 100_000 });
  registry.faults.add(
    { match: { method: 'PUT' }, action: { kind: 'drop-upload', afterBytes: 10_000 } },
    { match: { method: 'PATCH' }, action: { kind: 'answer', status: 416 } },
  );
  assert.equal(await push(client, registry), 'uploaded');
  assertHeld(registry);
  assert.equal(registry.requests.filter(({ method }) => method === 'GET').length, 2);
});

void test('begins again when the registry has forgotten the upload', async () => {
  await using registry = await startTestRegistry();
  await using client = openClient();
  registry.faults.add({ match: { method: 'PUT' }, action: { kind: 'answer', status: 404 } });
  assert.equal(await push(client, registry), 'uploaded');
  assertHeld(registry);
});

void test('does not send again what arrived although the answer was lost', async () => {
  await using registry = await startTestRegistry();
  await using client = openClient();
  registry.faults.add({ match: { method: 'PUT' }, action: { kind: 'cut' } });
  assert.equal(await push(client, registry), 'uploaded');
  assert.deepEqual(methods(registry).slice(2), ['PUT 0', 'HEAD 200']);
});

void test('sends in smaller parts what is too large for one request', async () => {
  await using registry = await startTestRegistry({ quirks: { chunkLimit: 100_000 } });
  await using client = openClient();
  assert.equal(await push(client, registry), 'uploaded');
  assertHeld(registry);
});

for (const [title, quirks, methodsAfter] of [
  ['204 for the end of an upload', { uploadPutStatus: 204 }, ['PUT 204']],
  ['202 for the end of an upload, once the blob is there', { uploadPutStatus: 202 }, ['PUT 202', 'HEAD 200']],
] as const) {
  void test(`takes ${title}`, async () => {
    await using registry = await startTestRegistry({ quirks });
    await using client = openClient();
    assert.equal(await push(client, registry), 'uploaded');
    assert.deepEqual(methods(registry).slice(2), methodsAfter);
  });
}

void test('takes 201 in the middle of an upload for no more than it is', async () => {
  await using registry = await startTestRegistry({ quirks: { patchStatus: 201 } });
  await using client = openClient({ chunkBytes: 100_000 });
  registry.faults.add({ match: { method: 'PUT' }, action: { kind: 'answer', status: 503 } });
  assert.equal(await push(client, registry), 'uploaded');
  assertHeld(registry);
});

void test('does not believe in a blob that is not there afterwards', async () => {
  await using registry = await startTestRegistry();
  await using client = openClient();
  const action = { kind: 'answer', status: 200 } as const;
  registry.faults.add({ match: { method: 'PUT' }, times: 99, action });
  await failure(push(client, registry), 'REGISTRY_PROTOCOL');
  assert.ok(registry.requests.length < 40);
});

for (const status of [500, 503, 429]) {
  void test(`gives up after some answers of ${status}, and cancels`, async () => {
    await using registry = await startTestRegistry();
    await using client = openClient();
    const match = { path: /uploads\/./, method: 'PUT' };
    registry.faults.add({ match, times: 99, action: { kind: 'answer', status } });
    registry.faults.add({ match: { ...match, method: 'PATCH' }, times: 99, action: { kind: 'answer', status } });
    await failure(push(client, registry), status === 429 ? 'RATE_LIMITED' : 'REGISTRY_REFUSED');
    assert.equal(registry.requests.at(-1)?.method, 'DELETE');
    assert.equal(registry.content.uploads.size, 0);
  });
}

void test('cancels the upload when it is told to stop', async () => {
  await using registry = await startTestRegistry();
  await using client = openClient();
  const controller = new AbortController();
  const reason = new Error('enough');
  const content: BlobContent = {
    size: blob.length,
    async *open() {
      yield blob.subarray(0, 1000);
      controller.abort(reason);
      await setTimeout(50);
      yield blob.subarray(1000);
    },
  };
  await assert.rejects(push(client, registry, content, { signal: controller.signal }), reason);
  assert.equal(registry.requests.at(-1)?.method, 'DELETE');
  assert.equal(registry.content.uploads.size, 0);
});

void test('waits no longer than a second for a registry that does not cancel when it is told to stop', async () => {
  await using registry = await startTestRegistry();
  await using client = openClient({ idleTimeout: 10_000 });
  for (const method of ['PUT', 'DELETE']) registry.faults.add({ match: { method }, action: { kind: 'hang' } });
  const reason = new Error('enough');
  const controller = new AbortController();
  setTimeout(100).then(() => controller.abort(reason), assert.fail);
  const started = performance.now();
  await assert.rejects(push(client, registry, contentOf(blob), { signal: controller.signal }), reason);
  assert.ok(performance.now() - started < 3000);
});

const changed: readonly (readonly [title: string, code: string, open: BlobContent['open']])[] = [
  ['ends early', 'SIZE_MISMATCH', (position) => contentOf(blob.subarray(0, 200_000)).open(position)],
  ['has other bytes', 'DIGEST_MISMATCH', (position) => contentOf(blobOf(300_000, 2)).open(position)],
];

for (const [title, code, open] of changed) {
  void test(`fails when the content ${title}`, async () => {
    await using registry = await startTestRegistry();
    await using client = openClient();
    await failure(push(client, registry, { size: blob.length, open }), code);
    assert.equal(registry.blob(descriptor.digest), undefined);
  });
}

void test('refuses content of another size before anything is asked', async () => {
  await using registry = await startTestRegistry();
  await using client = openClient();
  await failure(push(client, registry, contentOf(blob.subarray(1))), 'SIZE_MISMATCH');
  assert.deepEqual(trace(registry), []);
});

void test('fails with what the content fails with, and does not try again', async () => {
  await using registry = await startTestRegistry();
  await using client = openClient();
  const reason = new Error('disk');
  let opened = 0;
  const content: BlobContent = {
    size: blob.length,
    async *open() {
      opened += 1;
      yield blob.subarray(0, 1000);
      throw reason;
    },
  };
  await assert.rejects(push(client, registry, content), reason);
  assert.equal(opened, 1);
});

void test('gives no credentials to a host where uploads go on', async () => {
  await using store = await startTestRegistry({ quirks: { refusesAuthorization: true } });
  await using registry = await startTestRegistry({
    sharing: store,
    quirks: { uploadOrigin: store.url },
    auth: { kind: 'bearer', users: { alice: 'secret' } },
  });
  await using client = openClient({ logins: { [registry.host]: password('alice', 'secret') } });
  assert.equal(await push(client, registry), 'uploaded');
  assertHeld(registry);
  assert.deepEqual(methods(store), ['PUT 201']);
  assert.equal(store.requests[0]?.headers['authorization'], undefined);
});

for (const location of ['ftp://a.example/x', 'http://[', undefined]) {
  void test(`refuses an upload that goes on at ${location}`, async () => {
    await using registry = await startTestRegistry();
    await using client = openClient();
    registry.faults.add({ match: { method: 'POST' }, action: { kind: 'headers', headers: { location } } });
    await failure(push(client, registry), 'REGISTRY_PROTOCOL');
  });
}

void test('stops at a registry that takes one byte at a time, or none', async () => {
  for (const range of ['0-0', '0-999999999']) {
    await using registry = await startTestRegistry();
    await using client = openClient({ chunkBytes: 100_000 });
    const headers = { range, location: undefined };
    registry.faults.add(
      { match: { method: 'PUT' }, times: 99, action: { kind: 'answer', status: 503 } },
      { match: { method: 'PATCH' }, times: 9999, action: { kind: 'headers', headers } },
    );
    await failure(push(client, registry));
    assert.ok(registry.requests.length < 60);
  }
});
