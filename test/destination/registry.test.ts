import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { openDestination } from '../../src/destination/index.ts';
import { parseReference } from '../../src/oci/index.ts';
import { connectRegistry, type RegistryClient } from '../../src/registry/index.ts';
import { imageOf, indexOf, startTestRegistry, type TestRegistry } from '../../src/testing/index.ts';
import { failsWith } from '../image/scratch.ts';
import { contentOf, deliver, documentOf, imageWith, layerWith, putBlobs, putChildren } from './scratch.ts';

const image = imageWith();
const index = indexOf([imageWith('zstd', { platform: 'linux/arm64' }), image]);

interface Work {
  readonly server: TestRegistry;
  readonly client: RegistryClient;
  /** The start of a reference to a repository there. */
  readonly name: string;
}

async function work(test: TestContext): Promise<Work> {
  const server = await startTestRegistry();
  const client = connectRegistry({ env: {}, credentials: { find: async () => undefined } });
  test.after(async () => {
    await client[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
  return { server, client, name: `docker://${server.host}/team/app` };
}

void describe('a destination in a registry', () => {
  void it('gets the image, blob for blob, under its tag', async (t) => {
    const { server, client, name } = await work(t);
    assert.deepEqual(await deliver(`${name}:1`, image, { registry: client }), { digest: image.digest });
    assert.deepEqual(server.manifest('team/app', '1')?.bytes, image.manifest);
    for (const { digest, bytes } of image.layers) assert.deepEqual(server.blob(digest), bytes);
    assert.deepEqual(server.blob(image.configDigest), image.config);
  });

  void it('gets an index after its images, which have no tag', async (t) => {
    const { server, client, name } = await work(t);
    assert.deepEqual(await deliver(`${name}:1`, index, { registry: client }), { digest: index.digest });
    assert.deepEqual(server.manifest('team/app', '1')?.bytes, index.bytes);
    for (const { digest } of index.members) assert.ok(server.manifest('team/app', digest));
    assert.deepEqual(server.tags('team/app'), ['1']);
  });

  void it('gets an image by its digest alone, and no other', async (t) => {
    const { server, client, name } = await work(t);
    await deliver(`${name}@${image.digest}`, image, { registry: client });
    assert.ok(server.manifest('team/app', image.digest));
    assert.deepEqual(server.tags('team/app'), []);
    const other = deliver(`${name}:2@${index.digest}`, image, { registry: client });
    await failsWith('DESTINATION_DIGEST', other);
    assert.deepEqual(server.tags('team/app'), []);
  });

  void it('has nothing under the tag before the end', async (t) => {
    const { server, client, name } = await work(t);
    await using destination = await openDestination(parseReference(`${name}:1`), { registry: client });
    await putBlobs(destination, image);
    assert.deepEqual(server.tags('team/app'), []);
    await destination.finish(documentOf(image));
    assert.deepEqual(server.tags('team/app'), ['1']);
  });

  void it('says what became of each blob', async (t) => {
    const { server, client, name } = await work(t);
    server.seed('team/base', 'x', image);
    await using destination = await openDestination(parseReference(`${name}:1`), { registry: client });
    const [first, second] = image.layers;
    const other = layerWith('other');
    assert.ok(first && second);
    const told: number[] = [];
    const onProgress = (bytes: number) => told.push(bytes);
    assert.equal(await destination.putBlob(other, contentOf(other.bytes), { onProgress }), 'uploaded');
    assert.ok(told.length > 5);
    assert.equal(await destination.putBlob(other, contentOf(other.bytes)), 'existed');
    const mountFrom = ['team/base'];
    assert.equal(await destination.putBlob(first, contentOf(first.bytes), { mountFrom }), 'mounted');
  });

  void it('gets no content that is not what it should be', async (t) => {
    const { server, client, name } = await work(t);
    await using destination = await openDestination(parseReference(`${name}:1`), { registry: client });
    const [layer] = image.layers;
    assert.ok(layer);
    const { bytes, size } = layer;
    const changed = Buffer.from(bytes);
    changed[30] = (changed[30] ?? 0) ^ 1;
    const cases = [
      ['DIGEST_MISMATCH', contentOf(changed)],
      ['SIZE_MISMATCH', contentOf(bytes.subarray(1))],
      ['SIZE_MISMATCH', { ...contentOf(bytes.subarray(0, -1)), size }],
      ['SIZE_MISMATCH', { ...contentOf(Buffer.concat([bytes, bytes])), size }],
    ] as const;
    for (const [code, content] of cases) await failsWith(code, destination.putBlob(layer, content));
    assert.equal(server.blob(layer.digest), undefined);
  });

  void it('gets the right bytes through connections that break', async (t) => {
    const { server, client, name } = await work(t);
    server.faults.add({
      match: { method: 'PUT', path: /uploads/ },
      action: { kind: 'drop-upload', afterBytes: 30_000 },
    });
    await deliver(`${name}:1`, image, { registry: client });
    assert.equal(server.faults.left, 0);
    for (const { digest, bytes } of image.layers) assert.deepEqual(server.blob(digest), bytes);
  });

  void it('finds what refers to the image', async (t) => {
    const { client, name } = await work(t);
    const subject = { mediaType: image.mediaType, digest: image.digest, size: image.size };
    const referrer = imageOf([], { manifestDocument: { subject } });
    const target = parseReference(`${name}:1`);
    await using destination = await openDestination(target, { registry: client });
    await putChildren(destination, image);
    await putChildren(destination, referrer);
    await destination.putDocument(documentOf(referrer));
    await destination.finish(documentOf(image));
    assert.ok(target.transport === 'registry');
    const found = await client.referrers(target.name, image.digest);
    assert.deepEqual(
      found.map(({ digest }) => digest),
      [referrer.digest],
    );
  });
});
