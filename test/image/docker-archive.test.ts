import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Image, openImage } from '../../src/image/index.ts';
import {
  blobPath,
  type BuiltImage,
  type BuiltLayer,
  directory,
  dockerArchiveOf,
  type EntrySpec,
  file,
  imageOf,
  indexOf,
  jsonBytes,
  layerOf,
  layoutFiles,
  sha256Of,
  symlink,
  tarOf,
} from '../../src/testing/index.ts';
import { bytesAt, failsWith, fileWith, scratch, smallImage } from './scratch.ts';

const plain = { compression: 'none', mediaType: 'application/vnd.docker.image.rootfs.diff.tar' } as const;
const base = layerOf([directory('bin/'), file('bin/sh', 'shell')], plain);
const top = layerOf([file('etc/x', 'y')], plain);
const app = imageOf([base, top, base], { format: 'docker' });
const other = imageOf([base], { format: 'docker' });

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
}

async function openBytes(bytes: Uint8Array, name = '', platform?: string): Promise<Image> {
  return openImage(`docker-archive:-${name === '' ? '' : `:${name}`}`, { stdin: inPieces(bytes), platform });
}

/** Opens an archive that must be refused, leaving nothing open if it is not. */
async function tryOpen(entries: Iterable<EntrySpec> | Uint8Array, name = ''): Promise<void> {
  await using image = await openBytes(entries instanceof Uint8Array ? entries : tarOf(entries), name);
  for (const layer of image.layers) await layer.open();
}

const contentOf = (image: Image): Promise<readonly Buffer[]> =>
  Promise.all(image.layers.map(async (layer) => bytesAt(await layer.open())));

const hexOf = (image: BuiltImage): string => image.configDigest.slice('sha256:'.length);

/** A minimal archive of one image whose members are given by name. */
function archiveWith(image: BuiltImage, names: readonly string[], members: readonly EntrySpec[]): readonly EntrySpec[] {
  const config = `${hexOf(image)}.json`;
  const manifest = [{ Config: config, RepoTags: ['a:1'], Layers: names }];
  return [...members, file(config, image.config), file('manifest.json', jsonBytes(manifest))];
}

void describe('a docker archive in the old form', () => {
  const archive = dockerArchiveOf({ 'app:1': app }, { form: 'old' });

  void it('gives a manifest that is made of its layers, always the same', async (t) => {
    await using image = await openImage(`docker-archive:${fileWith(t, archive)}`);
    assert.equal(image.mediaType, 'application/vnd.docker.distribution.manifest.v2+json');
    assert.deepEqual(JSON.parse(Buffer.from(image.manifestBytes).toString()), {
      schemaVersion: 2,
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      config: {
        mediaType: 'application/vnd.docker.container.image.v1+json',
        size: app.config.length,
        digest: app.configDigest,
      },
      layers: [base, top, base].map(({ tar, diffId }) => ({
        mediaType: plain.mediaType,
        size: tar.length,
        digest: diffId,
      })),
    });
    assert.equal(image.manifestDigest, sha256Of(image.manifestBytes));
    await using again = await openBytes(gzipSync(archive));
    assert.equal(again.manifestDigest, image.manifestDigest);
  });

  void it('gives the layers, also one that is there as a link to another', async (t) => {
    await using image = await openImage(`docker-archive:${fileWith(t, archive)}`);
    assert.deepEqual(await contentOf(image), [base.tar, top.tar, base.tar]);
    assert.deepEqual(Buffer.from(image.configBytes), app.config);
  });

  void it('hashes layers that are stored compressed', async () => {
    const zipped = [layerOf([file('a', 'b')]), layerOf([file('c', 'd')], { compression: 'zstd' })];
    const image = imageOf(zipped, { format: 'docker' });
    const members = zipped.map(({ bytes }, at) => file(`${at}.tar`, bytes));
    await using opened = await openBytes(tarOf(archiveWith(image, ['0.tar', '1.tar'], members)));
    assert.deepEqual(
      opened.layers.map(({ digest, mediaType, diffId }) => ({ digest, mediaType, diffId })),
      zipped.map(({ digest, diffId }, at) => ({
        digest,
        mediaType: `application/vnd.docker.image.rootfs.diff.tar.${at === 0 ? 'gzip' : 'zstd'}`,
        diffId,
      })),
    );
    assert.deepEqual(
      await contentOf(opened),
      zipped.map(({ bytes }) => bytes),
    );
  });

  void it('may spell members with "./" and follow linked directories', async () => {
    const members = [file('store/layer.tar', base.tar), symlink('link', 'store')];
    await using image = await openBytes(tarOf(archiveWith(other, ['./link/layer.tar'], members)));
    assert.deepEqual(await contentOf(image), [base.tar]);
  });

  void it('may name its config in three ways, each of which is checked', async (t) => {
    scratch(t);
    const hex = hexOf(other);
    for (const name of [`${hex}.json`, `sha256:${hex}`, `blobs/sha256/${hex}`, 'config.json']) {
      const manifest = [{ Config: name, RepoTags: null, Layers: ['l.tar'] }];
      const members = [file('l.tar', base.tar), file('manifest.json', jsonBytes(manifest))];
      await using image = await openBytes(tarOf([...members, file(name, other.config)]));
      assert.equal(image.manifest.config.digest, other.configDigest);
      const changed = tryOpen([...members, file(name, `${other.config.toString()} `)]);
      if (name === 'config.json') await changed;
      else await failsWith('DIGEST_MISMATCH', changed, /the config/);
    }
  });
});

