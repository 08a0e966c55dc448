import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultLimits } from '../../src/base/index.ts';
import { readLayers } from '../../src/layer/index.ts';
import { file, layerOf } from '../../src/testing/index.ts';
import { withSources } from './stored-layers.ts';

void test('reads an image of hundreds of small layers', async () => {
  const layers = Array.from({ length: 300 }, (_, number) => layerOf([file(`f${number}`, `${number}`)]));
  await withSources(layers, async (sources) => {
    const read = await readLayers(sources, () => ({ kind: 'none' }), { limits: defaultLimits });
    assert.deepEqual(
      read.map(({ index }) => index.diffId),
      layers.map(({ diffId }) => diffId),
    );
  });
});
