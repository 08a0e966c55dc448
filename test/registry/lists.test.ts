import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isHoldfastError } from '../../src/base/index.ts';
import type { HttpResponse } from '../../src/http/index.ts';
import { PageGuard } from '../../src/registry/paging.ts';
import type { RegistryHost } from '../../src/registry/registry-host.ts';
import {
  file,
  imageOf,
  layerOf,
  type RegistryQuirks,
  startTestRegistry,
  type TestRegistry,
} from '../../src/testing/index.ts';
import { all, failure, openClient, password, trace } from './clients.ts';

const image = imageOf([layerOf([file('a', 'text')])]);

async function tagged(quirks: RegistryQuirks, count = 25): Promise<TestRegistry> {
  const registry = await startTestRegistry({ quirks });
  for (const tag of tagsOf(count)) registry.seed('app', tag, image);
  return registry;
}

function tagsOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `v${String(index).padStart(4, '0')}`);
}

function appOf(registry: TestRegistry): { registry: string; repository: string } {
  return { registry: registry.host, repository: 'app' };
}

for (const link of ['relative', 'absolute', 'absent'] as const) {
  for (const pageLimit of [1, 7, 25, 1000]) {
    void test(`lists all tags in pages of ${pageLimit} with a link that is ${link}`, async () => {
      await using registry = await tagged({ link, pageLimit });
      await using client = openClient({ quirks: () => ({ name: 'test', pageSize: pageLimit }) });
      assert.deepEqual(await all(client.tags(appOf(registry))), tagsOf(25));
    });
  }
}

void test('asks for no more than a thousand names at once', async () => {
  await using registry = await tagged({ pageLimit: 1000, pageLimitExceeded: 'refused', link: 'absent' }, 1001);
  await using client = openClient();
  assert.deepEqual(await all(client.tags(appOf(registry))), tagsOf(1001));
  assert.deepEqual(trace(registry), [
    'GET /v2/app/tags/list?n=1000 200',
    'GET /v2/app/tags/list?n=1000&last=v0999 200',
  ]);
});

void test('asks for the next page only when it is wanted', async () => {
  await using registry = await tagged({ pageLimit: 10 });
  await using client = openClient();
  for await (const tag of client.tags(appOf(registry))) if (tag === 'v0003') break;
  assert.equal(registry.requests.length, 1);
});

const headers = (values: Readonly<Record<string, string>>) => ({ kind: 'headers', headers: values }) as const;
const answer = (body: unknown) => ({ kind: 'answer', status: 200, body: JSON.stringify(body) }) as const;

for (const [title, action] of [
  ['a next page on another host', headers({ link: '<https://other.example/v2/app/tags/list?last=a>; rel="next"' })],
  ['a next page that is the same one', headers({ link: '</v2/app/tags/list?n=1000>; rel="next"' })],
  ['a list of another shape', answer({ tags: 'v1' })],
  ['tags that are none', answer({ tags: ['ok', '../../etc'] })],
  ['tags with control characters', answer({ tags: ['\u001b[31m'] })],
  ['what is no JSON', { kind: 'answer', status: 200, body: '<html>' }],
] as const) {
  void test(`refuses ${title}`, async () => {
    await using registry = await tagged({});
    await using client = openClient();
    registry.faults.add({ times: 2, action });
    const error = await failure(all(client.tags(appOf(registry))), 'REGISTRY_PROTOCOL');
    assert.ok(!error.message.includes('\u001b'));
  });
}

void test('takes a link to the same host by http for what a proxy leaves of it, and reads links among others', async () => {
  await using registry = await tagged({ pageLimit: 20 });
  await using client = openClient();
  const link = `<http://x.example/>; rel="last", <${registry.url}/v2/app/tags/list?n=20&last=v0019>; title="a, b"; rel="prev next"`;
  registry.faults.add({ action: headers({ link }) });
  assert.deepEqual(await all(client.tags(appOf(registry))), tagsOf(25));
});

for (const link of ['', 'next', '<', '</v2/x>', '</v2/x>; rel', '</v2/x>; rel*=a', ';;;', '<>; rel=next']) {
  void test(`survives the link "${link}"`, async () => {
    await using registry = await tagged({});
    await using client = openClient();
    registry.faults.add({ action: headers({ link }) });
    try {
      assert.deepEqual(await all(client.tags(appOf(registry))), tagsOf(25));
    } catch (error) {
      assert.ok(
        isHoldfastError(error, 'REGISTRY_PROTOCOL') || isHoldfastError(error, 'REGISTRY_REFUSED'),
        String(error),
      );
    }
  });
}

void test('does not go round and round with a registry that begins every page at the beginning', async () => {
  await using registry = await tagged({});
  await using client = openClient({ quirks: () => ({ name: 'test', pageSize: 25 }) });
  registry.faults.add({ times: 99, action: answer({ name: 'app', tags: tagsOf(25) }) });
  assert.deepEqual(await all(client.tags(appOf(registry))), tagsOf(25));
  assert.equal(registry.requests.length, 2);
});

void test('lists no tags where there are none, and says of a repository that it is not there', async () => {
  await using registry = await tagged({});
  await using client = openClient();
  registry.faults.add({ action: answer({ name: 'app', tags: null }) });
  assert.deepEqual(await all(client.tags(appOf(registry))), []);
  const error = await failure(all(client.tags({ ...appOf(registry), repository: 'absent' })), 'IMAGE_NOT_FOUND');
  assert.match(error.message, /no such repository/);
});

void test('lists the repositories of a registry', async () => {
  await using registry = await startTestRegistry({ quirks: { pageLimit: 2 } });
  await using client = openClient();
  for (const repository of ['a', 'b/c', 'b/d', 'e']) registry.seed(repository, '1', image);
  assert.deepEqual(await all(client.catalog(registry.host)), ['a', 'b/c', 'b/d', 'e']);
});

for (const catalog of [400, 401, 403, 404, 405, 501]) {
  void test(`says that there is no list of repositories after ${catalog}`, async () => {
    await using registry = await startTestRegistry({
      quirks: { catalog },
      auth: { kind: 'basic', users: { alice: 'secret' } },
    });
    await using client = openClient({ logins: { [registry.host]: password('alice', 'secret') } });
    await failure(all(client.catalog(registry.host)), 'REGISTRY_LACKS');
  });
}

void test('does not even ask where there is known to be no list of repositories', async () => {
  await using client = openClient();
  const error = await failure(all(client.catalog('docker.io')), 'REGISTRY_LACKS');
  assert.match(error.hint ?? '', /Docker Hub/);
});

void test('remembers little of each page, however long its address is', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const guard = new PageGuard({ nonsense: (_, reason) => new Error(reason) } as RegistryHost, 'a list');
  const pageAt = (url: URL) => ({ url, discard: async () => {} }) as HttpResponse;
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let page = 0; page < 5000; page++) {
    await guard.check(pageAt(new URL(`https://registry.example/v2/?${'x'.repeat(8000)}${page}`)));
  }
  collectGarbage();
  assert.ok(process.memoryUsage().heapUsed - before < 5_000_000);
  const again = new URL(`https://registry.example/v2/?${'x'.repeat(8000)}7`);
  await assert.rejects(guard.check(pageAt(again)), /circle/);
});
