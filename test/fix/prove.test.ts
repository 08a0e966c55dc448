/** A repaired layer that is not what it should be is never delivered. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { defaultLimits, isHoldfastError } from '../../src/base/index.ts';
import { LayerBodies, newLayer } from '../../src/edit/index.ts';
import { Proof } from '../../src/fix/prove.ts';
import { openImage } from '../../src/image/index.ts';
import { directory, type EntrySpec, file, hardlink, layerOf, sparseFile, symlink } from '../../src/testing/index.ts';
import { applyLayer, applyLayers, emptyTree } from '../../src/tree/index.ts';
import { type FixBench, fixBench } from './images.ts';

const holes = (data: string): EntrySpec => sparseFile('sparse', 4096, [{ offset: 512, data: data.repeat(512) }]);
const right = [
  directory('d/'),
  file('d/a', 'content'),
  hardlink('b', 'd/a'),
  file('c', 'content'),
  symlink('l', 'd'),
  holes('x'),
];
/** As in `right`, but for the named entries. */
const without = (...names: readonly string[]): EntrySpec[] => right.filter(({ name }) => !names.includes(name));

const wrong: Readonly<Record<string, readonly EntrySpec[]>> = {
  'a byte is another one': [...without('c'), file('c', 'Content')],
  'a byte behind a hole is another one': [...without('sparse'), holes('y')],
  'a file is longer': [...without('c'), file('c', 'content!')],
  'a mode is another one': [...without('c'), file('c', 'content', { mode: 0o600 })],
  'a time is another one': [...without('c'), file('c', 'content', { mtime: 1 })],
  'an xattr is new': [...without('c'), file('c', 'content', { xattrs: { 'user.a': 'b' } })],
  'a link is a copy': [...without('b'), file('b', 'content')],
  'a copy is a link': [...without('c'), hardlink('c', 'd/a')],
  'a text is another one': [...without('l'), symlink('l', 'e')],
  'a name is missing': without('c'),
  'a name is new': [...right, file('e', '')],
};

void describe('the proof of a repaired layer', () => {
  void it('holds where the tree is the same, however it is said', async (t) => {
    await check(
      await fixBench(t),
      t,
      [...right].reverse().toSorted((a, b) => Number(a.kind === 'hardlink') - Number(b.kind === 'hardlink')),
    );
  });

  for (const [what, entries] of Object.entries(wrong)) {
    void it(`fails where ${what}`, async (t) => {
      const all = await fixBench(t);
      await assert.rejects(check(all, t, entries), (error) => {
        return isHoldfastError(error, 'FIX_UNPROVEN') && error.exitCode === 70 && error.data.layer === 1;
      });
    });
  }

  void it('fails for the whole image where a layer that stays is another one than was studied', async (t) => {
    const all = await fixBench(t);
    await using image = await openImage(all.source([layerOf(right), layerOf([file('z', 'z')])]));
    using bodies = new LayerBodies(image, { limits: defaultLimits });
    const tables = (await bodies.indexes(1)).map(({ table }) => table);
    const proof = new Proof(bodies, { limits: defaultLimits });
    for (const table of tables.slice(1)) proof.keep(table);
    assert.throws(
      () => proof.finish(applyLayers(tables), (kept) => applyLayers(kept)),
      /FIX_UNPROVEN|does not give the tree/,
    );
  });
});

/** Takes these entries for the repaired form of `right`. */
async function check(all: FixBench, t: TestContext, entries: readonly EntrySpec[]): Promise<void> {
  await using image = await openImage(all.source([layerOf(right)]));
  using bodies = new LayerBodies(image, { limits: defaultLimits });
  const [index] = await bodies.indexes(1);
  await bodies.require(new Set([1]));
  assert.ok(index);
  const { bytes, digest, size, mediaType, diffId } = layerOf(entries);
  const path = join(all.directory, 'written');
  fs.writeFileSync(path, bytes);
  const stored = fs.openSync(path, 'r');
  t.after(() => fs.closeSync(stored));
  const written = newLayer({ digest, size, mediaType, diffId, origin: 'written' });
  const proof = new Proof(bodies, { limits: defaultLimits });
  const tree = applyLayer(emptyTree, index.table);
  await proof.check(written, stored, 1, { lower: emptyTree, tree, isMet: false });
  proof.finish(tree, (tables) => applyLayers(tables));
}
