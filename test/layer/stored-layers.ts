/** Layers as blobs in one file. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import type { PendingLayer } from '../../src/layer/index.ts';
import { type BuiltLayer, type EntrySpec, file, layerOf } from '../../src/testing/index.ts';
import { withPath } from '../differential/scratch.ts';

/** Runs with the layers as sources, bottom first, each at its own offset of one open file. */
export async function withSources<T>(
  layers: readonly BuiltLayer[],
  run: (sources: readonly PendingLayer[]) => Promise<T>,
): Promise<T> {
  return withPath(async (path) => {
    fs.writeFileSync(path, Buffer.concat(layers.map(({ bytes }) => bytes)));
    const handle = fs.openSync(path, 'r');
    let offset = 0;
    const sources = layers.map(({ digest, size, mediaType, diffId }, position): PendingLayer => {
      const location = { file: handle, offset };
      const source = { number: position + 1, digest, size, mediaType, diffId, open: async () => location };
      offset += size;
      return source;
    });
    try {
      return await run(sources);
    } finally {
      fs.closeSync(handle);
    }
  });
}

/** A layer that is too large to be read without a thread. */
export function largeLayer(entries: readonly EntrySpec[], megabytes = 1): BuiltLayer {
  return layerOf([...entries, file('random', randomBytes(megabytes * 1024 * 1024))]);
}
