import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  file,
  imageOf,
  indexOf,
  layerOf,
  registryPresets,
  type RegistryQuirks,
  startTestRegistry,
  type TestRegistry,
} from '../../src/testing/index.ts';
import { ask, type Asked, type AskOptions } from './ask.ts';

const layer = layerOf([file('a', 'content of a')]);
const image = imageOf([layer]);
const docker = imageOf([layer], { format: 'docker' });
const none = `sha256:${'0'.repeat(64)}`;

async function started(quirks: RegistryQuirks): Promise<TestRegistry> {
  const registry = await startTestRegistry({ quirks });
  for (const tag of ['a', 'b', 'c']) registry.seed('team/app', tag, image);
  return registry;
}

function at(registry: TestRegistry, path: string, options: AskOptions = {}): Promise<Asked> {
  return ask(`${registry.url}/v2/${path}`, options);
}

/** The status of one request under quirks. */
async function statusOf(quirks: RegistryQuirks, method: string, path: string): Promise<number> {
  await using registry = await started(quirks);
  return (await at(registry, path, { method })).status;
}

const cases: readonly (readonly [string, RegistryQuirks, string, string, number])[] = [
  ['no ping', { ping: 404 }, 'GET', '', 404],
  ['HEAD of a manifest refused', { manifestHead: 405 }, 'HEAD', 'team/app/manifests/a', 405],
  ['GET of a manifest answered all the same', { manifestHead: 405 }, 'GET', 'team/app/manifests/a', 200],
  ['401 for a blob that is missing', { missingBlobHead: 401 }, 'HEAD', `team/app/blobs/${none}`, 401],
  ['HEAD of any blob refused', { blobHead: 403 }, 'HEAD', `team/app/blobs/${layer.digest}`, 403],
  ['no catalog', { catalog: 404 }, 'GET', '_catalog', 404],
  ['no tag list', { tagList: 403 }, 'GET', 'team/app/tags/list', 403],
  ['no referrers', { referrers: 405 }, 'GET', `team/app/referrers/${image.digest}`, 405],
  ['no deletes of tags', { tagDelete: 405 }, 'DELETE', 'team/app/manifests/a', 405],
  ['no deletes of manifests', { manifestDelete: 405 }, 'DELETE', `team/app/manifests/${image.digest}`, 405],
  ['no deletes of blobs', { blobDelete: 405 }, 'DELETE', `team/app/blobs/${layer.digest}`, 405],
  ['a page that is too large', { pageLimit: 2, pageLimitExceeded: 'refused' }, 'GET', 'team/app/tags/list?n=3', 400],
  ['repositories that must be there', { repositories: 'required' }, 'POST', 'new/blobs/uploads/', 404],
  ['no mount', { mount: 404 }, 'POST', `new/blobs/uploads/?mount=${layer.digest}&from=team/app`, 404],
  ['mounts passed over', { mount: 'ignored' }, 'POST', `new/blobs/uploads/?mount=${layer.digest}&from=team/app`, 202],
  ['401 for a missing source', { mountMissing: 401 }, 'POST', `new/blobs/uploads/?mount=${layer.digest}&from=no`, 401],
  ['no mount from anywhere', { anonymousMount: 400 }, 'POST', `new/blobs/uploads/?mount=${layer.digest}`, 400],
  ['mounts from anywhere', { anonymousMount: 'answered' }, 'POST', `new/blobs/uploads/?mount=${layer.digest}`, 201],
];

