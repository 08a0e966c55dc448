import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { beforeEach, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { defaultLimits, isHoldfastError, parseDigest } from '../../src/base/index.ts';
import { openImage } from '../../src/image/index.ts';
import {
  cacheDirectory,
  decodeIndex,
  encodeIndex,
  type LayerIndex,
  loadIndex,
  saveIndex,
} from '../../src/layer/index.ts';
import { loadRootfs } from '../../src/rootfs/index.ts';
import {
  charDevice,
  directory,
  file,
  imageOf,
  layerOf,
  sha256Of,
  sparseFile,
  symlink,
  tarOf,
  whiteout,
  writeLayout,
} from '../../src/testing/index.ts';
import { indexLayer } from '../cases/apply-in-memory.ts';
import { withPath } from '../differential/scratch.ts';
import { anyStack } from '../tree/any-stack.ts';
import { indexAround, largeTable, tableFacts } from './indexes.ts';

const entries = [
  directory('d', { mtime: { seconds: -3, nanoseconds: 999_999_999 } }),
  file(Buffer.from([0x64, 0x2f, 0xff, 0xfe]), 'x', { xattrs: { 'user.a': Buffer.from([0, 255]), 'user.b': '' } }),
  charDevice('null', 1, 3, { uid: 4_294_967_294 }),
  sparseFile('s', 2 ** 39, [{ offset: 4096, data: 'x'.repeat(512) }]),
  symlink('l', 'somewhere'),
  whiteout('w'),
];
const index = indexAround(indexLayer(tarOf(entries)).table, {
  size: 2 ** 52,
  notes: [{ code: 'DUPLICATE_ENTRY', path: indexLayer(tarOf(entries)).table.name(1) }],
});
const cached = (): string => join(cacheDirectory(), `sha256-${index.digest.slice('sha256:'.length)}`);
const bytesOf = (one: LayerIndex): Buffer => Buffer.concat(encodeIndex(one));

beforeEach(() => fs.rmSync(cacheDirectory(), { recursive: true, force: true }));

void suite('an index as bytes', () => {
  void test('says all that the index says', () => {
    const decoded = decodeIndex(bytesOf(index));
    assert.ok(decoded);
    assert.deepEqual({ ...decoded, table: 0 }, { ...index, table: 0 });
    assert.deepEqual(tableFacts(decoded.table), tableFacts(index.table));
    assert.equal(decoded.table.xattrs(1)?.size, 2);
    assert.deepEqual(decoded.table.device(2), [1, 3]);
    assert.deepEqual(decoded.table.sparse(3), index.table.sparse(3));
    assert.equal(decoded.table.size(3), 2 ** 39);
  });

  void test('says it for any layer', () => {
    const layer = anyStack({ privileged: true, maxLayers: 1, maxEntries: 20 }).map(([first = []]) => first);
    fc.assert(
      fc.property(layer, (own) => {
        const { table } = indexLayer(tarOf(own));
        const decoded = decodeIndex(bytesOf(indexAround(table)));
        assert.ok(decoded);
        assert.deepEqual(tableFacts(decoded.table), tableFacts(table));
      }),
      { numRuns: 200 },
    );
  });

  void test('is nothing when it is cut short anywhere', () => {
    const bytes = bytesOf(index);
    for (let length = 0; length < bytes.length; length++) {
      assert.equal(decodeIndex(bytes.subarray(0, length)), undefined, `${length} bytes`);
    }
  });

  void test('is nothing when one bit of it is flipped anywhere, or something follows', () => {
    const bytes = bytesOf(index);
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
      assert.equal(decodeIndex(damaged), undefined, `byte ${at}`);
    }
    assert.equal(decodeIndex(Buffer.concat([bytes, Buffer.from('x')])), undefined);
  });
});

