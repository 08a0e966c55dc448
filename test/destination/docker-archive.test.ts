import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { defaultLimits } from '../../src/base/index.ts';
import { type DestinationServices, openDestination } from '../../src/destination/index.ts';
import { openImage, openReference } from '../../src/image/index.ts';
import { parseReference } from '../../src/oci/index.ts';
import {
  blobPath,
  type BuiltImage,
  type BuiltIndex,
  imageOf,
  indexOf,
  layerOf,
  sha256Of,
} from '../../src/testing/index.ts';
import { bytesAt, failsWith } from '../image/scratch.ts';
import { contentOf, deliver, documentOf, imageWith, layerWith, putBlobs, scratch } from './scratch.ts';
import { run, whyMissing } from './tools.ts';

const image = imageWith();

function member(archive: string, name: string): unknown {
  return JSON.parse(run('tar', '-xOf', archive, name));
}

void describe('a docker-archive', () => {
  void it('has two tables of contents for the same blobs', async (t) => {
    const path = join(scratch(t), 'image.tar');
    assert.deepEqual(await deliver(`docker-archive:${path}:example.org:5000/app:1`, image), { digest: image.digest });
    assert.deepEqual(member(path, 'manifest.json'), [
      {
        Config: blobPath(image.configDigest),
        RepoTags: ['example.org:5000/app:1'],
        Layers: image.layers.map(({ digest }) => blobPath(digest)),
      },
    ]);
    assert.deepEqual(member(path, 'oci-layout'), { imageLayoutVersion: '1.0.0' });
    const annotations = {
      'io.containerd.image.name': 'example.org:5000/app:1',
      'org.opencontainers.image.ref.name': '1',
    };
    const { mediaType, digest, size } = image;
    assert.deepEqual(member(path, 'index.json'), {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [{ mediaType, digest, size, annotations }],
    });
  });

  void it('names an image as Docker does', async (t) => {
    const path = join(scratch(t), 'image.tar');
    await deliver(`docker-archive:${path}:app`, image);
    assert.match(run('tar', '-xOf', path, 'manifest.json'), /"RepoTags":\["app:latest"\]/);
    assert.match(run('tar', '-xOf', path, 'index.json'), /"io.containerd.image.name":"docker.io\/library\/app:latest"/);
    await deliver(`docker-archive:${path}`, image);
    assert.match(run('tar', '-xOf', path, 'manifest.json'), /"RepoTags":null/);
    assert.doesNotMatch(run('tar', '-xOf', path, 'index.json'), /annotations/);
  });

  for (const options of [{}, { format: 'docker' as const }]) {
    void it(`keeps the digest and the blobs of ${options.format ?? 'OCI'} images`, async (t) => {
      const path = join(scratch(t), 'image.tar');
      const mixed = imageOf([layerWith('a'), layerWith('b', 'none'), layerWith('a')], options);
      await deliver(`docker-archive:${path}:app:1`, mixed);
      for (const reference of [`docker-archive:${path}:app:1`, `oci-archive:${path}:1`]) {
        await using read = await openImage(reference);
        assert.equal(read.manifestDigest, mixed.digest);
        assert.deepEqual(Buffer.from(read.configBytes), mixed.config);
        for (const [at, layer] of read.layers.entries()) {
          assert.deepEqual(bytesAt(await layer.open()), mixed.layers[at]?.bytes);
        }
      }
    });
  }

  void it('may hold an image without layers', async (t) => {
    const path = join(scratch(t), 'image.tar');
    const empty = imageOf([]);
    await deliver(`docker-archive:${path}`, empty);
    assert.equal((await openReference(`docker-archive:${path}`)).digest, empty.digest);
  });
});

void describe('layers that are compressed with zstd', () => {
  for (const format of ['oci', 'docker'] as const) {
    void it(`are stored as plain tar, and the ${format} manifest says so`, async (t) => {
      const path = join(scratch(t), 'image.tar');
      const built = imageOf([layerWith('a', 'zstd'), layerWith('b'), layerWith('c', 'none'), layerWith('a', 'zstd')], {
        format,
        manifestDocument: { annotations: { kept: 'yes' } },
      });
      const { digest, changed = '' } = await deliver(`docker-archive:${path}:app:1`, built);
      assert.notEqual(digest, built.digest);
      assert.match(changed, /zstd/);
      for (const reference of [`docker-archive:${path}:app:1`, `oci-archive:${path}:1`]) {
        await using read = await openImage(reference);
        assert.equal(read.manifestDigest, digest);
        assert.deepEqual(Buffer.from(read.configBytes), built.config);
        assert.deepEqual(read.manifest.annotations, { kept: 'yes' });
        const [a, b, c, again] = built.layers.map((layer) => layer);
        assert.ok(a && b && c && again);
        const expected = [a.tar, b.bytes, c.bytes, a.tar];
        for (const [at, layer] of read.layers.entries()) assert.deepEqual(bytesAt(await layer.open()), expected[at]);
        assert.equal(read.layers[0]?.digest, a.diffId);
        assert.match(read.layers[0].mediaType, /\.tar$/);
        assert.equal(read.layers[1]?.mediaType, b.mediaType);
      }
    });
  }

  void it('are known by their content, whatever their media type says', async (t) => {
    const path = join(scratch(t), 'image.tar');
    const layer = layerOf(layerWith('x').tar, {
      compression: 'zstd',
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    });
    const { changed } = await deliver(`docker-archive:${path}`, imageOf([layer]));
    assert.notEqual(changed, undefined);
  });

  void it('are the same from two runs', async (t) => {
    const directory = scratch(t);
    const archives = [];
    for (const name of ['a', 'b']) {
      await deliver(`docker-archive:${directory}/${name}:app:1`, imageWith('zstd'));
      archives.push(fs.readFileSync(join(directory, name)));
    }
    assert.ok(archives[0] && archives[1]?.equals(archives[0]));
  });

  void it('have to be what the config says they are', async (t) => {
    const built = imageOf([layerWith('a', 'zstd')], {
      configDocument: { rootfs: { type: 'layers', diff_ids: [sha256Of(Buffer.from('other'))] } },
    });
    await refuses('DIFFID_MISMATCH', scratch(t), built);
  });

  void it('have to be sound', async (t) => {
    const [bytes, reference] = [Buffer.from(layerWith('a', 'zstd').bytes), `docker-archive:${scratch(t)}/image.tar`];
    bytes.fill(0xff, bytes.length - 200);
    const damaged = { ...layerWith('a', 'zstd'), bytes, digest: sha256Of(bytes) };
    await using destination = await openDestination(parseReference(reference));
    await failsWith('CODEC_CORRUPT', destination.putBlob(damaged, contentOf(bytes)));
  });

  void it('are not decompressed without end', async (t) => {
    const layer = layerOf(Buffer.alloc(3_000_000), { compression: 'zstd' });
    const limits = { ...defaultLimits, maxSizeBytes: 2_000_000 };
    await refuses('LIMIT_EXCEEDED', scratch(t), imageOf([layer]), { limits });
  });
});

