import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { after, before, suite, test } from 'node:test';
import {
  file,
  imageOf,
  indexOf,
  jsonBytes,
  layerOf,
  registryPresets,
  sha256Of,
  startTestRegistry,
  type TestRegistry,
} from '../../src/testing/index.ts';

const layer = layerOf([file('a', 'content of a')]);
const image = imageOf([layer]);
const index = indexOf([image, imageOf([layer], { platform: 'linux/arm64' })]);

const hasSkopeo = spawnSync('skopeo', ['--version']).status === 0;

let registry: TestRegistry;
before(async () => {
  registry = await startTestRegistry();
  registry.seed('team/app', 'latest', image);
});
after(() => registry[Symbol.asyncDispose]());

const at = (path: string, on = registry): string => `${on.url}/v2/${path}`;

async function text(url: string, init?: RequestInit): Promise<[number, string]> {
  const response = await fetch(url, init);
  return [response.status, await response.text()];
}

async function upload(repository: string, bytes: Uint8Array, on = registry): Promise<Response> {
  const begun = await fetch(at(`${repository}/blobs/uploads/`, on), { method: 'POST' });
  const location = new URL(begun.headers.get('location') ?? '', on.url);
  location.searchParams.append('digest', sha256Of(bytes));
  return fetch(location, { method: 'PUT', body: bytes });
}

function put(path: string, bytes: Uint8Array, mediaType: string, on = registry): Promise<Response> {
  return fetch(at(path, on), { method: 'PUT', body: bytes, headers: { 'content-type': mediaType } });
}

void suite('a test registry gives', () => {
  void test('manifests by tag and by digest, with their headers', async () => {
    for (const reference of ['latest', image.digest]) {
      const response = await fetch(at(`team/app/manifests/${reference}`));
      assert.equal(response.headers.get('docker-content-digest'), image.digest);
      assert.equal(response.headers.get('content-type'), image.mediaType);
      assert.deepEqual(Buffer.from(await response.arrayBuffer()), image.manifest);
    }
  });
  void test('the headers of a manifest for HEAD', async () => {
    const response = await fetch(at('team/app/manifests/latest'), { method: 'HEAD' });
    assert.equal(response.headers.get('content-length'), String(image.size));
    assert.equal(await response.text(), '');
  });
  void test('blobs, and parts of them', async () => {
    const path = at(`team/app/blobs/${layer.digest}`);
    assert.equal((await fetch(path)).headers.get('accept-ranges'), 'bytes');
    const part = await fetch(path, { headers: { range: 'bytes=10-19' } });
    assert.equal(part.status, 206);
    assert.equal(part.headers.get('content-range'), `bytes 10-19/${layer.size}`);
    assert.deepEqual(Buffer.from(await part.arrayBuffer()), layer.bytes.subarray(10, 20));
    const past = await fetch(path, { headers: { range: `bytes=${layer.size}-` } });
    assert.deepEqual([past.status, past.headers.get('content-range')], [416, `bytes */${layer.size}`]);
  });
  void test('404 with a code for what it has not', async () => {
    const [status, body] = await text(at('team/app/manifests/none'));
    assert.equal(status, 404);
    assert.match(body, /MANIFEST_UNKNOWN/);
  });
});

void suite('a test registry takes', () => {
  void test('a blob in one PUT, and a manifest that needs it', async () => {
    assert.equal((await upload('up/one', layer.bytes)).status, 201);
    assert.equal((await put('up/one/manifests/v1', image.manifest, image.mediaType)).status, 400);
    await upload('up/one', image.config);
    assert.equal((await put('up/one/manifests/v1', image.manifest, image.mediaType)).status, 201);
    assert.deepEqual(registry.manifest('up/one', 'v1')?.bytes, image.manifest);
    assert.deepEqual(registry.blob(layer.digest), layer.bytes);
  });
  void test('a blob in chunks, and tells how much it has when one comes out of order', async () => {
    const begun = await fetch(at('up/chunks/blobs/uploads/'), { method: 'POST' });
    const location = new URL(begun.headers.get('location') ?? '', registry.url);
    const patch = (from: number, to: number): Promise<Response> =>
      fetch(location, {
        method: 'PATCH',
        body: layer.bytes.subarray(from, to),
        headers: { 'content-range': `${from}-${to - 1}` },
      });
    assert.equal((await patch(0, 50)).headers.get('range'), '0-49');
    const wrong = await patch(60, 70);
    assert.deepEqual([wrong.status, wrong.headers.get('range')], [416, '0-49']);
    const progress = await fetch(location);
    assert.deepEqual([progress.status, progress.headers.get('range')], [204, '0-49']);
    assert.equal((await patch(50, layer.size)).status, 202);
    location.searchParams.set('digest', layer.digest);
    assert.equal((await fetch(location, { method: 'PUT' })).status, 201);
    assert.deepEqual(registry.content.repositories.get('up/chunks')?.blobs.get(layer.digest), layer.bytes);
  });
  void test('no blob whose digest is another', async () => {
    const begun = await fetch(at('up/wrong/blobs/uploads/'), { method: 'POST' });
    const location = new URL(begun.headers.get('location') ?? '', registry.url);
    location.searchParams.set('digest', image.digest);
    const [status, body] = await text(location.href, { method: 'PUT', body: layer.bytes });
    assert.equal(status, 400);
    assert.match(body, /DIGEST_INVALID/);
  });
  void test('a mount from a repository that has the blob, and begins an upload where none has', async () => {
    const mount = (from: string): Promise<Response> =>
      fetch(at(`up/mount/blobs/uploads/?mount=${layer.digest}&from=${from}`), { method: 'POST' });
    assert.equal((await mount('no/such')).status, 202);
    assert.equal((await mount('team/app')).status, 201);
  });
  void test('an index only after its children', async () => {
    assert.equal((await put('team/app/manifests/all', index.bytes, index.mediaType)).status, 400);
    for (const member of index.members) {
      assert.ok(member.kind === 'image');
      registry.seedBlob('team/app', member.config);
      await put(`team/app/manifests/${member.digest}`, member.manifest, member.mediaType);
    }
    assert.equal((await put('team/app/manifests/all', index.bytes, index.mediaType)).status, 201);
  });
  void test('deletes of tags, manifests and blobs', async () => {
    registry.seed('del', 'a', image);
    registry.seed('del', 'b', image);
    const remove = async (path: string): Promise<number> =>
      (await fetch(at(`del/${path}`), { method: 'DELETE' })).status;
    assert.equal(await remove('manifests/a'), 202);
    assert.deepEqual(registry.tags('del'), ['b']);
    assert.equal(await remove(`manifests/${image.digest}`), 202);
    assert.deepEqual(registry.tags('del'), []);
    assert.equal(await remove(`blobs/${layer.digest}`), 202);
    assert.equal(await remove(`blobs/${layer.digest}`), 404);
  });
});

