import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { assert as assertProperty, asyncProperty, constantFrom, double } from 'fast-check';
import { type ErrorCode, fromJsonText, isHoldfastError } from '../../src/base/index.ts';
import { openImage } from '../../src/image/index.ts';
import {
  catFile,
  exactNumber,
  imageLinks,
  inspectImage,
  listImage,
  listImageLayer,
  validate,
} from '../../src/inspect/index.ts';
import {
  blobPath,
  file,
  hardlink,
  imageOf,
  indexOf,
  layerOf,
  layoutFiles,
  ociArchiveOf,
  symlink,
  writeLayout,
} from '../../src/testing/index.ts';
import { base, cacheHome, example, layout, scratch, top } from './example.ts';

async function failsWith(code: ErrorCode, run: Promise<unknown>, text = /./): Promise<void> {
  await assert.rejects(run, (error) => {
    assert.ok(isHoldfastError(error), error instanceof Error ? error.stack : String(error));
    assert.equal(error.code, code, error.message);
    assert.match(`${error.message}\n${error.hint ?? ''}`, text);
    return true;
  });
}

void describe('listing an image', () => {
  void it('gives the direct children of the root in byte order', async (t) => {
    await using image = await openImage(layout(t, { v1: example }));
    const { path, entries } = await listImage(image);
    assert.equal(path, '.');
    assert.deepEqual(
      entries.map((entry) => entry.path),
      ['bin', 'dev', 'etc', 'odd', 'run', 'usr', 'var'],
    );
  });

  void it('says every attribute in its JSON form', async (t) => {
    await using image = await openImage(layout(t, { v1: example }));
    const one = async (path: string) => (await listImage(image, { path, followLast: false })).entries[0];
    const { entries: implied } = await listImage(image, { path: '.' });
    assert.deepEqual(implied[2], {
      path: 'etc',
      kind: 'directory',
      mode: '0755',
      uid: 0,
      gid: 0,
      mtime: '0',
      size: 0,
      links: 2,
      layer: null,
    });
    assert.deepEqual(await one('/usr/bin/git-log'), {
      path: 'usr/bin/git-log',
      kind: 'file',
      mode: '4755',
      uid: 0,
      gid: 0,
      mtime: '1700000000',
      size: 4,
      links: 2,
      layer: 1,
    });
    assert.deepEqual(await one('bin'), {
      path: 'bin',
      kind: 'symlink',
      mode: '0777',
      uid: 0,
      gid: 0,
      mtime: '1700000000',
      size: 7,
      linkTarget: 'usr/bin',
      links: 1,
      layer: 1,
    });
    assert.equal((await one('dev/null'))?.device, '1:3');
    assert.equal((await one('var/sparse'))?.size, 10_000);
    assert.equal((await listImage(image, { path: 'odd' })).entries[1]?.path, 'odd/caf\udce9');
  });

  void it('says negative times and xattrs', async (t) => {
    await using image = await openImage(layout(t, { v1: imageOf([base]) }));
    const { entries } = await listImage(image, { path: 'etc' });
    assert.equal(entries[1]?.mtime, '-1.5');
    assert.deepEqual(entries[1]?.xattrs, { 'user.note': 'aGVsbG8=' });
    assert.equal('xattrs' in (entries[0] ?? {}), false);
  });

  void it('follows symbolic links inside the root and says where they lead', async (t) => {
    await using image = await openImage(layout(t, { v1: example }));
    const followed = await listImage(image, { path: '/bin/' });
    assert.equal(followed.path, 'usr/bin');
    assert.deepEqual(
      followed.entries.map((entry) => entry.path),
      ['usr/bin/git-log', 'usr/bin/git-show'],
    );
    assert.equal((await listImage(image, { path: 'etc/up/bin/git-log' })).path, 'usr/bin/git-log');
    await failsWith('PATH_NOT_FOUND', listImage(image, { path: 'etc/loop' }), /40 symbolic links/);
    await failsWith('PATH_NOT_FOUND', listImage(image, { path: 'usr/bin/git' }), /no such file/);
    await failsWith('PATH_NOT_FOUND', listImage(image, { path: 'etc/passwd/x' }), /not a directory/);
  });

  void it('gives everything below a directory', async (t) => {
    await using image = await openImage(layout(t, { v1: example }));
    const { entries } = await listImage(image, { path: 'usr', recursive: true });
    assert.deepEqual(
      entries.map(({ path, links }) => [path, links]),
      [
        ['usr/bin', 2],
        ['usr/bin/git-log', 2],
        ['usr/bin/git-show', 2],
      ],
    );
  });

  void it('gives the state after the first layers', async (t) => {
    await using image = await openImage(layout(t, { v1: example }));
    const paths = async (atLayer: number) =>
      (await listImage(image, { atLayer, recursive: true })).entries.map(({ path }) => path);
    assert.deepEqual(await paths(0), []);
    assert.equal((await paths(1)).includes('usr/bin/git'), true);
    assert.equal((await paths(2)).includes('usr/bin/git'), false);
    await failsWith('USAGE', paths(3), /2 layers/);
  });

  void it('reads no layer whose index is cached', async (t) => {
    const directory = scratch(t);
    const fresh = imageOf([layerOf([file(`only-${Date.now()}`, 'x')])]);
    writeLayout(directory, { v1: fresh });
    const read: number[] = [];
    const onEvent = (event: { readonly kind: string }): unknown => event.kind === 'layer-done' && read.push(1);
    for (let time = 0; time < 2; time++) {
      await using image = await openImage(`oci:${directory}`);
      await listImage(image, { onEvent });
    }
    assert.equal(read.length, 1);
    assert.equal(fs.existsSync(path.join(cacheHome, 'holdfast', 'layers')), true);
  });
});