void describe('what a docker-archive cannot hold', () => {
  void it('is an index', async (t) => {
    const index = indexOf([image]);
    await refuses('MEDIA_TYPE_UNSUPPORTED', scratch(t), index);
    const reference = `docker-archive:${scratch(t)}/image.tar`;
    await using destination = await openDestination(parseReference(reference));
    assert.equal(destination.holdsIndexes, false);
    await putBlobs(destination, image);
    await failsWith('MEDIA_TYPE_UNSUPPORTED', destination.finish(documentOf(index)), /one platform/);
  });

  void it('is an artifact', async (t) => {
    const mediaType = 'application/vnd.oci.empty.v1+json';
    const content = Buffer.from('{}');
    const config = { mediaType, digest: sha256Of(content), size: content.length };
    const reference = `docker-archive:${scratch(t)}/image.tar`;
    const artifact = imageOf([], { manifestDocument: { config } });
    {
      await using destination = await openDestination(parseReference(reference));
      await failsWith('MEDIA_TYPE_UNSUPPORTED', destination.putBlob(config, contentOf(content)), /artifacts/);
    }
    await using destination = await openDestination(parseReference(reference));
    await failsWith('MEDIA_TYPE_UNSUPPORTED', destination.finish(documentOf(artifact)), /the config has/);
  });

  void it('is an image with another number of layers than its config says', async (t) => {
    const built = imageOf([layerWith('a')], { configDocument: { rootfs: { type: 'layers', diff_ids: [] } } });
    await refuses('DIFFID_COUNT', scratch(t), built);
  });

  void it('is an image with a layer or a config that nobody has', async (t) => {
    const directory = scratch(t);
    const foreign = layerOf(layerWith('windows').tar, {
      mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
    });
    const built = imageOf([foreign]);
    const { document } = documentOf(built);
    assert.ok(document.kind === 'manifest');
    const open = () => openDestination(parseReference(`docker-archive:${directory}/image.tar`));
    {
      await using destination = await open();
      await destination.putBlob(document.config, contentOf(built.config));
      await failsWith('BLOB_MISSING', destination.finish(documentOf(built)));
    }
    {
      await using destination = await open();
      await failsWith('BLOB_MISSING', destination.finish(documentOf(built)));
    }
    assert.deepEqual(fs.readdirSync(directory), []);
  });

  void it('is a config that is none', async (t) => {
    const built = imageOf([], { configDocument: { rootfs: undefined } });
    await refuses('DOCUMENT_INVALID', scratch(t), built);
  });
});

void describe('skopeo and a docker-archive', { skip: whyMissing('skopeo') }, () => {
  for (const compression of ['gzip', 'none', 'zstd'] as const) {
    void it(`agree about the config, with ${compression} layers`, async (t) => {
      const path = join(scratch(t), 'image.tar');
      const built = imageWith(compression);
      const { digest } = await deliver(`docker-archive:${path}:app:1`, built);
      const config = run('skopeo', 'inspect', '--config', '--raw', `docker-archive:${path}:docker.io/library/app:1`);
      assert.equal(config, built.config.toString());
      const manifest = run('skopeo', 'inspect', '--raw', `oci-archive:${path}:1`);
      assert.equal(sha256Of(Buffer.from(manifest)), digest);
      run('skopeo', '--insecure-policy', 'copy', `docker-archive:${path}`, `oci:${path}-out:x`);
      await using copied = await openImage(`oci:${path}-out:x`);
      assert.deepEqual(
        copied.config.rootfs.diff_ids,
        built.layers.map(({ diffId }) => diffId),
      );
    });
  }
});

/** Nothing may be left of a delivery that fails. */
async function refuses(
  code: Parameters<typeof failsWith>[0],
  directory: string,
  root: BuiltImage | BuiltIndex,
  services: DestinationServices = {},
): Promise<void> {
  await failsWith(code, deliver(`docker-archive:${directory}/image.tar`, root, services));
  assert.deepEqual(fs.readdirSync(directory), []);
}
