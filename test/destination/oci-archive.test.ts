import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openDestination } from '../../src/destination/index.ts';
import { openImage, openReference, openSource } from '../../src/image/index.ts';
import { parseReference } from '../../src/oci/index.ts';
import { imageOf, indexOf, layerOf, writeLayout } from '../../src/testing/index.ts';
import { bytesAt, failsWith } from '../image/scratch.ts';
import { contentOf, deliver, documentOf, imageWith, putChildren, scratch } from './scratch.ts';
import { run, whyMissing } from './tools.ts';

const image = imageWith();
const index = indexOf([imageWith('zstd', { platform: 'linux/arm64' }), imageWith('none')]);

void describe('an oci-archive', () => {
  void it('holds the image, blob for blob', async (t) => {
    const reference = `oci-archive:${scratch(t)}/image.tar:some/name:1`;
    assert.deepEqual(await deliver(reference, image), { digest: image.digest });
    await using read = await openImage(reference);
    assert.equal(read.manifestDigest, image.digest);
    assert.deepEqual(Buffer.from(read.configBytes), image.config);
    for (const [at, layer] of read.layers.entries()) {
      assert.deepEqual(bytesAt(await layer.open()), image.layers[at]?.bytes);
    }
  });

  void it('holds an index with everything below it', async (t) => {
    const reference = `oci-archive:${scratch(t)}/image.tar:x`;
    assert.deepEqual(await deliver(reference, index), { digest: index.digest });
    assert.deepEqual(Buffer.from((await openReference(reference)).bytes), index.bytes);
    for (const platform of ['linux/arm64', 'linux/amd64']) {
      await using read = await openImage(reference, { platform });
      for (const layer of read.layers) await layer.open();
    }
  });

  void it('may hold an image without a name, and one without layers', async (t) => {
    const reference = `oci-archive:${scratch(t)}/image.tar`;
    const empty = imageOf([]);
    await deliver(reference, empty);
    assert.equal((await openReference(reference)).digest, empty.digest);
    await deliver(reference, imageOf([layerOf(Buffer.alloc(0), { compression: 'none' })]));
    await using read = await openImage(reference);
    assert.equal(read.layers[0]?.size, 0);
  });

  void it('is of the digest that its reference names, or is not written', async (t) => {
    const directory = scratch(t);
    const path = join(directory, 'image.tar');
    await deliver(`oci-archive:${path}@${image.digest}`, image);
    const wrong = `oci-archive:${path}-2@${index.digest}`;
    await failsWith('DESTINATION_DIGEST', deliver(wrong, image), /names sha256.*but the image is sha256/);
    assert.deepEqual(fs.readdirSync(directory), ['image.tar']);
  });

  void it('keeps what refers to the image findable', async (t) => {
    const reference = `oci-archive:${scratch(t)}/image.tar:1`;
    const subject = { mediaType: image.mediaType, digest: image.digest, size: image.size };
    const referrer = imageOf([], { manifestDocument: { subject, artifactType: 'application/example' } });
    await using destination = await openDestination(parseReference(reference));
    await putChildren(destination, image);
    await putChildren(destination, referrer);
    await destination.putDocument(documentOf(referrer));
    await destination.finish(documentOf(image));
    await using source = await openSource(reference);
    assert.equal(source.root.digest, image.digest);
    assert.deepEqual(
      (await source.referrers(image.digest)).map(({ digest }) => digest),
      [referrer.digest],
    );
  });

  void it('is told when a blob that it has comes again', async (t) => {
    await using destination = await openDestination(parseReference(`oci-archive:${scratch(t)}/image.tar`));
    const [layer] = image.layers;
    assert.ok(layer);
    const outcomes = [1, 2].map(() => destination.putBlob(layer, contentOf(layer.bytes)));
    assert.deepEqual(await Promise.all(outcomes), ['written', 'existed']);
  });
});

void describe('skopeo and an oci-archive', { skip: whyMissing('skopeo') }, () => {
  void it('agree about an image', async (t) => {
    const directory = scratch(t);
    await deliver(`oci-archive:${directory}/image.tar:some/name:1`, image);
    const raw = run('skopeo', 'inspect', '--raw', `oci-archive:${directory}/image.tar:some/name:1`);
    assert.equal(raw, image.manifest.toString());
    run('skopeo', '--insecure-policy', 'copy', `oci-archive:${directory}/image.tar`, `oci:${directory}/out:x`);
    assert.equal((await openReference(`oci:${directory}/out:x`)).digest, image.digest);
  });

  void it('agree about an index', async (t) => {
    const directory = scratch(t);
    await deliver(`oci-archive:${directory}/image.tar:x`, index);
    assert.equal(run('skopeo', 'inspect', '--raw', `oci-archive:${directory}/image.tar:x`), index.bytes.toString());
    const whole = ['--insecure-policy', 'copy', '--all', '--preserve-digests'];
    run('skopeo', ...whole, `oci-archive:${directory}/image.tar`, `oci:${directory}/out:x`);
    writeLayout(join(directory, 'expected'), { x: index });
    assert.deepEqual(
      fs.readdirSync(`${directory}/out/blobs/sha256`).sort(),
      fs.readdirSync(`${directory}/expected/blobs/sha256`).sort(),
    );
  });
});
