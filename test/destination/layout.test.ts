import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { HoldfastError } from '../../src/base/index.ts';
import { openDestination } from '../../src/destination/index.ts';
import { openImage, openReference, openSource } from '../../src/image/index.ts';
import { parseReference } from '../../src/oci/index.ts';
import { imageOf, indexOf, writeLayout } from '../../src/testing/index.ts';
import { bytesAt, failsWith } from '../image/scratch.ts';
import { contentOf, deliver, documentOf, imageWith, layerWith, putBlobs, putChildren, scratch } from './scratch.ts';
import { run, whyMissing } from './tools.ts';

const image = imageWith();
const index = indexOf([imageWith('zstd', { platform: 'linux/arm64' }), image]);

function blobsIn(layout: string): readonly string[] {
  return fs.readdirSync(join(layout, 'blobs', 'sha256')).sort();
}

void describe('a layout that is written to', () => {
  void it('holds the image, blob for blob', async (t) => {
    const reference = `oci:${scratch(t)}/layout:some/name:1`;
    assert.deepEqual(await deliver(reference, image), { digest: image.digest });
    await using read = await openImage(reference);
    assert.equal(read.manifestDigest, image.digest);
    assert.deepEqual(Buffer.from(read.configBytes), image.config);
    for (const [at, layer] of read.layers.entries()) {
      assert.deepEqual(bytesAt(await layer.open()), image.layers[at]?.bytes);
    }
  });

  void it('keeps the images it has, and the blobs they share', async (t) => {
    const layout = join(scratch(t), 'layout');
    writeLayout(layout, { old: image });
    const before = blobsIn(layout);
    await using destination = await openDestination(parseReference(`oci:${layout}:new`));
    const [layer] = image.layers;
    assert.ok(layer);
    assert.equal(await destination.putBlob(layer, contentOf(Buffer.alloc(0))), 'existed');
    await putChildren(destination, index);
    await destination.finish(documentOf(index));
    assert.equal((await openReference(`oci:${layout}:old`)).digest, image.digest);
    assert.equal((await openReference(`oci:${layout}:new`)).digest, index.digest);
    assert.ok(before.every((name) => blobsIn(layout).includes(name)));
  });

  void it('shows nothing before it is finished, and nothing of what is given up', async (t) => {
    const layout = join(scratch(t), 'layout');
    {
      await using destination = await openDestination(parseReference(`oci:${layout}:x`));
      await putBlobs(destination, image);
      await failsWith('IMAGE_NOT_FOUND', openReference(`oci:${layout}:x`));
    }
    await failsWith('IMAGE_NOT_FOUND', openReference(`oci:${layout}:x`));
  });

  void it('is of the digest that its reference names, without a name', async (t) => {
    const layout = join(scratch(t), 'layout');
    await failsWith('DESTINATION_DIGEST', deliver(`oci:${layout}@${index.digest}`, image));
    await deliver(`oci:${layout}@${image.digest}`, image);
    assert.equal((await openReference(`oci:${layout}`)).digest, image.digest);
  });

  void it('takes no content that is not what it should be', async (t) => {
    const layout = join(scratch(t), 'layout');
    const layer = layerWith('only');
    const changed = Buffer.from(layer.bytes);
    changed[30] = (changed[30] ?? 0) ^ 1;
    const cases = [
      ['SIZE_MISMATCH', Buffer.concat([layer.bytes, Buffer.from('x')])],
      ['SIZE_MISMATCH', layer.bytes.subarray(0, -1)],
      ['DIGEST_MISMATCH', changed],
    ] as const;
    await using destination = await openDestination(parseReference(`oci:${layout}:x`));
    for (const [code, bytes] of cases) {
      await failsWith(code, destination.putBlob(layer, contentOf(bytes)));
      assert.deepEqual(filesWith(layout, layer.digest.slice(7)), []);
    }
    assert.equal(await destination.putBlob(layer, contentOf(layer.bytes)), 'written', 'the right one still may come');
  });

  void it('goes on with a transfer that was stopped where it stopped', async (t) => {
    const layout = join(scratch(t), 'layout');
    const layer = layerWith('only');
    const controller = new AbortController();
    const reason = new HoldfastError('INTERRUPTED', { signal: 'SIGINT' });
    await using destination = await openDestination(parseReference(`oci:${layout}:x`));
    const told: number[] = [];
    const putting = destination.putBlob(layer, contentOf(layer.bytes, 100), {
      signal: controller.signal,
      onProgress: (bytes) => {
        told.push(bytes);
        if (bytes >= 300) controller.abort(reason);
      },
    });
    await assert.rejects(putting, reason);
    assert.deepEqual(told, [100, 200, 300]);
    assert.deepEqual(filesWith(join(layout, 'blobs'), layer.digest.slice(7)), []);
    const positions: number[] = [];
    const content = contentOf(layer.bytes);
    const watched = {
      size: content.size,
      open: (position: number) => (positions.push(position), content.open(position)),
    };
    assert.equal(await destination.putBlob(layer, watched), 'written');
    assert.deepEqual(positions, [300]);
  });

  void it('takes the whole again when what was there is not the beginning of the blob', async (t) => {
    const layout = join(scratch(t), 'layout');
    const layer = layerWith('only');
    await using destination = await openDestination(parseReference(`oci:${layout}:x`));
    const stopped = contentOf(Buffer.alloc(layer.bytes.length, 'x'), 100);
    const controller = new AbortController();
    const onProgress = (): void => controller.abort();
    await assert.rejects(destination.putBlob(layer, stopped, { signal: controller.signal, onProgress }));
    assert.equal(await destination.putBlob(layer, contentOf(layer.bytes)), 'written');
  });

  void it('keeps what refers to the image findable', async (t) => {
    const reference = `oci:${scratch(t)}/layout:1`;
    const subject = { mediaType: image.mediaType, digest: image.digest, size: image.size };
    const referrer = imageOf([], { manifestDocument: { subject } });
    await using destination = await openDestination(parseReference(reference));
    await putChildren(destination, image);
    await putChildren(destination, referrer);
    await destination.putDocument(documentOf(referrer));
    await destination.finish(documentOf(image));
    await using source = await openSource(reference);
    assert.deepEqual(
      (await source.referrers(image.digest)).map(({ digest }) => digest),
      [referrer.digest],
    );
  });

  void it('takes no document when it is finished', async (t) => {
    await using destination = await openDestination(parseReference(`oci:${scratch(t)}/layout:1`));
    await putChildren(destination, image);
    await destination.finish(documentOf(image));
    await failsWith('BUG', destination.putDocument(documentOf(imageOf([]))));
  });

  void it('is not a directory with something else in it', async (t) => {
    const directory = scratch(t);
    fs.writeFileSync(join(directory, 'file'), '');
    await failsWith('STORE_INVALID', deliver(`oci:${directory}:x`, image));
    await failsWith('STORE_INVALID', deliver(`oci:${directory}/file:x`, image));
  });

  void it('is read by skopeo', { skip: whyMissing('skopeo') }, async (t) => {
    const layout = join(scratch(t), 'layout');
    await deliver(`oci:${layout}:x`, index);
    assert.equal(run('skopeo', 'inspect', '--raw', `oci:${layout}:x`), index.bytes.toString());
  });
});

/** Files anywhere in a directory that have something in their name. */
function filesWith(directory: string, name: string): readonly string[] {
  return fs.readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) => path.includes(name));
}