void suite('a quirk can be', () => {
  for (const [name, quirks, method, path, status] of cases) {
    void test(name, async () => assert.equal(await statusOf(quirks, method, path), status));
  }
  void test('a HEAD without headers', async () => {
    await using registry = await started({ manifestHeadLacks: ['digest', 'length', 'type'] });
    const { headers } = await at(registry, 'team/app/manifests/a', { method: 'HEAD' });
    assert.deepEqual(
      [headers['docker-content-digest'], headers['content-length'], headers['content-type']],
      [undefined, undefined, undefined],
    );
  });
  void test('a wrong digest header, or none', async () => {
    await using registry = await started({ manifestDigest: 'wrong' });
    const wrong = (await at(registry, 'team/app/manifests/a')).headers['docker-content-digest'];
    assert.match(String(wrong), /^sha256:/);
    assert.notEqual(wrong, image.digest);
    registry.setQuirks({ manifestDigest: 'absent' });
    assert.equal((await at(registry, 'team/app/manifests/a')).headers['docker-content-digest'], undefined);
  });
  void test('another Content-Type', async () => {
    await using registry = await started({ manifestType: '{type}; charset=utf-8' });
    const { headers } = await at(registry, 'team/app/manifests/a');
    assert.equal(headers['content-type'], `${image.mediaType}; charset=utf-8`);
  });
  void test('an Accept header that must name the type', async () => {
    await using registry = await started({ manifestAccept: 'required' });
    assert.equal((await at(registry, 'team/app/manifests/a')).status, 404);
    const headers = { accept: `text/plain, ${image.mediaType};q=1` };
    assert.equal((await at(registry, 'team/app/manifests/a', { headers })).status, 200);
  });
  void test('blobs on another host, and no authorization there', async () => {
    await using registry = await started({ blobRedirect: 'https://cdn.test/{repository}/{digest}?sig=a%2Fb' });
    const { status, headers } = await at(registry, `team/app/blobs/${layer.digest}`);
    assert.deepEqual([status, headers.location], [307, `https://cdn.test/team/app/${layer.digest}?sig=a%2Fb`]);
  });
  void test('no ranges', async () => {
    await using registry = await started({ ranges: 'ignored' });
    const { status, body } = await at(registry, `team/app/blobs/${layer.digest}`, { headers: { range: 'bytes=3-' } });
    assert.deepEqual([status, body], [200, layer.bytes]);
  });
  void test('uploads on another host that shares the content', async () => {
    await using storage = await startTestRegistry();
    await using registry = await startTestRegistry({ quirks: { uploadOrigin: storage.url }, sharing: storage });
    const begun = await at(registry, 'up/blobs/uploads/', { method: 'POST' });
    const location = new URL(begun.headers.location ?? '');
    assert.equal(location.host, storage.host);
    location.searchParams.set('digest', layer.digest);
    assert.equal((await ask(location, { method: 'PUT', body: layer.bytes })).status, 201);
    assert.equal((await at(registry, `up/blobs/${layer.digest}`)).status, 200);
  });
  void test('a Location with state that must come back as it was', async () => {
    await using registry = await started({ uploadState: true, uploadLocation: 'absolute' });
    const begun = await at(registry, 'up/blobs/uploads/', { method: 'POST' });
    const location = String(begun.headers.location);
    assert.ok(location.startsWith(registry.url));
    const [bare = ''] = location.split('?');
    assert.equal((await ask(`${bare}?digest=${layer.digest}`, { method: 'PUT', body: layer.bytes })).status, 400);
    const next = await ask(location, { method: 'PATCH', body: layer.bytes });
    assert.equal((await ask(`${location}&digest=${layer.digest}`, { method: 'PUT' })).status, 400);
    assert.equal((await ask(`${String(next.headers.location)}&digest=${layer.digest}`, { method: 'PUT' })).status, 201);
  });
  void test('other statuses of success', async () => {
    await using registry = await started({ patchStatus: 201, uploadPutStatus: 204, manifestPutStatus: 200 });
    const begun = await at(registry, 'team/app/blobs/uploads/', { method: 'POST' });
    const location = new URL(begun.headers.location ?? '', registry.url);
    assert.equal((await ask(location, { method: 'PATCH', body: layer.bytes })).status, 201);
    location.searchParams.set('digest', layer.digest);
    assert.equal((await ask(location, { method: 'PUT' })).status, 204);
    const headers = { 'content-type': image.mediaType };
    const pushed = await at(registry, 'team/app/manifests/z', { method: 'PUT', body: image.manifest, headers });
    assert.equal(pushed.status, 200);
  });
  void test('a least and a largest chunk', async () => {
    await using registry = await started({ chunkMinimum: 50, chunkLimit: 60 });
    const begun = await at(registry, 'up/blobs/uploads/', { method: 'POST' });
    assert.equal(begun.headers['oci-chunk-min-length'], '50');
    const location = new URL(begun.headers.location ?? '', registry.url);
    const patch = async (bytes: number): Promise<number> => {
      const headers = { 'content-range': `0-${bytes - 1}` };
      return (await ask(location, { method: 'PATCH', body: layer.bytes.subarray(0, bytes), headers })).status;
    };
    assert.deepEqual([await patch(10), await patch(70), await patch(55)], [416, 413, 202]);
  });
  void test('an upload that a broken connection undoes', async () => {
    await using registry = await started({ brokenUpload: 'lost' });
    const begun = await at(registry, 'up/blobs/uploads/', { method: 'POST' });
    const location = new URL(begun.headers.location ?? '', registry.url);
    registry.faults.add({ match: { method: 'PATCH' }, action: { kind: 'drop-upload', afterBytes: 20 } });
    await ask(location, { method: 'PATCH', body: layer.bytes });
    assert.equal((await ask(location)).headers['range'], '0-0');
  });
  void test('types that are not taken', async () => {
    const configTypes = ['application/vnd.docker.container.image.v1+json'];
    await using registry = await started({ configTypes, manifestTypes: [image.mediaType], manifestTypesRefusal: 401 });
    registry.seed('team/app', 'd', docker);
    const push = async ({ manifest, mediaType }: typeof image): Promise<number> => {
      const headers = { 'content-type': mediaType };
      return (await at(registry, 'team/app/manifests/x', { method: 'PUT', body: manifest, headers })).status;
    };
    assert.deepEqual([await push(docker), await push(image)], [401, 400]);
  });
  void test('indexes of one family only', async () => {
    await using registry = await started({ refusesMixedIndexes: true });
    registry.seed('team/app', 'd', docker);
    const push = async (members: (typeof image)[]): Promise<number> => {
      const { bytes, mediaType } = indexOf(members);
      const headers = { 'content-type': mediaType };
      return (await at(registry, 'team/app/manifests/x', { method: 'PUT', body: bytes, headers })).status;
    };
    assert.deepEqual([await push([image, docker]), await push([image])], [400, 201]);
  });
  void test('links that are absolute or absent', async () => {
    await using registry = await started({ link: 'absolute', pageSize: 2 });
    const { headers } = await at(registry, 'team/app/tags/list');
    assert.equal(headers['link'], `<${registry.url}/v2/team/app/tags/list?n=2&last=b>; rel="next"`);
    registry.setQuirks({ link: 'absent' });
    assert.equal((await at(registry, 'team/app/tags/list')).headers['link'], undefined);
  });
  void test('several tags in one push by digest', async () => {
    await using registry = await started({ tagParameters: 'accepted' });
    const path = `team/app/manifests/${image.digest}?tag=x&tag=y`;
    const headers = { 'content-type': image.mediaType };
    const pushed = await at(registry, path, { method: 'PUT', body: image.manifest, headers });
    assert.equal(pushed.headers['oci-tag'], 'x, y');
    assert.equal(registry.manifest('team/app', 'y')?.digest, image.digest);
  });
});

void suite('presets say that', () => {
  void test('Docker Hub tells what is left of its limit', async () => {
    await using registry = await startTestRegistry({ preset: registryPresets.dockerHub });
    registry.seed('library/app', 'latest', image);
    const { status, headers } = await at(registry, 'library/app/manifests/latest');
    assert.deepEqual([status, headers['ratelimit-remaining']], [401, '76;w=21600']);
  });
  void test('ECR knows Basic only and gives no digest', async () => {
    const auth = { users: { AWS: 'token' } };
    await using registry = await startTestRegistry({ preset: registryPresets.ecr, auth });
    registry.seed('app', 'latest', image);
    const headers = { authorization: `Basic ${Buffer.from('AWS:token').toString('base64')}` };
    const given = await at(registry, 'app/manifests/latest', { headers });
    assert.deepEqual([given.status, given.headers['docker-content-digest']], [200, undefined]);
    assert.equal((await at(registry, 'app/tags/list?n=1001', { headers })).status, 400);
  });
});
