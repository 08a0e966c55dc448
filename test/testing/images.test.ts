import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import {
  blobPath,
  dockerArchiveOf,
  file,
  hardlink,
  imageOf,
  indexOf,
  layerOf,
  layoutFiles,
  ociArchiveOf,
  sha256Of,
  whiteout,
  writeLayout,
} from '../../src/testing/index.ts';

const base = layerOf([file('a', '1'), hardlink('b', 'a')]);
const top = layerOf([whiteout('a')], { compression: 'none' });
const image = imageOf([base, top], { config: { Env: ['A=1'] } });
const other = imageOf([base], { platform: 'linux/arm64/v8', format: 'docker' });

const hasSkopeo = spawnSync('skopeo', ['--version']).status === 0;

let scratch = '';
before(() => (scratch = mkdtempSync(join(tmpdir(), 'holdfast-testing-'))));
after(() => rmSync(scratch, { recursive: true }));

void suite('built layers', () => {
  void test('have the digests of their stored and uncompressed bytes', () => {
    const zstd = layerOf(base.tar, { compression: 'zstd' });
    assert.deepEqual(gunzipSync(base.bytes), base.tar);
    assert.deepEqual(zstdDecompressSync(zstd.bytes), base.tar);
    assert.equal(base.digest, sha256Of(base.bytes));
    assert.equal(base.diffId, sha256Of(base.tar));
    assert.equal(zstd.diffId, base.diffId);
    assert.equal(zstd.mediaType, 'application/vnd.oci.image.layer.v1.tar+zstd');
    assert.equal(top.bytes, top.tar);
  });
});

void suite('built images', () => {
  void test('hold together by digests and sizes', () => {
    const manifest = JSON.parse(image.manifest.toString()) as Record<string, unknown>;
    const config = JSON.parse(image.config.toString()) as Record<string, unknown>;
    assert.deepEqual(manifest['config'], {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: sha256Of(image.config),
      size: image.config.length,
    });
    assert.deepEqual(manifest['layers'], [
      { mediaType: base.mediaType, digest: base.digest, size: base.bytes.length },
      { mediaType: top.mediaType, digest: top.digest, size: top.bytes.length },
    ]);
    assert.deepEqual(config['rootfs'], { type: 'layers', diff_ids: [base.diffId, top.diffId] });
    assert.equal(image.digest, sha256Of(image.manifest));
  });

  void test('let documents be overridden key by key', () => {
    const strange = imageOf([base], {
      manifestDocument: { schemaVersion: 1, layers: undefined },
      configDocument: { rootfs: { type: 'layers', diff_ids: [] } },
    });
    const manifest = JSON.parse(strange.manifest.toString()) as Record<string, unknown>;
    assert.equal(manifest['schemaVersion'], 1);
    assert.ok(!('layers' in manifest));
  });

  void test('are listed in an index with their platforms', () => {
    const index = indexOf([image, other]);
    const { manifests } = JSON.parse(index.bytes.toString()) as { manifests: { platform: unknown; digest: string }[] };
    assert.deepEqual(
      manifests.map(({ digest, platform }) => [digest, platform]),
      [
        [image.digest, { architecture: 'amd64', os: 'linux' }],
        [other.digest, { architecture: 'arm64', os: 'linux', variant: 'v8' }],
      ],
    );
  });
});

void suite('built layouts and archives', () => {
  void test('hold every blob once, under its digest', () => {
    const files = layoutFiles({ one: image, both: indexOf([image, other]) });
    const blobs = [...files].filter(([path]) => path.startsWith('blobs/'));
    assert.equal(blobs.length, 7);
    for (const [path, bytes] of blobs) assert.equal(path, blobPath(sha256Of(bytes)));
  });

  void test('are written to a directory as they are', () => {
    const directory = join(scratch, 'written');
    writeLayout(directory, { one: image });
    for (const [path, bytes] of layoutFiles({ one: image })) {
      assert.deepEqual(readFileSync(join(directory, path)), bytes);
    }
  });

  void test('are the same bytes every time', () => {
    assert.deepEqual(ociArchiveOf({ one: image }), ociArchiveOf({ one: image }));
    const both = { 'x:1': image, 'y:2': other };
    assert.deepEqual(dockerArchiveOf(both, { form: 'old' }), dockerArchiveOf(both, { form: 'old' }));
  });

  void test('share a layer of the old docker form by a symbolic link', () => {
    const archive = dockerArchiveOf({ 'x:1': imageOf([base]), 'y:2': imageOf([base, base]) }, { form: 'old' });
    const listed = spawnSync('tar', ['-tvf', '-'], { input: archive }).stdout.toString();
    assert.match(listed, /layer\.tar -> \.\.\/[0-9a-f]{64}\/layer\.tar/);
    assert.match(listed, / repositories\n/);
  });

  void test('are read by skopeo in every form', { skip: !hasSkopeo && 'skopeo is not installed' }, () => {
    writeLayout(join(scratch, 'layout'), { one: image });
    writeFileSync(join(scratch, 'oci.tar'), ociArchiveOf({ one: image }));
    for (const form of ['old', 'new'] as const) {
      writeFileSync(join(scratch, `${form}.tar`), dockerArchiveOf({ 'example.com/x:1': image }, { form }));
    }
    const references = [
      `oci:${scratch}/layout:one`,
      `oci-archive:${scratch}/oci.tar:one`,
      `docker-archive:${scratch}/old.tar:example.com/x:1`,
      `docker-archive:${scratch}/new.tar:example.com/x:1`,
    ];
    for (const reference of references) {
      const { stdout, stderr, status } = spawnSync('skopeo', ['inspect', '--config', reference]);
      assert.equal(status, 0, stderr.toString());
      const config = JSON.parse(stdout.toString()) as { rootfs: { diff_ids: string[] } };
      assert.deepEqual(config.rootfs.diff_ids, [base.diffId, top.diffId], reference);
    }
  });
});