void suite('the index cache', () => {
  void test('gives what was saved', () => {
    saveIndex(index);
    assert.deepEqual(loadIndex(index.digest, defaultLimits)?.notes, index.notes);
  });

  void test('gives nothing for another digest, also when its file is there', () => {
    saveIndex(index);
    const other = parseDigest(`sha256:${'1'.repeat(64)}`);
    fs.copyFileSync(cached(), join(cacheDirectory(), `sha256-${'1'.repeat(64)}`));
    assert.equal(loadIndex(other, defaultLimits), undefined);
  });

  void test('gives nothing where a limit is tighter than when the index was made', () => {
    saveIndex(index);
    for (const name of Object.keys(defaultLimits) as (keyof typeof defaultLimits)[]) {
      const tighter = { ...defaultLimits, [name]: defaultLimits[name] - 1 };
      assert.equal(loadIndex(index.digest, tighter), undefined, name);
      const looser = { ...defaultLimits, [name]: defaultLimits[name] + 1 };
      assert.ok(loadIndex(index.digest, looser), name);
    }
  });

  void test('gives nothing where a directory, a link loop or an empty file stands', () => {
    fs.mkdirSync(cached(), { recursive: true });
    assert.equal(loadIndex(index.digest, defaultLimits), undefined);
    saveIndex(index);
    fs.rmSync(cached(), { recursive: true });
    fs.symlinkSync(cached(), cached());
    assert.equal(loadIndex(index.digest, defaultLimits), undefined);
    fs.rmSync(cached());
    fs.writeFileSync(cached(), '');
    assert.equal(loadIndex(index.digest, defaultLimits), undefined);
  });

  void test('is made anew where it is damaged, and never believed', async () => {
    const layer = layerOf(entries);
    const file = join(cacheDirectory(), `sha256-${layer.digest.slice('sha256:'.length)}`);
    await withRootfs(layer, async () => {});
    const whole = fs.readFileSync(file);
    for (const damaged of [
      whole.subarray(0, 100),
      whole.subarray(0, -1),
      Buffer.alloc(whole.length),
      Buffer.alloc(0),
    ]) {
      fs.writeFileSync(file, damaged);
      await withRootfs(layer, async ({ table }) => assert.equal(table.length, entries.length));
      assert.deepEqual(fs.readFileSync(file), whole);
    }
  });

  void test('is not believed when the config claims another DiffID for a layer it knows', async () => {
    const layer = layerOf(entries);
    await withRootfs(layer, async () => {});
    const lie = { ...layer, diffId: layerOf([file('other')]).diffId };
    await assert.rejects(
      withRootfs(lie, async () => {}),
      (error) => isHoldfastError(error, 'DIFFID_MISMATCH'),
    );
  });

  void test('holds whole indexes only while several processes write it and this one reads', async () => {
    const script = fileURLToPath(new URL('save-often.ts', import.meta.url));
    const writers = [1, 2, 3].map(() => spawn(process.execPath, [script], { stdio: 'inherit' }));
    const running = new Set(writers);
    const ends = writers.map(async (writer) => {
      const [code] = (await once(writer, 'exit')) as [number];
      running.delete(writer);
      assert.equal(code, 0);
    });
    const expected = tableFacts(largeTable());
    let loaded = 0;
    while (running.size > 0) {
      const exists = fs.existsSync(cached());
      const found = loadIndex(index.digest, defaultLimits);
      if (exists) assert.deepEqual(found && tableFacts(found.table), expected);
      if (found) loaded++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(ends);
    assert.ok(loaded > 0);
    assert.deepEqual(fs.readdirSync(cacheDirectory()), [`sha256-${'0'.repeat(64)}`]);
  });

  void test('is not needed: where it cannot be written, everything works without', async () => {
    fs.rmSync(cacheDirectory(), { recursive: true, force: true });
    fs.mkdirSync(join(cacheDirectory(), '..'), { recursive: true });
    fs.writeFileSync(cacheDirectory(), 'a file in the way');
    await withRootfs(layerOf(entries), async ({ table }) => assert.equal(table.length, entries.length));
    assert.equal(fs.readFileSync(cacheDirectory(), 'utf8'), 'a file in the way');
  });
});

async function withRootfs(
  layer: ReturnType<typeof layerOf>,
  check: (index: LayerIndex) => Promise<void>,
): Promise<void> {
  await withPath(async (path) => {
    writeLayout(path, { t: imageOf([layer]) });
    await using image = await openImage(`oci:${path}:t`);
    const { indexes } = await loadRootfs(image);
    assert.equal(indexes[0]?.digest, sha256Of(layer.bytes));
    await check(indexes[0]);
  });
}
