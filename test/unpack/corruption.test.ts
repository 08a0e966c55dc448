import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { HoldfastError, isHoldfastError } from '../../src/base/index.ts';
import { exportToFile } from '../../src/export/index.ts';
import { openImage } from '../../src/image/index.ts';
import {
  type BuiltImage,
  directory,
  file,
  hardlink,
  imageOf,
  layerOf,
  symlink,
  whiteout,
  writeLayout,
} from '../../src/testing/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { namesIn, scratch } from './scratch.ts';

const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

function smallImage(compression: 'gzip' | 'zstd' | 'none'): BuiltImage {
  const lower = [directory('./', own), file('a', 'content of a', own), hardlink('b', 'a'), symlink('c', 'a', own)];
  return imageOf([layerOf(lower, { compression }), layerOf([whiteout('c'), file('d', 'd', own)], { compression })]);
}

function blobs(layout: string): string[] {
  return fs.readdirSync(path.join(layout, 'blobs', 'sha256')).map((name) => path.join(layout, 'blobs', 'sha256', name));
}

/** Positions all over a file: every one of a small file, about so many of a large one. */
function positions(size: number, most: number): number[] {
  const step = Math.max(1, Math.floor(size / most));
  return Array.from({ length: Math.ceil(size / step) }, (_, index) => index * step);
}

async function refuses(reference: string, parent: string): Promise<void> {
  for (const [operation, name] of [
    [unpack, 'root'],
    [exportToFile, 'out.tar'],
  ] as const) {
    const attempt = async (): Promise<void> => {
      await using image = await openImage(reference);
      await operation(image, path.join(parent, name));
    };
    await assert.rejects(attempt, (error) => {
      assert.ok(isHoldfastError(error), error instanceof Error ? error.stack : String(error));
      assert.ok(error instanceof HoldfastError && error.exitCode === 7, error.message);
      return true;
    });
    assert.deepEqual(namesIn(parent), []);
  }
}

for (const compression of ['gzip', 'zstd', 'none'] as const) {
  void describe(`an image with ${compression === 'none' ? 'uncompressed' : compression} layers`, () => {
    void it('is refused when any byte of any blob is another, and nothing is published', async (t) => {
      const layout = path.join(scratch(t), 'layout');
      const parent = scratch(t);
      writeLayout(layout, { latest: smallImage(compression) });
      for (const blob of blobs(layout)) {
        const good = fs.readFileSync(blob);
        for (const position of positions(good.length, 40)) {
          const bad = Buffer.from(good);
          bad[position] = (bad[position] ?? 0) ^ 0x20;
          fs.writeFileSync(blob, bad);
          await refuses(`oci:${layout}:latest`, parent);
        }
        fs.writeFileSync(blob, good);
      }
    });

    void it('is refused when a blob is cut short or longer, and nothing is published', async (t) => {
      const layout = path.join(scratch(t), 'layout');
      const parent = scratch(t);
      writeLayout(layout, { latest: smallImage(compression) });
      for (const blob of blobs(layout)) {
        const good = fs.readFileSync(blob);
        const others = [
          good.subarray(0, good.length - 1),
          good.subarray(0, 1),
          Buffer.alloc(0),
          Buffer.concat([good, Buffer.of(0)]),
        ];
        for (const bad of others) {
          fs.writeFileSync(blob, bad);
          await refuses(`oci:${layout}:latest`, parent);
        }
        fs.writeFileSync(blob, good);
      }
    });

    void it('is refused when its index is known from before, and a byte is another now', async (t) => {
      const layout = path.join(scratch(t), 'layout');
      const parent = scratch(t);
      const built = smallImage(compression);
      writeLayout(layout, { latest: built });
      {
        await using image = await openImage(`oci:${layout}:latest`);
        await unpack(image, path.join(scratch(t), 'root'));
      }
      for (const layer of built.layers) {
        const blob = path.join(layout, 'blobs', 'sha256', layer.digest.slice('sha256:'.length));
        const bad = Buffer.from(layer.bytes);
        bad[bad.length >> 1] = (bad[bad.length >> 1] ?? 0) ^ 1;
        fs.writeFileSync(blob, bad);
        await refuses(`oci:${layout}:latest`, parent);
        fs.writeFileSync(blob, layer.bytes);
      }
    });
  });
}

void describe('an image whose config and manifest do not belong together', () => {
  void it('is refused, known from before or not', async (t) => {
    const parent = scratch(t);
    const layer = layerOf([directory('./', own), file('a', 'x', own)]);
    const layout = path.join(scratch(t), 'layout');
    const claim = { rootfs: { type: 'layers', diff_ids: [`sha256:${'0'.repeat(64)}`] } };
    writeLayout(layout, { good: imageOf([layer]), bad: imageOf([layer], { configDocument: claim }) });
    await refuses(`oci:${layout}:bad`, parent);
    {
      await using image = await openImage(`oci:${layout}:good`);
      await unpack(image, path.join(scratch(t), 'root'));
    }
    await refuses(`oci:${layout}:bad`, parent);
  });
});