void describe('listing one layer', () => {
  void it('gives its entries and markers in the order of the archive', async (t) => {
    await using image = await openImage(layout(t, { v1: example }));
    const { layer, entries } = await listImageLayer(image, 2);
    assert.deepEqual(layer, { number: 2, digest: top.digest, diffId: top.diffId });
    assert.deepEqual(entries.slice(0, 2), [
      { path: 'usr/bin/git', kind: 'whiteout' },
      { path: 'etc', kind: 'opaque' },
    ]);
    const below = await listImageLayer(image, 1, { path: '/usr/bin/' });
    assert.deepEqual(
      below.entries.map(({ path, kind, target }) => [path, kind, target]),
      [
        ['usr/bin', 'directory', undefined],
        ['usr/bin/git', 'file', undefined],
        ['usr/bin/git-log', 'hardlink', 'usr/bin/git'],
        ['usr/bin/git-show', 'hardlink', 'usr/bin/git'],
      ],
    );
    await failsWith('USAGE', listImageLayer(image, 3));
  });

  void it('shows a layer that does not fit by itself', async (t) => {
    const broken = imageOf([layerOf([hardlink('a', 'nowhere')])]);
    await using image = await openImage(layout(t, { v1: broken }));
    await failsWith('LINK_TARGET_MISSING', listImage(image));
    assert.deepEqual((await listImageLayer(image, 1)).entries[0]?.target, 'nowhere');
  });
});

void describe('link groups', () => {
  void it('are listed with size, layer and what breaking them costs', async (t) => {
    await using image = await openImage(layout(t, { v1: example }));
    const { notes: _notes, ...report } = await imageLinks(image);
    assert.deepEqual(report, {
      groups: [{ paths: ['usr/bin/git-log', 'usr/bin/git-show'], kind: 'file', size: 4, layer: 1 }],
      growth: 4,
    });
    assert.equal((await imageLinks(image, { atLayer: 1 })).growth, 8);
  });

  void it('of symbolic links cost nothing', async (t) => {
    const linked = imageOf([layerOf([symlink('a', 'x'), hardlink('b', 'a')])]);
    await using image = await openImage(layout(t, { v1: linked }));
    const { groups, growth } = await imageLinks(image);
    assert.deepEqual(groups, [{ paths: ['a', 'b'], kind: 'symlink', size: 1, layer: 1 }]);
    assert.equal(growth, 0);
  });
});

void describe('a file of an image', () => {
  void it('has its content under every name', async (t) => {
    await using image = await openImage(layout(t, { v1: example }));
    for (const path of ['usr/bin/git-log', '/bin/git-show', 'etc/up/bin/git-log']) {
      assert.equal(String(await contentOf(image, path)), 'git\n');
    }
    assert.equal(String(await contentOf(image, 'odd/caf\udce9')), '2');
    const sparse = Buffer.alloc(10_000);
    sparse.write('data', 5000);
    assert.deepEqual(await contentOf(image, 'var/sparse'), sparse);
    await failsWith('PATH_NOT_FOUND', contentOf(image, 'usr'), /not a regular file/);
    await failsWith('PATH_NOT_FOUND', contentOf(image, 'nothing'));
  });

  void it('gives no byte of a damaged layer', async (t) => {
    const directory = scratch(t);
    writeLayout(directory, { v1: example });
    const reference = `oci:${directory}`;
    {
      await using image = await openImage(reference);
      await listImage(image);
    }
    flipByte(path.join(directory, blobPath(top.digest)), -9);
    await using image = await openImage(reference);
    let given = 0;
    const take = async (chunks: AsyncIterable<Uint8Array>): Promise<void> => {
      for await (const chunk of chunks) given += chunk.length;
    };
    await failsWith('DIGEST_MISMATCH', catFile(image, fromJsonText('etc/passwd'), take), /layer 2/);
    assert.equal(given, 0);
    assert.equal(String(await contentOf(image, 'usr/bin/git-log')), 'git\n');
  });

  void it('leaves no file open', async (t) => {
    const before = fs.readdirSync('/proc/self/fd').length;
    {
      await using image = await openImage(layout(t, { v1: example }));
      await contentOf(image, 'etc/passwd');
      await assert.rejects(contentOf(image, 'usr'));
    }
    assert.equal(fs.readdirSync('/proc/self/fd').length, before);
  });
});

