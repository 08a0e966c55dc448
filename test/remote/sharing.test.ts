/** Several at once with one store. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openImage } from '../../src/image/index.ts';
import { file, imageOf, layerOf } from '../../src/testing/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { assertSameTree, listingOfDirectory } from '../cases/index.ts';
import { noise } from './images.ts';
import { blobRequests, remote } from './scratch.ts';

const layers = Array.from({ length: 4 }, (_, number) => layerOf([file(`f${number}`, noise(700_000, number + 1))]));
const image = imageOf(layers);

void describe('two that unpack an image at once', () => {
  void it('do not wait for one another when each has begun a layer that the other wants', async (t) => {
    const here = await remote(t);
    here.registry.seed('app', 'v1', image);
    const reference = `${here.registry.host}/app:v1`;
    await using one = await openImage(reference, here.network);
    await using other = await openImage(reference, here.network);
    await one.layers[0]?.open();
    await other.layers[1]?.open();
    const begun = performance.now();
    await Promise.all([
      unpack(one, join(here.directory, 'one'), { allowLossy: true }),
      unpack(other, join(here.directory, 'other'), { allowLossy: true }),
    ]);
    assert.ok(performance.now() - begun < 10_000, 'nobody has waited for a blob that stood still');
    assertSameTree(listingOfDirectory(join(here.directory, 'one')), listingOfDirectory(join(here.directory, 'other')));
    const gets = blobRequests(here.registry).filter((request) => request.startsWith('GET'));
    assert.deepEqual(
      gets.sort(),
      [image.configDigest, ...layers.map(({ digest }) => digest)].map((digest) => `GET ${digest}`).sort(),
    );
  });
});
