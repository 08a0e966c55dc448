/** Nothing waits for a whole layer: each server here gives its last bytes only when what came before was put to use. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { EngineEvent } from '../../src/base/index.ts';
import { exportToFile } from '../../src/export/index.ts';
import { listImage } from '../../src/inspect/index.ts';
import { file, imageOf, layerOf } from '../../src/testing/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { assertSameTree, expectedListing, listingOfDirectory } from '../cases/index.ts';
import { type HeldImage, held, noise } from './images.ts';
import { headersOf, type LooseRegistry, startLooseRegistry } from './loose-registry.ts';
import { type Remote, remote, withImage } from './scratch.ts';

/** What is held back. */
const tail = 2000;
const timeout = { timeout: 30_000 };

for (const compression of ['gzip', 'zstd', 'none'] as const) {
  for (const [size, bytes] of Object.entries({ 'in this thread': 700_000, 'in another thread': 2_600_000 })) {
    void describe(`a ${compression} layer that is read ${size}`, () => {
      const entries = [file('first', 'the first file'), file('large', noise(bytes))];
      const image = held(imageOf([layerOf(entries, { compression })]));

      void it('is unpacked while it arrives', timeout, async (t) => {
        const here = await remote(t);
        const { registry, release } = await holdingBack(t, image);
        const target = join(here.directory, 'root');
        let isStagedEarly = false;
        const onEvent = ({ kind }: EngineEvent): void => {
          if (kind !== 'layer-progress' || !hasFirstFile(here)) return;
          isStagedEarly = true;
          release();
        };
        await withImage(registry.reference, { ...here.network, onEvent }, (opened) =>
          unpack(opened, target, { allowLossy: true, onEvent }),
        );
        assert.ok(isStagedEarly);
        if (process.getuid?.() === 0) assertSameTree(listingOfDirectory(target), expectedListing(entries));
      });

      void it('is exported and looked into while it arrives', timeout, async (t) => {
        const here = await remote(t);
        const { registry, release } = await holdingBack(t, image);
        const onEvent = (event: EngineEvent): void => {
          if (event.kind === 'layer-progress' && event.bytes > 0 && event.bytes < event.totalBytes) release();
        };
        const archive = join(here.directory, 'out.tar');
        await withImage(registry.reference, here.network, (opened) => exportToFile(opened, archive, { onEvent }));
        here.forget('store', 'cache');
        await withImage(registry.reference, here.network, async (opened) => {
          const { entries: listed } = await listImage(opened, { path: '.', onEvent });
          assert.equal(listed.length, 2);
        });
      });
    });
  }
}

/** A registry that gives all but the end of each layer, until it is told to give that, too. */
async function holdingBack(
  t: TestContext,
  image: HeldImage,
): Promise<{ readonly registry: LooseRegistry; readonly release: () => void }> {
  let waiting: (() => void)[] = [];
  const registry = await startLooseRegistry(image, ({ digest, from, response }) => {
    const bytes = image.blobs.get(digest) ?? assert.fail(digest);
    response.writeHead(200, headersOf(bytes, from));
    const isLayer = bytes.length > 100_000;
    response.write(bytes.subarray(0, isLayer ? -tail : undefined));
    const end = (): void => void response.end(isLayer ? bytes.subarray(-tail) : undefined);
    if (isLayer) waiting.push(end);
    else end();
  });
  t.after(() => registry[Symbol.asyncDispose]());
  const release = (): void => {
    for (const end of waiting) end();
    waiting = [];
  };
  return { registry, release };
}

/** Whether the content of the first file is on the disk already. */
function hasFirstFile({ directory }: Remote): boolean {
  return fs
    .readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.startsWith('.') && /layer-1\/\d+$/.test(name))
    .some((name) => fs.readFileSync(join(directory, name), 'utf8') === 'the first file');
}