void describe('the metadata of an image', () => {
  void it('is what manifest and config say', async (t) => {
    const reference = layout(t, { v1: example });
    await using image = await openImage(reference);
    assert.deepEqual(inspectImage(image), {
      reference,
      digest: example.digest,
      mediaType: example.mediaType,
      configDigest: example.configDigest,
      platform: 'linux/amd64',
      created: '2023-11-14T22:13:20Z',
      size: base.size + top.size,
      layers: [base, top].map(({ digest, diffId, size, mediaType }, at) => ({
        number: at + 1,
        digest,
        diffId,
        size,
        mediaType,
      })),
      user: 'nobody',
      env: ['PATH=/usr/bin', 'X=\u001b[2J'],
      entrypoint: ['/usr/bin/git'],
      cmd: ['log', 'a b'],
      workdir: '/srv',
      labels: { maintainer: 'me' },
      exposedPorts: ['80/tcp'],
      notes: [],
    });
  });
});

void describe('validating', () => {
  const arm = imageOf([base], { platform: 'linux/arm64' });
  const attestation = imageOf(
    [layerOf(Buffer.from('{}'), { compression: 'none', mediaType: 'application/vnd.in-toto+json' })],
    {
      platform: 'unknown/unknown',
    },
  );

  void it('takes every image and artifact of an index', async (t) => {
    const inner = indexOf([arm, attestation]);
    const index = indexOf([example, inner, arm]);
    const reference = layout(t, { v1: index });
    const report = await validate(reference);
    assert.equal(report.digest, index.digest);
    assert.deepEqual(
      report.images.map(({ digest, platform, layers }) => [digest, platform, layers.length]),
      [
        [example.digest, 'linux/amd64', 2],
        [arm.digest, 'linux/arm64', 1],
      ],
    );
    assert.deepEqual(report.artifacts, [
      { digest: attestation.digest, mediaType: 'application/vnd.oci.image.config.v1+json' },
    ]);
    assert.deepEqual(report.images[1]?.layers[0], {
      number: 1,
      digest: base.digest,
      diffId: base.diffId,
      size: base.size,
      uncompressedSize: base.tar.length,
      entries: 8,
    });
  });

  void it('takes one image where a platform is given', async (t) => {
    const report = await validate(layout(t, { v1: indexOf([example, arm]) }), { platform: 'linux/arm64' });
    assert.equal(report.digest, arm.digest);
    assert.equal(report.images.length, 1);
  });

  void it('reads an index from stdin once', async () => {
    const stdin = Readable.from([ociArchiveOf({ v1: indexOf([example, arm]) })]);
    const report = await validate('oci-archive:-', { stdin });
    assert.equal(report.images.length, 2);
  });

  void it('finds every flipped byte, whatever is cached', async (t) => {
    const images = { v1: indexOf([example, attestation]) };
    const files = [...layoutFiles(images).keys()].filter((name) => name.startsWith('blobs/'));
    assert.equal(files.length, 8);
    await assertProperty(
      asyncProperty(
        constantFrom(...files),
        double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        async (name, at) => {
          const directory = scratch(t);
          writeLayout(directory, images);
          await validate(`oci:${directory}`);
          flipByte(path.join(directory, name), at);
          await assert.rejects(validate(`oci:${directory}`), (error) => isHoldfastError(error) && error.exitCode === 7);
        },
      ),
      { numRuns: 40 },
    );
  });

  void it('misses no blob', async (t) => {
    for (const digest of [base.digest, example.configDigest, example.digest, attestation.configDigest]) {
      const directory = scratch(t);
      writeLayout(directory, { v1: indexOf([example, attestation]) });
      fs.rmSync(path.join(directory, blobPath(digest)));
      await failsWith('BLOB_MISSING', validate(`oci:${directory}`));
    }
  });

  void it('refuses layers that do not fit onto each other', async (t) => {
    const broken = imageOf([layerOf([hardlink('a', 'nowhere')])]);
    await failsWith('LINK_TARGET_MISSING', validate(layout(t, { v1: broken })));
  });
});

void it('numbers that JSON readers would round are strings', () => {
  assert.equal(exactNumber(2 ** 53 - 1), 9007199254740991);
  assert.equal(exactNumber(2n ** 53n + 1n), '9007199254740993');
});

async function contentOf(image: Parameters<typeof catFile>[0], path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const take = async (all: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of all) chunks.push(Buffer.from(chunk));
  };
  await catFile(image, fromJsonText(path), take);
  return Buffer.concat(chunks);
}

/** @param at a fraction of the file, or bytes from its end when negative */
function flipByte(name: string, at: number): void {
  const bytes = fs.readFileSync(name);
  const position = at < 0 ? bytes.length + at : Math.floor(at * bytes.length);
  bytes[position] = (bytes[position] ?? 0) ^ 1;
  fs.writeFileSync(name, bytes);
}
