import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { amd64Level, openImage, openReference, thisMachine } from '../../src/image/index.ts';
import { blobPath, type BuiltImage, type BuiltIndex, indexOf } from '../../src/testing/index.ts';
import { failsWith, layout, smallImage } from './scratch.ts';

const amd64 = smallImage('amd64');
const v3 = smallImage('amd64 v3', 'linux/amd64/v3');
const arm64 = smallImage('arm64', 'linux/arm64');
const windows = smallImage('windows', 'windows/amd64');

async function digestFor(reference: string, platform?: string): Promise<string> {
  await using image = await openImage(reference, { platform });
  return image.manifestDigest;
}

/** The entries of an index with no word about their platforms. */
function unlabelled(...images: readonly BuiltImage[]): BuiltIndex {
  return indexOf(images, { manifests: images.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })) });
}

const put = (t: TestContext, image: BuiltImage | BuiltIndex): string => `oci:${layout(t, { x: image })}`;

void describe('an index', () => {
  void it('gives the image of the platform that is asked for', async (t) => {
    const reference = put(t, indexOf([windows, arm64, amd64]));
    assert.equal(await digestFor(reference, 'linux/amd64'), amd64.digest);
    assert.equal(await digestFor(reference, 'linux/arm64/v8'), arm64.digest);
    assert.equal(await digestFor(reference, 'windows/x86_64'), windows.digest);
    await failsWith('USAGE', openImage(reference, { platform: 'linux' }), /linux\/amd64/);
  });

  void it("gives this machine's image unless told otherwise", async (t) => {
    const { os, architecture } = thisMachine();
    assert.equal(os, 'linux');
    const own = smallImage('own', `linux/${architecture}${architecture === 'arm' ? '/v5' : ''}`);
    assert.equal(await digestFor(put(t, indexOf([windows, own]))), own.digest);
  });

  void it('gives the best variant that runs', async (t) => {
    const reference = put(t, indexOf([amd64, v3]));
    assert.equal(await digestFor(reference, 'linux/amd64'), amd64.digest);
    assert.equal(await digestFor(reference, 'linux/amd64/v2'), amd64.digest);
    assert.equal(await digestFor(reference, 'linux/amd64/v4'), v3.digest);
  });

  void it('says which platforms there are when none suits', async (t) => {
    const reference = put(t, indexOf([arm64, windows]));
    await failsWith(
      'PLATFORM_NOT_FOUND',
      openImage(reference, { platform: 'linux/s390x' }),
      /"linux\/arm64", "windows\/amd64"/,
    );
  });

  void it('judges entries without a platform by their config, leaving out what is not there', async (t) => {
    const path = layout(t, { x: unlabelled(arm64, windows, amd64) });
    fs.rmSync(join(path, blobPath(windows.digest)));
    fs.rmSync(join(path, blobPath(arm64.configDigest)));
    assert.equal(await digestFor(`oci:${path}`, 'linux/amd64'), amd64.digest);
    await failsWith('PLATFORM_NOT_FOUND', openImage(`oci:${path}`, { platform: 'linux/arm64' }));
  });

  void it('never gives an attestation', async (t) => {
    const attestation = smallImage('attestation', 'unknown/unknown');
    const reference = put(t, indexOf([attestation, amd64]));
    assert.equal(await digestFor(reference, 'linux/amd64'), amd64.digest);
    await failsWith('PLATFORM_NOT_FOUND', openImage(reference, { platform: 'unknown/unknown' }));
  });

  void it('may hold indexes, four levels of them', async (t) => {
    let nested = indexOf([amd64]);
    for (let level = 2; level <= 4; level++) nested = indexOf([nested]);
    assert.equal(await digestFor(put(t, nested), 'linux/amd64'), amd64.digest);
    await failsWith('LIMIT_EXCEEDED', openImage(put(t, indexOf([nested])), { platform: 'linux/amd64' }), /4 levels/);
  });

  void it('is refused when what it names is not what it says', async (t) => {
    const path = layout(t, { x: indexOf([amd64]) });
    const blob = join(path, blobPath(amd64.digest));
    fs.writeFileSync(blob, fs.readFileSync(blob, 'utf8').replace('"size":', '"siZe":'));
    await failsWith('DIGEST_MISMATCH', openImage(`oci:${path}`, { platform: 'linux/amd64' }));
  });
});

void describe('a single manifest', () => {
  void it('is used whatever it is for, unless a platform is asked for', async (t) => {
    const reference = put(t, arm64);
    assert.equal(await digestFor(reference), arm64.digest);
    assert.equal(await digestFor(reference, 'linux/arm64/v8'), arm64.digest);
    await failsWith('PLATFORM_NOT_FOUND', openImage(reference, { platform: 'linux/amd64' }), /"linux\/arm64"/);
  });
});

void describe('what a reference itself names', () => {
  void it('is the index, unless a platform is asked for', async (t) => {
    const index = indexOf([arm64, amd64]);
    const reference = put(t, index);
    const named = await openReference(reference);
    assert.equal(named.digest, index.digest);
    assert.equal(named.mediaType, index.mediaType);
    assert.equal(named.document.kind, 'index');
    assert.deepEqual(Buffer.from(named.bytes), index.bytes);
    assert.equal((await openReference(reference, { platform: 'linux/arm64' })).digest, arm64.digest);
    await failsWith('PLATFORM_NOT_FOUND', openReference(reference, { platform: 'linux/386' }));
  });

  void it('is the manifest where there is no index, and must then fit a platform that is asked for', async (t) => {
    const reference = put(t, arm64);
    assert.equal((await openReference(reference)).digest, arm64.digest);
    await failsWith('PLATFORM_NOT_FOUND', openReference(reference, { platform: 'linux/amd64' }));
  });
});

void describe('this machine', () => {
  void it('has the amd64 level that all its flags reach', () => {
    const v2 = ['cx16', 'lahf_lm', 'popcnt', 'sse4_1', 'sse4_2', 'ssse3'];
    const v3 = ['abm', 'avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'movbe', 'xsave'];
    const v4 = ['avx512bw', 'avx512cd', 'avx512dq', 'avx512f', 'avx512vl'];
    assert.equal(amd64Level(new Set()), 1);
    assert.equal(amd64Level(new Set(v2)), 2);
    assert.equal(amd64Level(new Set([...v2, ...v3])), 3);
    assert.equal(amd64Level(new Set([...v2, ...v3, ...v4])), 4);
    assert.equal(amd64Level(new Set([...v2, ...v4])), 2);
    assert.equal(amd64Level(new Set(v3)), 1);
  });
});

void describe('a transport that is not supported', () => {
  void it('is refused with a way to go on', async (t) => {
    await failsWith('TRANSPORT_UNSUPPORTED', openImage('dir:/x'), /skopeo copy/);
    await failsWith('REFERENCE_INVALID', openImage(layout(t, { x: amd64 })), /did you mean oci:\//);
  });
});
