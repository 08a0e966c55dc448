import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { openImage, openReference } from '../../src/image/index.ts';
import {
  blobPath,
  type BuiltImage,
  directory,
  file,
  imageOf,
  jsonBytes,
  layerOf,
  sha256Of,
} from '../../src/testing/index.ts';
import { bytesAt, failsWith, layout, scratch, smallImage } from './scratch.ts';

const one = smallImage('one');
const two = smallImage('two');

void describe('an OCI layout', () => {
  void it('gives an image with its documents, layers and blobs', async (t) => {
    const layers = [layerOf([directory('a/')]), layerOf([file('a/b', 'x')], { compression: 'zstd' })];
    const built = imageOf(layers, { platform: 'linux/arm64/v8' });
    await using image = await openImage(`oci:${layout(t, { v1: built })}:v1`);
    assert.match(image.reference, /^oci:.*:v1$/);
    assert.equal(image.manifestDigest, built.digest);
    assert.deepEqual(Buffer.from(image.manifestBytes), built.manifest);
    assert.deepEqual(Buffer.from(image.configBytes), built.config);
    assert.equal(image.mediaType, built.mediaType);
    assert.deepEqual(image.platform, { os: 'linux', architecture: 'arm64' });
    assert.deepEqual(image.notes, []);
    assert.deepEqual(
      image.layers.map(({ number, digest, size, diffId, mediaType }) => ({ number, digest, size, diffId, mediaType })),
      layers.map(({ digest, size, diffId, mediaType }, at) => ({ number: at + 1, digest, size, diffId, mediaType })),
    );
    for (const layer of image.layers) {
      assert.deepEqual(bytesAt(await layer.open()), layers[layer.number - 1]?.bytes);
      assert.deepEqual(await layer.open(), await layer.open());
    }
  });

  void it('needs no tag when it holds one image, be it under two names', async (t) => {
    await using image = await openImage(`oci:${layout(t, { v1: one, 'other:x/y': one })}`);
    assert.equal(image.manifestDigest, one.digest);
  });

  void it('needs a tag when it holds more', async (t) => {
    const path = layout(t, { v1: one, v2: two, '': smallImage('three') });
    await failsWith('IMAGE_AMBIGUOUS', openImage(`oci:${path}`), /holds 3 images.*"v1", "v2", "@sha256:/s);
    await using image = await openImage(`oci:${path}:v2`);
    assert.equal(image.manifestDigest, two.digest);
  });

  void it('finds tags with colons and slashes', async (t) => {
    await using image = await openImage(`oci:${layout(t, { a: one, 'localhost:5000/x:1': two })}:localhost:5000/x:1`);
    assert.equal(image.manifestDigest, two.digest);
  });

  void it('never takes a tag for a path', async (t) => {
    const path = layout(t, { '../../x': one, 'a\nb': two });
    await using image = await openImage(`oci:${path}:../../x`);
    assert.equal(image.manifestDigest, one.digest);
    await failsWith('IMAGE_NOT_FOUND', openImage(`oci:${path}:../../y`), /"a\\nb"/);
  });

  void it('says which tags there are when there is no such tag', async (t) => {
    const path = layout(t, { v1: one, v2: two });
    await failsWith('IMAGE_NOT_FOUND', openImage(`oci:${path}:v3`), /no image "v3".*there is: "v1", "v2"/s);
  });

  void it('finds an image by digest, also one that only an index names', async (t) => {
    const path = layout(t, { v1: one, v2: two });
    await using image = await openImage(`oci:${path}@${two.digest}`);
    assert.equal(image.manifestDigest, two.digest);
    fs.writeFileSync(join(path, 'index.json'), jsonBytes({ schemaVersion: 2, manifests: [] }));
    await using hidden = await openImage(`oci:${path}@${one.digest}`);
    assert.equal(hidden.manifestDigest, one.digest);
    await failsWith('IMAGE_NOT_FOUND', openImage(`oci:${path}@${sha256Of(Buffer.from('x'))}`), /not in the layout/);
    const layer = one.layers[0]?.digest ?? '';
    await failsWith('DOCUMENT_INVALID', openImage(`oci:${path}@${layer}`), /not valid UTF-8|not valid JSON/);
  });

  void it('refuses two images under one name', async (t) => {
    const path = layout(t, { v1: one, v2: two });
    const index = join(path, 'index.json');
    fs.writeFileSync(index, fs.readFileSync(index, 'utf8').replace('"v2"', '"v1"'));
    await failsWith('IMAGE_AMBIGUOUS', openImage(`oci:${path}:v1`), /2 images called "v1".*@sha256/s);
  });

  void it('keeps a windows image readable', async (t) => {
    await using image = await openImage(`oci:${layout(t, { w: smallImage('x', 'windows/amd64') })}`);
    assert.equal(image.platform.os, 'windows');
  });

  void it('notes a history that does not fit, and opens the image', async (t) => {
    const odd = imageOf([layerOf([])], { history: [{}, {}] });
    await using image = await openImage(`oci:${layout(t, { odd })}`);
    assert.deepEqual(image.notes, [{ code: 'HISTORY_MISMATCH' }]);
  });

  void it('tells its listener what it does and notes', async (t) => {
    const kinds: string[] = [];
    const odd = imageOf([layerOf([])], { history: [{}, {}] });
    await using image = await openImage(`oci:${layout(t, { odd })}`, { onEvent: ({ kind }) => void kinds.push(kind) });
    assert.equal(image.layers.length, 1);
    assert.deepEqual(kinds, ['phase', 'note']);
  });

  void it('stops when it is aborted', async (t) => {
    const path = layout(t, { one });
    const signal = AbortSignal.abort(new Error('enough'));
    await assert.rejects(openImage(`oci:${path}`, { signal }), /enough/);
  });
});

void describe('a broken OCI layout', () => {
  void it('is said to be missing, a file, or no layout', async (t) => {
    const path = scratch(t);
    fs.writeFileSync(join(path, 'file'), '');
    await failsWith('IMAGE_NOT_FOUND', openImage(`oci:${path}/absent`), /no such directory/);
    await failsWith('IMAGE_NOT_FOUND', openImage(`oci:${path}/file/below`), /no such directory/);
    await failsWith('IMAGE_NOT_FOUND', openImage(`oci:${path}/file`), /is a file.*oci-archive:/);
    await failsWith('IMAGE_NOT_FOUND', openImage(`oci:${path}`), /not an OCI image layout.*oci-layout/);
    fs.writeFileSync(join(path, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    await failsWith('IMAGE_NOT_FOUND', openImage(`oci:${path}`), /no file index\.json/);
    fs.writeFileSync(join(path, 'index.json'), '{"schemaVersion":2,"manifests":[]}');
    await failsWith('IMAGE_NOT_FOUND', openImage(`oci:${path}`), /holds no image/);
  });

  void it('is refused when its documents are of another version, too large or links', async (t) => {
    const path = layout(t, { one });
    fs.writeFileSync(join(path, 'oci-layout'), '{"imageLayoutVersion":"9"}');
    await failsWith('DOCUMENT_INVALID', openImage(`oci:${path}`), /"9"/);
    fs.writeFileSync(join(path, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    fs.renameSync(join(path, 'index.json'), join(path, 'elsewhere'));
    fs.symlinkSync('elsewhere', join(path, 'index.json'));
    await failsWith('ARCHIVE_INVALID', openImage(`oci:${path}`), /index\.json is a symbolic link/);
    fs.rmSync(join(path, 'index.json'));
    fs.writeFileSync(join(path, 'index.json'), Buffer.alloc(4 * 1024 * 1024 + 1, ' '));
    await failsWith('LIMIT_EXCEEDED', openImage(`oci:${path}`), /index\.json/);
  });

  /** Opens the image of a fresh layout after something was done to one of its blobs. */
  async function afterDamage(
    t: TestContext,
    digest: BuiltImage['digest'],
    damage: (path: string) => void,
  ): Promise<unknown> {
    const path = layout(t, { one });
    const blob = join(path, blobPath(digest));
    damage(blob);
    const image = await openImage(`oci:${path}`);
    try {
      return await Promise.all(image.layers.map((layer) => layer.open()));
    } finally {
      await image[Symbol.asyncDispose]();
    }
  }

  const layerDigest = one.layers[0]?.digest ?? one.digest;
  const documents = [one.digest, one.configDigest];
  const blobs = [...documents, layerDigest];

  void it('is refused when a blob is missing', async (t) => {
    for (const digest of blobs) {
      await failsWith(
        'BLOB_MISSING',
        afterDamage(t, digest, (blob) => fs.rmSync(blob)),
        /not in the layout/,
      );
    }
  });

  void it('is refused when a blob is a link, a directory or a FIFO', async (t) => {
    for (const digest of blobs) {
      const link = (blob: string): void => {
        fs.renameSync(blob, `${blob}.real`);
        fs.symlinkSync(`${blob}.real`, blob);
      };
      await failsWith('BLOB_MISSING', afterDamage(t, digest, link), /is a symbolic link/);
      const makeDirectory = (blob: string): void => {
        fs.rmSync(blob);
        fs.mkdirSync(blob);
      };
      await failsWith('BLOB_MISSING', afterDamage(t, digest, makeDirectory), /is a directory/);
      const makeFifo = (blob: string): void => {
        fs.rmSync(blob);
        execFileSync('mkfifo', [blob]);
      };
      await failsWith('BLOB_MISSING', afterDamage(t, digest, makeFifo), /is a FIFO/);
    }
  });

  void it('is refused when a document has another size or other bytes than its descriptor says', async (t) => {
    for (const digest of documents) {
      await failsWith(
        'SIZE_MISMATCH',
        afterDamage(t, digest, (blob) => fs.appendFileSync(blob, ' ')),
      );
      await failsWith(
        'SIZE_MISMATCH',
        afterDamage(t, digest, (blob) => fs.truncateSync(blob, 5)),
      );
      const flip = (blob: string): void => fs.writeFileSync(blob, fs.readFileSync(blob, 'utf8').replace('2', '3'));
      await failsWith('DIGEST_MISMATCH', afterDamage(t, digest, flip));
    }
  });

  void it('is refused when a layer has another size, which names the layer', async (t) => {
    const cut = afterDamage(t, layerDigest, (blob) => fs.truncateSync(blob, 5));
    await failsWith('SIZE_MISMATCH', cut, /^layer 1 \(sha256:/);
  });

  void it('is refused when a descriptor claims more than a document may have, before it is read', async (t) => {
    const huge = imageOf([], {
      manifestDocument: {
        config: {
          mediaType: 'application/vnd.oci.image.config.v1+json',
          digest: sha256Of(Buffer.from('')),
          size: 2 ** 40,
        },
      },
    });
    await failsWith('LIMIT_EXCEEDED', openImage(`oci:${layout(t, { huge })}`), /4194304 bytes in the config/);
  });

  void it('is refused when config and manifest count layers differently', async (t) => {
    const odd = imageOf([layerOf([])], { configDocument: { rootfs: { type: 'layers', diff_ids: [] } } });
    await failsWith('DIFFID_COUNT', openImage(`oci:${layout(t, { odd })}`), /1 layers.* 0 DiffIDs/);
  });

  void it('is refused when it holds an artifact and not an image', async (t) => {
    const config = Buffer.from('{}');
    const chart = imageOf([], {
      manifestDocument: {
        config: { mediaType: 'application/vnd.cncf.helm.config.v1+json', digest: sha256Of(config), size: 2 },
      },
    });
    await failsWith('MEDIA_TYPE_UNSUPPORTED', openImage(`oci:${layout(t, { chart })}`), /artifact/);
    assert.equal((await openReference(`oci:${layout(t, { chart })}`)).digest, chart.digest);
  });

  void it('is refused when a layer is no tar archive', async (t) => {
    const odd = imageOf([layerOf([], { mediaType: 'application/vnd.in-toto+json' })]);
    await failsWith('MEDIA_TYPE_UNSUPPORTED', openImage(`oci:${layout(t, { odd })}`), /layer 1 .*in-toto/);
    const secret = imageOf([layerOf([], { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip+encrypted' })]);
    await failsWith('MEDIA_TYPE_UNSUPPORTED', openImage(`oci:${layout(t, { secret })}`), /is encrypted/);
  });

  void it('reads a foreign layer that is there, and says so when it is not', async (t) => {
    const mediaType = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
    const foreign = imageOf([layerOf([file('a', 'b')], { mediaType })]);
    const path = layout(t, { foreign });
    await using present = await openImage(`oci:${path}`);
    assert.equal((await present.layers[0]?.open())?.size, foreign.layers[0]?.size);
    fs.rmSync(join(path, blobPath(foreign.layers[0]?.digest ?? foreign.digest)));
    await using absent = await openImage(`oci:${path}`);
    await assert.rejects(async () => absent.layers[0]?.open(), /foreign \(non-distributable\) layer/);
  });

  void it('takes a document that its descriptor carries, and checks it', async (t) => {
    const config = one.config;
    const descriptor = {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: one.configDigest,
      size: config.length,
    };
    const withData = (data: string): BuiltImage =>
      imageOf(one.layers, { manifestDocument: { config: { ...descriptor, data } } });
    const carried = withData(config.toString('base64'));
    const path = layout(t, { carried });
    fs.rmSync(join(path, blobPath(one.configDigest)));
    await using image = await openImage(`oci:${path}`);
    assert.deepEqual(Buffer.from(image.configBytes), config);
    const wrong = withData(Buffer.alloc(config.length).toString('base64'));
    await failsWith('DIGEST_MISMATCH', openImage(`oci:${layout(t, { wrong })}`), /embedded/);
  });

  void it('never reads beside the layout, whatever a digest says', async (t) => {
    const path = layout(t, { one });
    const index = join(path, 'index.json');
    const hostile = fs.readFileSync(index, 'utf8').replace(one.digest, 'sha256:../../../etc/passwd');
    fs.writeFileSync(index, hostile);
    await failsWith('DIGEST_INVALID', openImage(`oci:${path}`));
  });

  void it('refuses to open a layer after it was disposed', async (t) => {
    const image = await openImage(`oci:${layout(t, { one })}`);
    await image[Symbol.asyncDispose]();
    await image[Symbol.asyncDispose]();
    await assert.rejects(async () => image.layers[0]?.open(), /disposed/);
  });
});