void describe('a docker archive in the new form', () => {
  void it('keeps the digest of its own manifest', async (t) => {
    const zipped = imageOf([layerOf([file('a', 'b')]), layerOf([file('c', 'd')])]);
    const archive = dockerArchiveOf({ 'app:1': zipped, 'app:2': smallImage('x') }, { form: 'new' });
    await using image = await openImage(`docker-archive:${fileWith(t, archive)}:app:1`);
    assert.equal(image.manifestDigest, zipped.digest);
    assert.deepEqual(
      await contentOf(image),
      zipped.layers.map((layer) => layer.bytes),
    );
    await using asLayout = await openImage(`oci-archive:${fileWith(t, archive)}:1`);
    assert.equal(asLayout.manifestDigest, zipped.digest);
  });

  /** An archive whose index.json and manifest.json can say different things. */
  function newForm(
    image: BuiltImage,
    layers: readonly BuiltLayer[],
    inLayout: Parameters<typeof layoutFiles>[0],
  ): Buffer {
    const manifest = [
      { Config: blobPath(image.configDigest), RepoTags: ['a:1'], Layers: layers.map(({ digest }) => blobPath(digest)) },
    ];
    const files = new Map([...layoutFiles(inLayout), ['manifest.json', jsonBytes(manifest)]]);
    files.set(blobPath(image.configDigest), image.config);
    for (const layer of layers) files.set(blobPath(layer.digest), layer.bytes);
    return tarOf([...files].map(([path, bytes]) => file(path, bytes)));
  }

  void it('finds its manifest inside an index of which one platform was saved', async () => {
    const amd64 = smallImage('a', 'linux/amd64');
    const index = indexOf([smallImage('b', 'linux/arm64'), amd64]);
    const files = newForm(amd64, amd64.layers, { '1': index });
    await using image = await openBytes(files);
    assert.equal(image.manifestDigest, amd64.digest);
  });

  void it('gets a manifest when its layout has none for the image', async () => {
    await using image = await openBytes(newForm(app, app.layers, { x: smallImage('x') }));
    assert.equal(image.mediaType, 'application/vnd.docker.distribution.manifest.v2+json');
    assert.deepEqual(await contentOf(image), [base.tar, top.tar, base.tar]);
  });

  void it('is refused when its two tables of contents give the image different layers', async (t) => {
    scratch(t);
    const swapped = newForm(app, [top, base, base], { '1': app });
    await failsWith('ARCHIVE_INVALID', tryOpen(swapped), /manifest\.json and its index\.json/);
  });
});