void suite('a test registry lists', () => {
  void test('tags page by page', async () => {
    for (const tag of ['c', 'a', 'b']) registry.seed('many', tag, image);
    const first = await fetch(at('many/tags/list?n=2'));
    assert.deepEqual(await first.json(), { name: 'many', tags: ['a', 'b'] });
    const [, next = ''] = /^<(.*)>; rel="next"$/.exec(first.headers.get('link') ?? '') ?? [];
    const second = await fetch(new URL(next, registry.url));
    assert.deepEqual(await second.json(), { name: 'many', tags: ['c'] });
    assert.equal(second.headers.get('link'), null);
  });
  void test('repositories', async () => {
    const { repositories } = (await (await fetch(at('_catalog'))).json()) as { repositories: string[] };
    assert.ok(repositories.includes('team/app'));
  });
  void test('referrers, filtered and told so', async () => {
    const subject = { mediaType: image.mediaType, digest: image.digest, size: image.size };
    registry.seed('ref', 'latest', image);
    const bytes = jsonBytes({ ...(JSON.parse(image.manifest.toString()) as object), artifactType: 'a/b', subject });
    const pushed = await put(`ref/manifests/${sha256Of(bytes)}`, bytes, image.mediaType);
    assert.equal(pushed.headers.get('oci-subject'), image.digest);
    const all = (await (await fetch(at(`ref/referrers/${image.digest}`))).json()) as { manifests: unknown[] };
    assert.deepEqual(all.manifests, [
      { mediaType: image.mediaType, digest: sha256Of(bytes), size: bytes.length, artifactType: 'a/b' },
    ]);
    const none = await fetch(at(`ref/referrers/${image.digest}?artifactType=x/y`));
    assert.equal(none.headers.get('oci-filters-applied'), 'artifactType');
    assert.deepEqual(((await none.json()) as { manifests: unknown[] }).manifests, []);
  });
});

void suite('a test registry', () => {
  void test('records what was asked and what it answered', async () => {
    registry.clearRequests();
    await upload('rec', layer.bytes);
    assert.deepEqual(
      registry.requests.map(({ method, bytes, status }) => [method, bytes, status]),
      [
        ['POST', 0, 202],
        ['PUT', layer.size, 201],
      ],
    );
    assert.equal(registry.requests[1]?.headers['host'], registry.host);
  });
  void test('can share its content with another', async () => {
    await using other = await startTestRegistry({ sharing: registry, quirks: { refusesAuthorization: true } });
    const path = at(`team/app/blobs/${layer.digest}`, other);
    assert.equal((await fetch(path)).status, 200);
    assert.equal((await fetch(path, { headers: { authorization: 'Basic eA==' } })).status, 400);
  });
  for (const [name, preset] of Object.entries(registryPresets)) {
    void test(`plays ${name}: an image can be pulled from it`, async () => {
      await using played = await startTestRegistry({ preset, auth: { anonymous: ['pull'], kind: 'none' } });
      played.seed('team/app', 'latest', image);
      const [status, body] = await text(at('team/app/manifests/latest', played));
      assert.deepEqual([status, body], [200, image.manifest.toString()]);
    });
  }
  void test('is one that skopeo copies to and from', { skip: !hasSkopeo }, async () => {
    const auth = { kind: 'bearer', users: { alice: 'secret' } } as const;
    await using target = await startTestRegistry({ auth });
    const source = `docker://${registry.host}/team/app:latest`;
    const args = ['--src-tls-verify=false', '--dest-tls-verify=false', '--dest-creds', 'alice:secret'];
    await skopeo(['copy', ...args, source, `docker://${target.host}/x/y:z`]);
    assert.equal(target.manifest('x/y', 'z')?.digest, image.digest);
    assert.ok(target.tokenRequests.every(({ user }) => user === 'alice'));
  });
});

function skopeo(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('skopeo', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(errors))));
  });
}
