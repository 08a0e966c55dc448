import assert from 'node:assert/strict';
import { test } from 'node:test';
import { file, imageOf, layerOf, startTestRegistry } from '../../src/testing/index.ts';
import { failure, nameIn, openClient, trace } from './clients.ts';

const image = imageOf([layerOf([file('a', 'text')])]);

void test('deletes a tag and leaves the others', async () => {
  await using registry = await startTestRegistry();
  await using client = openClient();
  registry.seed('app', '1', image);
  registry.seed('app', '2', image);
  await client.deleteManifest(nameIn(registry, 'app:1'));
  assert.deepEqual(registry.tags('app'), ['2']);
  assert.ok(registry.manifest('app', image.digest));
});

void test('deletes a manifest by its digest with all its tags', async () => {
  await using registry = await startTestRegistry();
  await using client = openClient();
  registry.seed('app', '1', image);
  await client.deleteManifest(nameIn(registry, `app:1@${image.digest}`));
  assert.deepEqual(registry.tags('app'), []);
  assert.equal(registry.manifest('app', image.digest), undefined);
});

for (const status of [400, 405]) {
  void test(`deletes nothing but the tag where tags cannot be deleted (${status})`, async () => {
    await using registry = await startTestRegistry({ quirks: { tagDelete: status } });
    await using client = openClient();
    registry.seed('app', '1', image);
    registry.seed('app', '2', image);
    await client.deleteManifest(nameIn(registry, 'app:1'));
    assert.deepEqual(registry.tags('app'), ['2']);
    assert.ok(registry.manifest('app', image.digest));
    assert.equal(registry.content.repositories.get('app')?.manifests.size, 1);
  });
}

void test('does not touch a tag where nothing can be deleted', async () => {
  await using registry = await startTestRegistry({ quirks: { tagDelete: 405, manifestDelete: 405 } });
  await using client = openClient();
  registry.seed('app', '1', image);
  const error = await failure(client.deleteManifest(nameIn(registry, 'app:1')), 'REGISTRY_LACKS');
  assert.match(error.hint ?? '', /switched off/);
  assert.equal(registry.content.repositories.get('app')?.manifests.size, 1);
  assert.equal(registry.manifest('app', '1')?.digest, image.digest);
  await failure(client.deleteManifest(nameIn(registry, `app@${image.digest}`)), 'REGISTRY_LACKS');
});

void test('does not touch a tag where an index of nothing is refused', async () => {
  await using registry = await startTestRegistry({
    quirks: { tagDelete: 405, manifestTypes: [image.mediaType] },
  });
  await using client = openClient();
  registry.seed('app', '1', image);
  await failure(client.deleteManifest(nameIn(registry, 'app:1')), 'REGISTRY_LACKS');
  assert.equal(registry.manifest('app', '1')?.digest, image.digest);
});

void test('says of what is not there that it is not there', async () => {
  for (const tagDelete of ['answered', 405] as const) {
    await using registry = await startTestRegistry({ quirks: { tagDelete } });
    await using client = openClient();
    registry.seed('app', '1', image);
    await failure(client.deleteManifest(nameIn(registry, 'app:absent')), 'IMAGE_NOT_FOUND');
    await failure(client.deleteManifest(nameIn(registry, `app@${image.configDigest}`)), 'IMAGE_NOT_FOUND');
    assert.ok(trace(registry).every((line) => !line.startsWith('PUT')));
  }
});
