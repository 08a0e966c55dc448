import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, suite, test } from 'node:test';
import { defaultLimits } from '../../src/base/index.ts';
import { type BodyDigests, cacheDirectory, loadDigests, type ReadLayer, readLayers } from '../../src/layer/index.ts';
import {
  type BuiltLayer,
  directory,
  file,
  hardlink,
  layerOf,
  sha256Of,
  sparseFile,
  symlink,
  whiteout,
} from '../../src/testing/index.ts';
import { largeLayer, withSources } from './stored-layers.ts';

const entries = [
  directory('d/'),
  file('d/a', 'a'),
  file('.wh..wh.odd', 'it has no row'),
  whiteout('w'),
  file('d/empty', ''),
  hardlink('d/b', 'd/a'),
  symlink('d/link', 'a'),
  file('d/large', 'x'.repeat(3_000_000)),
  sparseFile('d/sparse', 200_000, [
    { offset: 70_144, data: 'one'.padEnd(512) },
    { offset: 150_016, data: 'two'.padEnd(1024) },
  ]),
  sparseFile('d/hole', 2 ** 31, [{ offset: 512, data: 'text'.padEnd(512) }]),
  file('last', 'last'),
];

async function read(layer: BuiltLayer): Promise<ReadLayer> {
  const [result] = await withSources([layer], (sources) =>
    readLayers(sources, () => ({ kind: 'digests' }), { limits: defaultLimits }),
  );
  assert.ok(result);
  return result;
}

/** By name. */
function shown({ index: { table } }: ReadLayer, digests: BodyDigests | undefined): Record<string, unknown> {
  const rows = Array.from({ length: table.length }, (_, row) => row).filter((row) => digests?.has(row) === true);
  return Object.fromEntries(rows.map((row) => [table.name(row), digests?.get(row)]));
}

function sparseContent(): Buffer {
  const whole = Buffer.alloc(200_000);
  whole.write('one'.padEnd(512), 70_144);
  whole.write('two'.padEnd(1024), 150_016);
  return whole;
}

const expected = {
  'd/a': sha256Of(Buffer.from('a')),
  'd/large': sha256Of(Buffer.alloc(3_000_000, 'x')),
  'd/sparse': sha256Of(sparseContent()),
  last: sha256Of(Buffer.from('last')),
};

function cachedFile(): string {
  const [name = '', ...others] = fs.readdirSync(cacheDirectory()).filter((one) => one.startsWith('digests-'));
  assert.deepEqual(others, []);
  return path.join(cacheDirectory(), name);
}

void suite('the digests of the files of a layer', () => {
  beforeEach(() => fs.rmSync(cacheDirectory(), { recursive: true, force: true }));

  void test('are those of their content, holes read as zeros; huge holes are left out', async () => {
    const result = await read(layerOf(entries));
    assert.deepEqual(shown(result, result.digests), expected);
  });

  void test('are the same from another thread', async () => {
    const result = await read(largeLayer(entries, 3));
    const { random, ...others } = shown(result, result.digests);
    assert.match(String(random), /^sha256:/);
    assert.deepEqual(others, expected);
  });

  void test('are kept, and believed only as they were written', async () => {
    const result = await read(layerOf(entries));
    assert.deepEqual(shown(result, loadDigests(result.index)), expected);
    const bytes = fs.readFileSync(cachedFile());
    for (const damage of [5, bytes.length >> 1, bytes.length - 1]) {
      const damaged = Buffer.from(bytes);
      damaged[damage] = (damaged[damage] ?? 0) ^ 1;
      fs.writeFileSync(cachedFile(), damaged);
      assert.equal(loadDigests(result.index), undefined);
    }
    fs.writeFileSync(cachedFile(), bytes.subarray(0, 100));
    assert.equal(loadDigests(result.index), undefined);
  });

  void test('of one layer are not taken for those of another', async () => {
    const [one, other] = [await read(layerOf(entries)), await read(layerOf([file('x', '1'), file('y', '2')]))];
    const [from, to] = [one, other].map(({ index }) =>
      path.join(cacheDirectory(), `digests-sha256-${index.diffId.slice(7)}`),
    );
    fs.copyFileSync(from ?? '', to ?? '');
    assert.equal(loadDigests(other.index), undefined);
  });

  void test('are not made unless they are wanted', async () => {
    const [result] = await withSources([layerOf(entries)], (sources) =>
      readLayers(sources, () => ({ kind: 'none' }), { limits: defaultLimits }),
    );
    assert.equal(result?.digests, undefined);
    assert.ok(fs.readdirSync(cacheDirectory()).every((name) => !name.startsWith('digests-')));
  });
});