void describe('several images in a docker archive', () => {
  const archive = dockerArchiveOf({ 'ubuntu:22.04': app, 'localhost:5000/x/y:1': other }, { form: 'old' });

  void it('are found by name, however it is abbreviated', async (t) => {
    scratch(t);
    for (const name of ['ubuntu:22.04', 'docker.io/library/ubuntu:22.04', 'library/ubuntu:22.04']) {
      await using image = await openBytes(archive, name);
      assert.equal(image.manifest.config.digest, app.configDigest);
    }
    await using image = await openBytes(archive, 'localhost:5000/x/y:1');
    assert.equal(image.manifest.config.digest, other.configDigest);
  });

  void it('have to be chosen from', async (t) => {
    scratch(t);
    await failsWith('IMAGE_AMBIGUOUS', tryOpen(archive), /holds 2 images.*"ubuntu:22\.04", "localhost:5000\/x\/y:1"/s);
    await failsWith('IMAGE_NOT_FOUND', tryOpen(archive, 'ubuntu'), /no image "ubuntu:latest".*"ubuntu:22\.04"/s);
    await failsWith('IMAGE_NOT_FOUND', tryOpen(tarOf([file('manifest.json', '[]')])), /holds no image/);
  });

  void it('may be one image under two names', async () => {
    await using image = await openBytes(dockerArchiveOf({ 'a:1': app, 'b:2': app }, { form: 'old' }));
    assert.equal(image.manifest.config.digest, app.configDigest);
  });

  void it('may not share a name', async (t) => {
    scratch(t);
    const config = (image: BuiltImage): EntrySpec => file(`${hexOf(image)}.json`, image.config);
    const entry = (image: BuiltImage): unknown => ({ Config: `${hexOf(image)}.json`, RepoTags: ['a:1'], Layers: [] });
    const manifest = file('manifest.json', jsonBytes([entry(app), entry(other)]));
    await failsWith('ARCHIVE_INVALID', tryOpen([config(app), config(other), manifest], 'a:1'), /names 2 images/);
  });
});

void describe('a broken docker archive', () => {
  void it('is refused when manifest.json leads out of it or to nothing', async (t) => {
    scratch(t);
    const layer = file('l.tar', base.tar);
    const reject = (name: string, reason: RegExp): Promise<void> =>
      failsWith('ARCHIVE_INVALID', tryOpen(archiveWith(other, [name], [layer, directory('dir/')])), reason);
    await reject('../../etc/passwd', /leads out/);
    await reject('/etc/passwd', /leads out/);
    await reject('dir/../../x', /leads out/);
    await reject('absent.tar', /no member "absent\.tar"/);
    await reject('dir', /is a directory/);
    await reject('', /no member ""|is a directory/);
    await failsWith('ARCHIVE_INVALID', tryOpen([file('l.tar', 'x')]), /no manifest\.json/);
  });

  void it('is refused when links go in a circle', async (t) => {
    scratch(t);
    const circle = [symlink('a/layer.tar', '../b/layer.tar'), symlink('b/layer.tar', '../a/layer.tar')];
    await failsWith('ARCHIVE_INVALID', tryOpen(archiveWith(other, ['a/layer.tar'], circle)), /circle/);
  });

  void it('is refused when a member is there twice', async (t) => {
    scratch(t);
    const twice = [file('l.tar', base.tar), file('l.tar', top.tar)];
    await failsWith('ARCHIVE_INVALID', tryOpen(archiveWith(other, ['l.tar'], twice)), /twice/);
  });

  void it('is refused when config and manifest.json count layers differently', async (t) => {
    scratch(t);
    await failsWith('DIFFID_COUNT', tryOpen(archiveWith(other, [], [])), /0 layers.* 1 DiffIDs/);
  });

  void it('is refused when its image is for another platform than was asked for', async (t) => {
    scratch(t);
    const archive = dockerArchiveOf({ 'a:1': app }, { form: 'old' });
    await using image = await openBytes(archive, '', 'linux/amd64');
    assert.equal(image.platform.architecture, 'amd64');
    await failsWith('PLATFORM_NOT_FOUND', openBytes(archive, '', 'linux/arm64'), /"linux\/amd64"/);
  });

  void it('is told from a layout', async (t) => {
    scratch(t);
    const layout = tarOf([...layoutFiles({ x: other })].map(([path, bytes]) => file(path, bytes)));
    await failsWith('ARCHIVE_INVALID', tryOpen(layout), /oci-archive: was meant/);
  });
});
