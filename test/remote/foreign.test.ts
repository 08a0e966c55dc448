/** Foreign layers: images refer to them, and registries often do not have them. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openReference } from '../../src/image/index.ts';
import { file, imageOf, layerOf } from '../../src/testing/index.ts';
import { copyImage } from '../../src/transfer/index.ts';
import { held, holdInLayout, holdInRegistry, without } from './images.ts';
import { failure, remote } from './scratch.ts';

const foreign = layerOf([file('windows', 'foreign\n')], {
  mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
});
const image = imageOf([layerOf([file('own', 'own\n')]), foreign]);

void describe('an image with a foreign layer', () => {
  for (const isThere of [false, true]) {
    for (const from of ['registry', 'oci'] as const) {
      void it(`is copied ${isThere ? 'with it where it is there' : 'without it where it is not'}, from ${from}`, async (t) => {
        const here = await remote(t);
        const all = isThere ? held(image) : without(held(image), foreign.digest);
        holdInRegistry(here.registry, 'app', 'v1', all);
        holdInLayout(join(here.directory, 'layout'), 'v1', all);
        const source = from === 'oci' ? `oci:${here.directory}/layout:v1` : `${here.registry.host}/app:v1`;
        for (const to of [
          `oci:${here.directory}/copied:v1`,
          `oci-archive:${here.directory}/copied.tar:v1`,
          `${here.registry.host}/copied:v1`,
        ]) {
          const { blobs } = await copyImage(source, to, here.network);
          assert.equal((await openReference(to, here.network)).digest, image.digest);
          assert.equal(blobs.copied + blobs.mounted + blobs.shared, isThere ? 3 : 2, to);
        }
      });
    }
  }

  void it('is not unpacked without it, and the reason is said', async (t) => {
    const here = await remote(t);
    holdInRegistry(here.registry, 'app', 'v1', without(held(image), foreign.digest));
    const { code, stderr } = await here.cli(['export', `${here.registry.host}/app:v1`]);
    assert.equal(code, 7);
    assert.match(stderr, /^error: layer 2 \(sha256:.*\): blob sha256:.*: it is a foreign \(non-distributable\) layer/m);
    const archive = `docker-archive:${here.directory}/copied.tar:copied:v1`;
    await failure('BLOB_MISSING', copyImage(`${here.registry.host}/app:v1`, archive, here.network));
  });

  void it('does not make anybody ask the addresses that it names', async (t) => {
    const here = await remote(t);
    const elsewhere = await remote(t);
    const { mediaType, digest, size } = foreign;
    const urls = [`${elsewhere.registry.url}/v2/app/blobs/${digest}`];
    elsewhere.registry.seedBlob('app', foreign.bytes);
    const manifestDocument = { layers: [{ mediaType, digest, size, urls }] };
    holdInRegistry(here.registry, 'app', 'v1', without(held(imageOf([foreign], { manifestDocument })), digest));
    const { code } = await here.cli(['export', `${here.registry.host}/app:v1`]);
    assert.equal(code, 7);
    assert.deepEqual(elsewhere.registry.requests, []);
  });
});
