import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import * as fc from 'fast-check';
import { defaultLimits, isHoldfastError } from '../../src/base/index.ts';
import { openImage } from '../../src/image/index.ts';
import {
  blobPath,
  directory,
  type EntrySpec,
  file,
  hardlink,
  imageOf,
  layerOf,
  layoutFiles,
  ociArchiveOf,
  rawEntry,
  rawTar,
  sparseFile,
  symlink,
  tarOf,
  type TaggedImages,
  zeroBlock,
} from '../../src/testing/index.ts';
import { bytesAt, failsWith, fileWith, scratch, smallImage } from './scratch.ts';

const one = smallImage('one');
const two = smallImage('two');
const archive = ociArchiveOf({ v1: one });

async function* inPieces(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The members of an archive of a layout, to be changed. */
function members(images: TaggedImages = { v1: one }): EntrySpec[] {
  return [...layoutFiles(images)].map(([path, bytes]) => file(path, bytes));
}

/** Opens an archive of these members and every layer of its image; gives the digest of the manifest. */
async function open(entries: Iterable<EntrySpec> | Uint8Array, tag = ''): Promise<string> {
  const bytes = entries instanceof Uint8Array ? entries : tarOf(entries);
  await using image = await openImage(`oci-archive:-${tag}`, { stdin: inPieces(bytes) });
  for (const layer of image.layers) bytesAt(await layer.open());
  return image.manifestDigest;
}

void describe('an OCI archive', () => {
  void it('is used where it is, its blobs being ranges of it', async (t) => {
    await using image = await openImage(`oci-archive:${fileWith(t, archive)}:v1`);
    assert.equal(image.manifestDigest, one.digest);
    const location = (await image.layers[0]?.open()) ?? assert.fail();
    assert.ok(location.offset > 0);
    assert.deepEqual(bytesAt(location), one.layers[0]?.bytes);
  });

  void it('may be compressed, whatever it is called', async (t) => {
    for (const bytes of [gzipSync(archive), zstdCompressSync(archive)]) {
      await using image = await openImage(`oci-archive:${fileWith(t, bytes)}`);
      assert.equal(image.manifestDigest, one.digest);
      assert.deepEqual(bytesAt((await image.layers[0]?.open()) ?? assert.fail()), one.layers[0]?.bytes);
    }
  });

  void it('may come from stdin, plain or compressed', async (t) => {
    scratch(t);
    for (const bytes of [archive, gzipSync(archive), zstdCompressSync(archive)]) {
      await using image = await openImage('oci-archive:-:v1', { stdin: inPieces(bytes, 7) });
      assert.equal(image.manifestDigest, one.digest);
      assert.deepEqual(bytesAt((await image.layers[0]?.open()) ?? assert.fail()), one.layers[0]?.bytes);
    }
  });

  void it('may come from a pipe that the user names', async (t) => {
    const pipe = join(scratch(t), 'pipe');
    execFileSync('mkfifo', [pipe]);
    const writer = spawn('sh', ['-c', `cat > ${pipe}`], { stdio: ['pipe', 'ignore', 'inherit'] });
    writer.stdin.end(archive);
    await using image = await openImage(`oci-archive:${pipe}`);
    assert.equal(image.manifestDigest, one.digest);
  });

  void it('leaves no name of its temporary file behind', async (t) => {
    scratch(t);
    const before = fs.readdirSync(tmpdir()).filter((name) => name.startsWith('.holdfast'));
    await using image = await openImage('oci-archive:-', { stdin: inPieces(archive) });
    assert.deepEqual(
      fs.readdirSync(tmpdir()).filter((name) => name.startsWith('.holdfast')),
      before,
    );
    assert.equal(fs.fstatSync((await image.layers[0]?.open())?.fd ?? -1).nlink, 0);
    assert.equal(fs.fstatSync((await image.layers[0]?.open())?.fd ?? -1).mode & 0o777, 0o600);
  });

  void it('is chosen from by tag and digest, as a directory is', async (t) => {
    const path = fileWith(t, ociArchiveOf({ v1: one, v2: two }));
    await using image = await openImage(`oci-archive:${path}:v2`);
    assert.equal(image.manifestDigest, two.digest);
    await using same = await openImage(`oci-archive:${path}@${two.digest}`);
    assert.equal(same.manifestDigest, two.digest);
    await failsWith('IMAGE_AMBIGUOUS', openImage(`oci-archive:${path}`), /"v1", "v2"/);
    await failsWith('IMAGE_NOT_FOUND', openImage(`oci-archive:${path}:v3`), /"v1", "v2"/);
  });

  void it('may spell its names with "./"', async () => {
    const spelled = members().map((member) => file(`./${member.name}`, member.content));
    assert.equal(await open([directory('./'), directory('./blobs/'), ...spelled]), one.digest);
  });

  void it('may hold links, which are followed inside it', async () => {
    const path = blobPath(one.layers[0]?.digest ?? one.digest);
    const others = members().filter((member) => String(member.name) !== path);
    const body = file('store/layer', one.layers[0]?.bytes ?? '');
    assert.equal(await open([...others, body, symlink(path, '../../store/layer')]), one.digest);
    assert.equal(await open([...others, body, hardlink(path, 'store/layer')]), one.digest);
    assert.equal(await open([...others, body, symlink('a', 'store'), symlink(path, '../../a/../a/layer')]), one.digest);
  });

  void it('is read past large bodies without reading them', async (t) => {
    const noise = Buffer.alloc(3_000_000, 'noise');
    const big = imageOf([layerOf([file('noise', noise)], { compression: 'none' }), layerOf([file('x', 'y')])]);
    await using image = await openImage(`oci-archive:${fileWith(t, ociArchiveOf({ big }))}`);
    assert.deepEqual(
      await Promise.all(image.layers.map(async (layer) => bytesAt(await layer.open()))),
      big.layers.map((layer) => layer.bytes),
    );
  });
});

void describe('a broken archive', () => {
  const layerPath = blobPath(one.layers[0]?.digest ?? one.digest);
  const withoutLayer = members().filter((member) => String(member.name) !== layerPath);

  void it('is refused when a link leads out of it, in a circle, or to nothing', async (t) => {
    scratch(t);
    for (const target of ['/etc/passwd', '../../../../etc/passwd', '../../..']) {
      await failsWith('ARCHIVE_INVALID', open([...withoutLayer, symlink(layerPath, target)]), /leads out/);
    }
    const name = layerPath.split('/').at(-1) ?? '';
    await failsWith('ARCHIVE_INVALID', open([...withoutLayer, symlink(layerPath, name)]), /circle/);
    const pair = [symlink(layerPath, 'b'), symlink('blobs/sha256/b', `./${name}`)];
    await failsWith('ARCHIVE_INVALID', open([...withoutLayer, ...pair]), /circle/);
    await failsWith('BLOB_MISSING', open([...withoutLayer, symlink(layerPath, 'nowhere')]));
    const chain = Array.from({ length: 50 }, (_, at) => symlink(`blobs/sha256/${at}`, String(at + 1)));
    await failsWith('ARCHIVE_INVALID', open([...withoutLayer, symlink(layerPath, '0'), ...chain]), /40 links/);
  });

  void it('is refused when a blob is no regular file', async () => {
    await failsWith('BLOB_MISSING', open([...withoutLayer, directory(layerPath)]), /is a directory/);
    const fifo = rawEntry({ name: layerPath, typeflag: '6' });
    const mixed = rawTar(tarOf(withoutLayer).subarray(0, -1024), fifo, zeroBlock, zeroBlock);
    await failsWith('BLOB_MISSING', open(mixed), /is a device/);
  });

  void it('is refused when a member is there twice', async () => {
    const twice = [...members(), file('index.json', '{}')];
    await failsWith('ARCHIVE_INVALID', open(twice), /index\.json is in the archive twice/);
    await failsWith('ARCHIVE_INVALID', open([...members(), file('./oci-layout', '{}')]), /twice/);
    await failsWith('ARCHIVE_INVALID', open([...members(), directory('oci-layout/')]), /twice/);
    assert.equal(await open([directory('blobs/'), ...members(), directory('blobs/')]), one.digest);
  });

  void it('is refused when a name has ".." or a member is sparse', async () => {
    await failsWith('ARCHIVE_INVALID', open([...members(), file('a/../b', 'x')]), /"\.\." component/);
    const sparse = sparseFile('x', 1_000_000, [{ offset: 5000, data: 'x' }]);
    await failsWith('ARCHIVE_INVALID', open([...members(), sparse]), /sparse/);
  });

  void it('is refused when it ends too early', async () => {
    const noise = Buffer.alloc(100_000, 1);
    const big = ociArchiveOf({ v1: imageOf([layerOf([file('n', noise)], { compression: 'none' })]) });
    for (const size of [big.indexOf(noise) + 10, big.indexOf(noise) + noise.length - 10]) {
      await failsWith('TAR_TRUNCATED', open(big.subarray(0, size)), /inside a body/);
    }
  });

  void it('is refused when it is something else', async (t) => {
    const text = fileWith(t, Buffer.from('just some text\n'.repeat(100)));
    await failsWith('ARCHIVE_INVALID', openImage(`oci-archive:${text}`), /not a tar archive/);
    await failsWith('ARCHIVE_INVALID', open(Buffer.from('short')), /not a tar archive/);
    await failsWith('ARCHIVE_INVALID', open(Buffer.alloc(0)), /is empty/);
    await failsWith('ARCHIVE_INVALID', open(gzipSync('text')), /not a tar archive/);
    await failsWith('ARCHIVE_INVALID', open(tarOf([file('a', 'b')])), /no file oci-layout/);
    await failsWith('ARCHIVE_INVALID', open(tarOf([file('manifest.json', '[]')])), /docker-archive: was meant/);
  });

  void it('is refused when it is compressed in a way that is not supported', async (t) => {
    const xz = fileWith(t, Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4]));
    await failsWith('ARCHIVE_INVALID', openImage(`oci-archive:${xz}`), /compressed with xz/);
    await failsWith('ARCHIVE_INVALID', open(Buffer.from('BZh91AY&SY')), /compressed with bzip2/);
  });

  void it('is refused when its compression is damaged or it grows past the limits', async (t) => {
    const path = fileWith(t, gzipSync(archive).subarray(0, -20));
    await failsWith('CODEC_CORRUPT', openImage(`oci-archive:${path}`));
    const limits = { ...defaultLimits, maxSizeBytes: 5000 };
    const compressed = fileWith(t, gzipSync(archive));
    await failsWith(
      'LIMIT_EXCEEDED',
      openImage(`oci-archive:${compressed}`, { limits }),
      /5000 bytes in an archive.*--max-size/s,
    );
  });

  void it('is said to be missing or a directory', async (t) => {
    const path = scratch(t);
    await failsWith('IMAGE_NOT_FOUND', openImage(`oci-archive:${path}/absent`), /no such file/);
    await failsWith('IMAGE_NOT_FOUND', openImage(`docker-archive:${path}`), /is a directory.*oci:/);
  });

  void it('stops when it is aborted while it is written down', async (t) => {
    scratch(t);
    const controller = new AbortController();
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (let count = 0; ; count++) {
        if (count === 10) controller.abort(new Error('enough'));
        yield Buffer.alloc(10_000);
      }
    }
    await assert.rejects(openImage('oci-archive:-', { stdin: endless(), signal: controller.signal }), /enough/);
  });

  void it('stops when it is aborted while its source is silent', async (t) => {
    scratch(t);
    const controller = new AbortController();
    async function* silent(): AsyncGenerator<Uint8Array> {
      yield archive.subarray(0, 1000);
      await new Promise<void>(() => {});
    }
    const opening = openImage('oci-archive:-', { stdin: silent(), signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 10);
    await assert.rejects(opening, /enough/);
  });

  void it('ends stdin when it is refused', async (t) => {
    scratch(t);
    let ended = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.from('BZh91AY&SY');
      } finally {
        ended = true;
      }
    }
    await failsWith('ARCHIVE_INVALID', openImage('oci-archive:-', { stdin: source() }), /bzip2/);
    assert.equal(ended, true);
  });

  void it('never does anything but open or fail with one coded error', async (t) => {
    scratch(t);
    const change = fc.tuple(fc.nat(archive.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const damaged = Buffer.from(archive);
        for (const [at, byte] of changes) damaged[at] = byte;
        await open(damaged).catch((error: unknown) => assert.ok(isHoldfastError(error), String(error)));
      }),
      { numRuns: 150 },
    );
  });
});
