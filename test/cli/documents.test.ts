import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { blobPath, imageOf, indexOf, ociArchiveOf, writeLayout } from '../../src/testing/index.ts';
import { base, example, layout, scratch, top } from '../inspect/example.ts';
import { cli } from './run-cli.ts';

const arm = imageOf([base], { platform: 'linux/arm64' });
const index = indexOf([example, arm]);

void describe('holdfast digest', () => {
  void it('is that of the index, unless a platform is given', async (t) => {
    const image = layout(t, { v1: index });
    assert.equal((await cli(['digest', image])).stdout, `${index.digest}\n`);
    assert.equal((await cli(['digest', '--platform', 'linux/arm64', image])).stdout, `${arm.digest}\n`);
    assert.equal((await cli(['digest', '-q', `${image}@${arm.digest}`])).stdout, `${arm.digest}\n`);
    assert.deepEqual(JSON.parse((await cli(['digest', '--format', 'json', image])).stdout), {
      reference: image,
      digest: index.digest,
      mediaType: index.mediaType,
      size: index.size,
    });
  });

  void it('lists the platforms there are when none fits', async (t) => {
    const { code, stderr } = await cli(['digest', '--platform', 'linux/s390x', layout(t, { v1: index })]);
    assert.equal(code, 4);
    assert.equal(
      stderr,
      'error: there is no image for platform "linux/s390x" [PLATFORM_NOT_FOUND]\n' +
        'hint: available: "linux/amd64", "linux/arm64"; choose with --platform\n',
    );
  });
});

void describe('holdfast manifest and config', () => {
  void it('are byte for byte what is stored', async (t) => {
    const image = layout(t, { v1: index });
    assert.deepEqual((await cli(['manifest', image])).bytes, index.bytes);
    assert.deepEqual((await cli(['manifest', '--platform', 'linux/amd64', image])).bytes, example.manifest);
    assert.deepEqual((await cli(['config', '--platform', 'linux/arm64', image])).bytes, arm.config);
    assert.equal((await cli(['manifest', '-q', image])).stdout, `${index.digest}\n`);
    assert.equal((await cli(['config', '-q', '--platform', 'linux/arm64', image])).stdout, `${arm.configDigest}\n`);
  });

  void it('read an archive from stdin', async () => {
    const { bytes } = await cli(['manifest', 'oci-archive:-'], { stdin: ociArchiveOf({ v1: example }) });
    assert.deepEqual(bytes, example.manifest);
  });
});

void describe('holdfast inspect', () => {
  void it('shows one platform for a person, escaped', async (t) => {
    const image = layout(t, { v1: example });
    const { stdout } = await cli(['inspect', image]);
    assert.equal(
      stdout,
      `reference   ${image}
digest      ${example.digest}
media type  application/vnd.oci.image.manifest.v1+json
config      ${example.configDigest}
platform    linux/amd64
created     2023-11-14T22:13:20Z
size        ${base.size + top.size} bytes as stored
user        nobody
entrypoint  ["/usr/bin/git"]
cmd         ["log","a b"]
workdir     /srv
ports       80/tcp
env
  PATH=/usr/bin
  X=\\x1b[2J
labels
  maintainer=me
layers
  1  ${base.digest}  ${base.size} bytes, DiffID ${base.diffId}
  2  ${top.digest}  ${top.size} bytes, DiffID ${top.diffId}
`,
    );
    assert.equal((await cli(['inspect', '-q', image])).stdout, `${example.digest}\n`);
  });

  void it('shows it for a program', async (t) => {
    const { stdout } = await cli(['inspect', '--format', 'json', layout(t, { v1: example })]);
    const { platform, layers, env } = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual([platform, (layers as []).length, env], ['linux/amd64', 2, ['PATH=/usr/bin', 'X=\u001b[2J']]);
  });
});

void describe('holdfast validate', () => {
  void it('lists what it hashed', async (t) => {
    const { stdout, code } = await cli(['validate', layout(t, { v1: index })]);
    assert.equal(code, 0);
    assert.equal(
      stdout,
      `image ${example.digest}  linux/amd64
  layer 1  ${base.digest}  ${base.size} bytes, ${base.tar.length / 1024} KiB uncompressed, 8 entries
  layer 2  ${top.digest}  ${top.size} bytes, ${top.tar.length / 1024} KiB uncompressed, 11 entries
image ${arm.digest}  linux/arm64
  layer 1  ${base.digest}  ${base.size} bytes, ${base.tar.length / 1024} KiB uncompressed, 8 entries
valid: ${index.digest}
`,
    );
  });

  void it('names what is damaged and exits with 7', async (t) => {
    const directory = scratch(t);
    writeLayout(directory, { v1: example });
    const blob = path.join(directory, blobPath(top.digest));
    fs.writeFileSync(blob, fs.readFileSync(blob).fill(1, 100, 101));
    const { code, stdout, stderr } = await cli(['validate', `oci:${directory}`]);
    assert.equal(code, 7);
    assert.equal(stdout, '');
    assert.match(stderr, /^error: layer 2 \(sha256:.{12}…\): the layer: expected sha256:.* \[DIGEST_MISMATCH\]$/m);
    assert.match(stderr, /^hint: the image is damaged/m);
  });
});
