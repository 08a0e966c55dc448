import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHoldfastError, type ErrorCode } from '../../src/base/index.ts';
import type { Credential } from '../../src/credentials/index.ts';
import { digestOf } from '../../src/codec/index.ts';
import { type Quirks, quirksByHost, quirksOf } from '../../src/registry/index.ts';
import {
  file,
  imageOf,
  indexOf,
  jsonBytes,
  layerOf,
  registryPresets,
  startTestRegistry,
  type TestRegistry,
} from '../../src/testing/index.ts';
import {
  all,
  blobOf,
  collect,
  contentOf,
  descriptorOf,
  failure,
  openClient,
  password,
  type TestClient,
  trace,
} from './clients.ts';

type PresetName = keyof typeof registryPresets;

interface Habits {
  readonly preset: PresetName;
  /** A host whose row of the table belongs to the preset. */
  readonly host: string;
  /** What does not work there, and with which code that is said. */
  readonly lacks: Partial<Record<'catalog' | 'delete' | 'deleteTag', ErrorCode>>;
  readonly format?: 'docker';
  readonly credential?: Credential;
}

const registries: readonly Habits[] = [
  {
    preset: 'dockerHub',
    host: 'docker.io',
    lacks: { catalog: 'REGISTRY_LACKS', delete: 'REGISTRY_LACKS', deleteTag: 'REGISTRY_LACKS' },
  },
  { preset: 'quay', host: 'quay.io', lacks: {} },
  { preset: 'harbor', host: 'harbor.example', lacks: {} },
  { preset: 'ecr', host: '123456789012.dkr.ecr.eu-west-1.amazonaws.com', lacks: { catalog: 'REGISTRY_LACKS' } },
  { preset: 'artifactRegistry', host: 'europe-docker.pkg.dev', lacks: {} },
  { preset: 'acr', host: 'team.azurecr.io', lacks: {}, credential: { kind: 'identity-token', token: 'refresh' } },
  { preset: 'gitlab', host: 'registry.gitlab.com', lacks: {} },
  { preset: 'artifactory', host: 'team.jfrog.io', lacks: {}, format: 'docker' },
  {
    preset: 'ghcr',
    host: 'ghcr.io',
    lacks: { catalog: 'REGISTRY_LACKS', delete: 'REGISTRY_LACKS', deleteTag: 'REGISTRY_LACKS' },
  },
  { preset: 'githubPackages', host: 'docker.pkg.github.com', lacks: { catalog: 'REGISTRY_LACKS' } },
];

const auth = { users: { alice: 'secret' }, identityTokens: { refresh: 'alice' } };

async function start(habits: Habits): Promise<TestRegistry> {
  const preset = registryPresets[habits.preset];
  const registry = await startTestRegistry({ preset, auth });
  for (const repository of ['team/app', 'team/other']) registry.createRepository(repository);
  return registry;
}

function client(registry: TestRegistry, habits: Habits): TestClient {
  const { host: _, ...quirks }: Quirks = quirksOf(habits.host);
  const credential = habits.credential ?? password('alice', 'secret');
  return openClient({ quirks: () => quirks, logins: { [registry.host]: credential } });
}

async function allowing(code: ErrorCode | undefined, work: () => Promise<unknown>): Promise<void> {
  if (code === undefined) await work();
  else await failure(work(), code);
}

for (const habits of registries) {
  const { preset, lacks } = habits;
  void test(`pushes to, pulls from, lists and deletes at a registry with the habits of ${preset}`, async () => {
    await using registry = await start(habits);
    await using holdfast = client(registry, habits);
    const repository = { registry: registry.host, repository: 'team/app' };
    const other = { ...repository, repository: 'team/other' };
    const image = imageOf([layerOf([file('a', blobOf(5000))])], { format: habits.format ?? 'oci' });
    const manifest = { bytes: image.manifest, digest: image.digest, mediaType: image.mediaType };
    const config = descriptorOf(image.config);
    const [layer] = image.layers;
    assert.ok(layer);
    for (const [descriptor, bytes] of [
      [layer, layer.bytes],
      [config, image.config],
    ] as const) {
      assert.equal(await holdfast.hasBlob(repository, descriptor).catch(isDenied), false);
      const options = { mountFrom: ['team/absent', 'team/other'] };
      assert.equal(await holdfast.putBlob(repository, descriptor, contentOf(bytes), options), 'uploaded');
      assert.equal(await holdfast.putBlob(repository, descriptor, contentOf(bytes), options), 'existed');
      const mounted = { mountFrom: ['team/app'] };
      const outcome = await holdfast.putBlob(other, descriptor, contentOf(bytes), mounted);
      assert.equal(outcome, preset === 'githubPackages' ? 'uploaded' : 'mounted');
      assert.deepEqual(await collect(holdfast.getBlob(repository, descriptor, 100)), bytes.subarray(100));
    }
    for (const tag of ['1', '2']) await holdfast.putManifest({ ...repository, tag }, manifest);
    const name = { ...repository, tag: '1' };
    const { mediaType, digest, size } = image;
    assert.deepEqual(await holdfast.resolve(name), { mediaType, digest, size });
    assert.equal((await holdfast.getManifest(name)).digest, digest);
    assert.equal(await holdfast.hasManifest(repository, digest), true);
    assert.deepEqual(await all(holdfast.tags(repository)), ['1', '2']);
    assert.deepEqual(await holdfast.referrers(repository, digest), []);
    await holdfast.checkAccess(registry.host);
    await allowing(lacks.catalog, () => all(holdfast.catalog(registry.host)));
    await allowing(lacks.deleteTag, () => holdfast.deleteManifest(name));
    assert.equal(registry.tags('team/app').includes('2'), true);
    await allowing(lacks.delete, () => holdfast.deleteManifest({ ...repository, digest }));
  });
}

