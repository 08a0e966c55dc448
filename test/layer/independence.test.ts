import assert from 'node:assert/strict';
import fs from 'node:fs';
import { suite, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import * as fc from 'fast-check';
import { defaultLimits, NoteList } from '../../src/base/index.ts';
import { exportToFile } from '../../src/export/index.ts';
import { openImage } from '../../src/image/index.ts';
import { type LayerIndex, readLayers } from '../../src/layer/index.ts';
import { loadRootfs } from '../../src/rootfs/index.ts';
import {
  type BuiltLayer,
  directory,
  file,
  fifo,
  hardlink,
  imageOf,
  layerOf,
  opaque,
  sha256Of,
  sparseFile,
  symlink,
  tarOf,
  whiteout,
  writeLayout,
} from '../../src/testing/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { indexLayer } from '../cases/apply-in-memory.ts';
import { assertSameTree, listingOfDirectory } from '../cases/index.ts';
import { isRoot, withPath } from '../differential/scratch.ts';
import { anyStack } from '../tree/any-stack.ts';
import { tableFacts } from './indexes.ts';
import { largeLayer, withSources } from './stored-layers.ts';

const everything = [
  directory('d', { mode: 0o700, xattrs: { 'user.a': '\xff' } }),
  file('d/a', 'a'.repeat(1000), { mtime: { seconds: -7, nanoseconds: 5 } }),
  file(`d/${'n'.repeat(200)}`, 'long'),
  hardlink('d/b', 'd/a', { mode: 0o600 }),
  symlink('l', 'd/'.repeat(60)),
  sparseFile('s', 100_000, [{ offset: 4096, data: 'x'.repeat(512) }]),
  fifo('p'),
  whiteout('gone'),
  opaque('d'),
  file('.wh..wh.other'),
];
const stack = [
  largeLayer(everything, 1),
  largeLayer([file('d/c', '1'), whiteout('l')], 2),
  largeLayer([hardlink('h', 'd/c'), symlink('l', 'x'), file('x/y')], 1),
];

void suite('the index of a layer', () => {
  void test('does not depend on the sizes of the chunks in which it is read', () => {
    const layers = fc.oneof(
      anyStack({ odd: true, maxLayers: 1 }).map(([layer = []]) => layer),
      fc.constant(everything),
    );
    fc.assert(
      fc.property(layers, fc.integer({ min: 1, max: 3000 }), (layer, chunkBytes) => {
        const tar = tarOf(layer);
        assert.deepEqual(outcome(tar, chunkBytes), outcome(tar, tar.length));
      }),
      { numRuns: 300 },
    );
  });

  void test('does not depend on how the layer is stored', async () => {
    const tar = tarOf(everything);
    const half = 5000;
    const forms: Record<string, Buffer> = {
      none: tar,
      gzip: gzipSync(tar),
      'gzip in two members': Buffer.concat([gzipSync(tar.subarray(0, half)), gzipSync(tar.subarray(half))]),
      zstd: zstdCompressSync(tar),
      'zstd in two frames': Buffer.concat([
        zstdCompressSync(tar.subarray(0, half)),
        zstdCompressSync(tar.subarray(half)),
      ]),
    };
    const plain = layerOf(tar, { compression: 'none' });
    const layers = Object.values(forms).map((bytes): BuiltLayer => {
      return { ...plain, bytes, size: bytes.length, digest: sha256Of(bytes) };
    });
    await withSources(layers, async (sources) => {
      const read = await readLayers(sources, () => ({ kind: 'none' }), { limits: defaultLimits });
      const [first, ...others] = read.map(({ index }) => ({ size: index.size, table: tableFacts(index.table) }));
      for (const [at, other] of others.entries()) assert.deepEqual(other, first, Object.keys(forms)[at + 1]);
    });
  });
});

void suite('reading layers', () => {
  void test('gives the same indexes in whatever order and by however many threads they are read', async () => {
    await withSources(stack, async (sources) => {
      const expected = await indexesOf(sources, 1);
      for (const order of permutations([0, 1, 2])) {
        for (const jobs of [1, 2, 5]) {
          const shuffled = order.map((at) => sources[at]).filter((source) => source !== undefined);
          const indexes = await indexesOf(shuffled, jobs);
          assert.deepEqual(
            order.map((_, at) => indexes[order.indexOf(at)]),
            expected,
            `order ${order.join()}, ${jobs} jobs`,
          );
        }
      }
    });
  });

  void test('gives the same tree, notes, archive and directory by however many threads', async () => {
    await withPath(async (path) => {
      writeLayout(path, { t: imageOf(stack) });
      const one = await resultsOf(`oci:${path}:t`, 1);
      for (const jobs of [2, 4]) {
        const many = await resultsOf(`oci:${path}:t`, jobs);
        assertSameTree(many.directory, one.directory);
        assert.deepEqual({ ...many, directory: 0 }, { ...one, directory: 0 });
      }
    });
  });
});

function outcome(tar: Buffer, chunkBytes: number): unknown {
  const notes = new NoteList();
  try {
    return { table: tableFacts(indexLayer(tar, { notes, chunkBytes }).table), notes: notes.notes };
  } catch (error) {
    return JSON.stringify(error);
  }
}

async function indexesOf(sources: Parameters<typeof readLayers>[0], jobs: number): Promise<unknown[]> {
  const read = await readLayers(sources, () => ({ kind: 'none' }), { limits: defaultLimits, jobs });
  return read.map(({ index }) => comparable(index));
}

function comparable({ table, ...facts }: LayerIndex): unknown {
  return { ...facts, table: tableFacts(table) };
}

/** Each without the cache of the one before. */
async function resultsOf(reference: string, jobs: number) {
  await using image = await openImage(reference);
  const forget = (): void => fs.rmSync(process.env['XDG_CACHE_HOME'] ?? '', { recursive: true, force: true });
  forget();
  const rootfs = await loadRootfs(image, { jobs });
  forget();
  const archive = await withPath(async (target) => {
    await exportToFile(image, target, { jobs });
    return sha256Of(fs.readFileSync(target));
  });
  forget();
  const unpacked = await withPath(async (target) => {
    await unpack(image, target, { jobs, record: false, allowLossy: !isRoot });
    return listingOfDirectory(target);
  });
  const notes = rootfs.notes.notes.map((note) => JSON.stringify(note)).sort();
  return { archive, directory: unpacked, notes };
}

function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) => permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}
