import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../src/codec/index.ts';
import { fallbackTag, type FetchedManifest } from '../../src/registry/index.ts';
import {
  file,
  imageOf,
  jsonBytes,
  type JsonObject,
  layerOf,
  registryPresets,
  type RegistryQuirks,
  startTestRegistry,
  type TestRegistry,
} from '../../src/testing/index.ts';
import { descriptorOf, failure, nameIn, openClient, trace } from './clients.ts';

const image = imageOf([layerOf([file('a', 'text')])]);
const { mediaType, digest, size } = image;
const subject = { mediaType, digest, size };
const empty = Buffer.from('{}');

function referrer(artifactType: string | undefined, annotations?: JsonObject): FetchedManifest {
  const bytes = jsonBytes({
    schemaVersion: 2,
    mediaType,
    ...(artifactType === undefined ? {} : { artifactType }),
    config: { ...descriptorOf(empty), mediaType: 'application/vnd.oci.empty.v1+json' },
    layers: [],
    subject,
    ...(annotations ? { annotations } : {}),
  });
  return { bytes, digest: digestOf(bytes), mediaType };
}

async function seeded(quirks: RegistryQuirks = {}): Promise<TestRegistry> {
  const registry = await startTestRegistry({ quirks });
  registry.seed('app', '1', image);
  registry.seedBlob('app', empty);
  return registry;
}

const signature = referrer('application/vnd.signature');
const sboms = [1, 2, 3].map((number) => referrer('application/vnd.sbom', { number: String(number) }));
const every = [signature, ...sboms];

function digests(list: readonly { readonly digest: string }[]): readonly string[] {
  return list.map(({ digest }) => digest).sort();
}

const ways: readonly (readonly [title: string, quirks: RegistryQuirks])[] = [
  ['the API', {}],
  ['the API in pages', { referrersPageSize: 1 }],
  ['the API of a registry that does not filter', { referrersFilter: 'ignored' }],
  ['the tag, where the API is not there (404)', { referrers: 404 }],
  ['the tag, where the API is refused (401)', { referrers: 401 }],
  ['the tag, where the API is refused (403)', { referrers: 403 }],
  ['the tag, where the API fails (500)', { referrers: 500 }],
  ['the tag, where the API is not understood (400)', { referrers: 400 }],
  ['the tag, where the API is not allowed (405)', { referrers: 405 }],
];

for (const [title, quirks] of ways) {
  void test(`lists what refers to an image by ${title}`, async () => {
    await using registry = await seeded(quirks);
    await using client = openClient();
    const repository = nameIn(registry, 'app');
    assert.deepEqual(await client.referrers(repository, digest), []);
    for (const manifest of every) await client.putManifest(nameIn(registry, `app@${manifest.digest}`), manifest);
    assert.deepEqual(digests(await client.referrers(repository, digest)), digests(every));
    const artifactType = 'application/vnd.sbom';
    assert.deepEqual(digests(await client.referrers(repository, digest, { artifactType })), digests(sboms));
    const [first] = await client.referrers(repository, digest, { artifactType: 'application/vnd.signature' });
    assert.deepEqual([first?.size, first?.mediaType], [signature.bytes.length, mediaType]);
    const isByTag = registry.tags('app').includes(fallbackTag(digest));
    assert.equal(isByTag, quirks.referrers !== undefined);
  });
}

void test('keeps the list under the tag complete when many are pushed at once, and names each once', async () => {
  await using registry = await seeded({ referrers: 404 });
  await using client = openClient();
  const put = (manifest: FetchedManifest) => client.putManifest(nameIn(registry, `app@${manifest.digest}`), manifest);
  await Promise.all([...every, ...every].map(put));
  assert.deepEqual(digests(await client.referrers(nameIn(registry, 'app'), digest)), digests(every));
});

void test('keeps the list complete while other clients change it', async () => {
  await using registry = await seeded({ referrers: 404 });
  await using one = openClient();
  await using other = openClient();
  await Promise.all(
    every.map((manifest, index) =>
      (index % 2 === 0 ? one : other).putManifest(nameIn(registry, `app@${manifest.digest}`), manifest),
    ),
  );
  const known = digests(await one.referrers(nameIn(registry, 'app'), digest));
  assert.ok(known.length >= 3, `${known.length} of 4`);
});

void test('takes an entry for a manifest without an artifact type by the type of its config', async () => {
  await using registry = await seeded({ referrers: 404 });
  await using client = openClient();
  const manifest = referrer(undefined);
  await client.putManifest(nameIn(registry, `app@${manifest.digest}`), manifest);
  const [entry] = await client.referrers(nameIn(registry, 'app'), digest);
  assert.equal(entry?.artifactType, 'application/vnd.oci.empty.v1+json');
});

void test('takes an entry off the list when its manifest is deleted', async () => {
  await using registry = await seeded({ referrers: 404 });
  await using client = openClient();
  for (const manifest of every) await client.putManifest(nameIn(registry, `app@${manifest.digest}`), manifest);
  await client.deleteManifest(nameIn(registry, `app@${signature.digest}`));
  assert.deepEqual(digests(await client.referrers(nameIn(registry, 'app'), digest)), digests(sboms));
});

void test('asks no more of a registry that keeps the list itself', async () => {
  await using registry = await seeded();
  await using client = openClient();
  await client.putManifest(nameIn(registry, `app@${signature.digest}`), signature);
  assert.equal(registry.requests.length, 1);
});

void test('names the tag as the specification has it, also for long digests', () => {
  assert.equal(fallbackTag(digest), digest.replace(':', '-'));
  const long = digestOf(empty, 'sha512');
  assert.equal(fallbackTag(long), `sha512-${long.slice(7, 71)}`);
});

void test('does not take a registry that is out of order for one without referrers', async () => {
  await using registry = await seeded();
  await using client = openClient({ retries: 0 });
  registry.faults.add({ action: { kind: 'answer', status: 503 } });
  await failure(client.referrers(nameIn(registry, 'app'), digest), 'REGISTRY_REFUSED');
});

void test('takes a web page in place of the list for no API', async () => {
  await using registry = await startTestRegistry({ preset: registryPresets.artifactory, auth: { kind: 'none' } });
  await using client = openClient();
  registry.faults.add({ action: { kind: 'answer', status: 200, body: '<html></html>' } });
  assert.deepEqual(await client.referrers(nameIn(registry, 'app'), digest), []);
  assert.match(trace(registry).at(-1) ?? '', /manifests\/sha256-/);
});

void test('takes no list that is longer than any, however few are on a page', async () => {
  await using registry = await seeded({ referrersPageSize: 1 });
  await using client = openClient();
  for (let number = 0; number < 12; number++) {
    const { bytes, mediaType } = referrer('application/vnd.sbom', { [String(number)]: 'x'.repeat(3_000_000) });
    registry.seedManifest('app', digestOf(bytes), bytes, mediaType);
  }
  const error = await failure(client.referrers(nameIn(registry, 'app'), digest), 'REGISTRY_PROTOCOL');
  assert.match(error.message, /too many/);
});