/** GitLab answers 401 for a blob that is not there. */
function isDenied(error: unknown): boolean {
  assert.ok(isHoldfastError(error));
  return false;
}

void test('recovers from broken uploads at every registry', async () => {
  for (const habits of registries) {
    await using registry = await start(habits);
    await using holdfast = client(registry, habits);
    const blob = blobOf(200_000);
    registry.faults.add({ match: { method: 'PUT' }, action: { kind: 'drop-upload', afterBytes: 70_000 } });
    const repository = { registry: registry.host, repository: 'team/app' };
    assert.equal(await holdfast.putBlob(repository, descriptorOf(blob), contentOf(blob)), 'uploaded');
    assert.ok(registry.content.repositories.get('team/app')?.blobs.has(descriptorOf(blob).digest));
  }
});

void test('keeps referrers at every registry', async () => {
  for (const habits of registries.filter(({ format }) => format === undefined)) {
    await using registry = await start(habits);
    await using holdfast = client(registry, habits);
    const image = imageOf([]);
    registry.seed('team/app', '1', image);
    const { mediaType, digest, size } = image;
    const bytes = jsonBytes({
      ...(JSON.parse(image.manifest.toString()) as object),
      subject: { mediaType, digest, size },
      artifactType: 'application/vnd.x',
    });
    const repository = { registry: registry.host, repository: 'team/app' };
    const manifest = { bytes, digest: digestOf(bytes), mediaType };
    await holdfast.putManifest({ ...repository, digest: manifest.digest }, manifest);
    const found = await holdfast.referrers(repository, digest, { artifactType: 'application/vnd.x' });
    assert.deepEqual(
      found.map((one) => one.digest),
      [manifest.digest],
      habits.preset,
    );
  }
});

void test('asks Docker Hub at its own address, and leaves every other name alone', () => {
  assert.equal(quirksOf('docker.io').host, 'registry-1.docker.io');
  for (const host of ['quay.io', 'index.docker.io.example', 'docker.io.example', 'localhost:5000', 'mydocker.io']) {
    assert.equal(quirksOf(host).host, undefined);
  }
});

void test('does not ask by HEAD where that is known to be in vain', async () => {
  const habits = registries.find(({ preset }) => preset === 'githubPackages');
  assert.ok(habits);
  await using registry = await start(habits);
  await using holdfast = client(registry, habits);
  registry.seed('team/app', '1', imageOf([]));
  await holdfast.resolve({ registry: registry.host, repository: 'team/app', tag: '1' });
  await holdfast.hasManifest({ registry: registry.host, repository: 'team/app' }, imageOf([]).digest);
  assert.ok(trace(registry).every((line) => line.startsWith('GET')));
});

void test('does not try to mount where that is known to be impossible', async () => {
  await using registry = await startTestRegistry();
  await using holdfast = openClient({ quirks: () => quirksOf('docker.pkg.github.com') });
  const blob = blobOf(100);
  const repository = { registry: registry.host, repository: 'app' };
  await holdfast.putBlob(repository, descriptorOf(blob), contentOf(blob), { mountFrom: ['other'] });
  assert.ok(trace(registry).every((line) => !line.includes('mount=')));
});

void test('finds the row of each registry by its host', () => {
  const examples: Readonly<Record<string, string>> = {
    '123456789012.dkr.ecr.us-east-1.amazonaws.com': 'Amazon ECR',
    '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn': 'Amazon ECR',
    'public.ecr.aws': 'Amazon ECR Public',
    'us-central1-docker.pkg.dev': 'Google Artifact Registry',
    'eu.gcr.io': 'Google Container Registry',
    'GCR.IO': 'Google Container Registry',
    'me.azurecr.io': 'Azure Container Registry',
    'example.com': 'registry',
  };
  for (const [host, name] of Object.entries(examples)) assert.equal(quirksOf(host).name, name, host);
  for (const [pattern, quirks] of quirksByHost) assert.equal(quirksOf(pattern.replaceAll('*', 'x')).name, quirks.name);
});

void test('gives indexes whole to a registry that is strict about media types', async () => {
  const habits = registries.find(({ preset }) => preset === 'artifactRegistry');
  assert.ok(habits);
  await using registry = await start(habits);
  await using holdfast = client(registry, habits);
  const image = imageOf([]);
  const index = indexOf([image]);
  registry.seed('team/app', undefined, image);
  const repository = { registry: registry.host, repository: 'team/app' };
  const { bytes, digest, mediaType } = index;
  await holdfast.putManifest({ ...repository, tag: 'all' }, { bytes, digest, mediaType });
  assert.deepEqual(registry.manifest('team/app', 'all')?.bytes, bytes);
});
