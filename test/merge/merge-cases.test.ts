import assert from 'node:assert/strict';
import path from 'node:path';
import { suite, test } from 'node:test';
import {
  blockDevice,
  charDevice,
  directory,
  type EntrySpec,
  fifo,
  file,
  hardlink,
  symlink,
  whiteout,
} from '../../src/testing/index.ts';
import { diffReferences } from '../../src/snapshot/index.ts';
import { assertSameTree, expectedListing } from '../cases/index.ts';
import { assertMerged, assertUntouched, blobFacts, mergeBench, treeOf } from './merge-bench.ts';

const root = directory('./');

void suite('the cases of merging, from images to an image', () => {
  void test('M54: is associative, in trees and in layers', async (t) => {
    const bench = await mergeBench(t);
    const [a, b, c] = [
      bench.layers('a', [file('x', '1'), hardlink('y', 'x')], [directory('d/'), file('d/f')]),
      bench.layers('b', [whiteout('d'), symlink('l', 'x')]),
      bench.layers('c', [file('l', 'file'), whiteout('x')]),
    ];
    const layersOf = async (inputs: readonly string[], name: string) => {
      const { images } = await bench.merge(inputs, bench.to(name));
      return images[0]?.layers.map(({ digest, diffId }) => [digest, diffId]);
    };
    const whole = await layersOf([a, b, c], 'whole');
    await layersOf([a, b], 'ab');
    await layersOf([b, c], 'bc');
    assert.deepEqual(await layersOf([bench.to('ab'), c], 'left'), whole);
    assert.deepEqual(await layersOf([a, bench.to('bc')], 'right'), whole);
    const expected = expectedListing([file('y', '1'), file('l', 'file')]);
    for (const name of ['whole', 'left', 'right']) assertSameTree(await treeOf(bench.to(name)), expected);
  });

  void test('M54: with the difference to another tree gives that tree, and with none nothing new', async (t) => {
    const bench = await mergeBench(t);
    const before = bench.layers('before', [
      root,
      directory('d/', { mtime: 5 }),
      file('d/a', '1'),
      hardlink('d/b', 'd/a'),
      file('e'),
    ]);
    const after = bench.layers('after', [root, directory('d/', { mtime: 7 }), file('d/b', '1'), hardlink('c', 'd/b')]);
    const layer = path.join(bench.directory, 'layer.tar');
    await diffReferences(before, after, { output: layer });
    await bench.merge([before, `layer:${layer}`], bench.to('again'));
    assertSameTree(await treeOf(bench.to('again')), await treeOf(after));
    await diffReferences(before, before, { output: layer });
    await bench.merge([before, `layer:${layer}`], bench.to('same'));
    assertSameTree(await treeOf(bench.to('same')), await treeOf(before));
  });

  void test('M55: goes by name where one input has a symbolic link and another a directory', async (t) => {
    const bench = await mergeBench(t);
    const link = bench.layers('link', [symlink('foo', 'bar'), directory('bar')]);
    const real = bench.layers('real', [directory('foo'), file('foo/file')]);
    await assertMerged(bench, [link, real], [directory('bar'), directory('foo'), file('foo/file')]);
    await assertMerged(bench, [real, link], [symlink('foo', 'bar'), directory('bar')]);
    const loop = bench.layers('loop', [symlink('1', '2'), symlink('2', '1')]);
    const out = bench.layers('out', [directory('1'), file('1/f')]);
    await assertMerged(bench, [loop, out], [directory('1'), file('1/f'), symlink('2', '1')]);
  });

  void test('M55: never deletes through a symbolic link', async (t) => {
    const bench = await mergeBench(t);
    const entries = [directory('bar'), file('bar/file', 'f'), symlink('foo', 'bar')];
    const lower = bench.layers('lower', entries);
    await assertMerged(bench, [lower, bench.layers('link', [whiteout('foo')])], entries.slice(0, 2));
    await assertMerged(bench, [lower, bench.layers('behind', [whiteout('foo/file')])], entries);
  });

  void test('M56: counts what an input deletes, also where that input alone shows nothing', async (t) => {
    const bench = await mergeBench(t);
    const foo = bench.layers('foo', [file('foo', '1')]);
    const chain = bench.layers('chain', [file('foo', '2')], [whiteout('foo')], [file('bar')]);
    await assertMerged(bench, [foo, chain], [file('bar')]);
    await assertMerged(bench, [chain, foo], [file('bar'), file('foo', '1')]);
    const first = bench.layers('first', [directory('d'), file('d/a')]);
    const gone = `layer:${bench.tar('gone.tar', [whiteout('d')])}`;
    const second = bench.layers('second', [directory('d'), file('d/b')]);
    await assertMerged(bench, [first, gone, second], [directory('d'), file('d/b')]);
    await assertMerged(
      bench,
      [first, bench.layers('file', [file('d', 'file')]), second],
      [directory('d'), file('d/b')],
    );
  });

  void test('M56: removes only what the difference removed, where the base has more', async (t) => {
    const bench = await mergeBench(t);
    const before = bench.layers('before', [root, directory('o'), file('o/a')]);
    const after = bench.layers('after', [root, directory('o', { mtime: 5 }), file('o/b')]);
    const layer = path.join(bench.directory, 'layer.tar');
    await diffReferences(before, after, { output: layer });
    const more = bench.layers('more', [root, directory('o'), file('o/a'), file('o/r')]);
    await assertMerged(bench, [more, `layer:${layer}`], [root, directory('o', { mtime: 5 }), file('o/b'), file('o/r')]);
  });

  void test('M56: lets each of six kinds take the place of each', async (t) => {
    const bench = await mergeBench(t);
    const makers: readonly EntrySpec[] = [
      file('x', 'f'),
      directory('x'),
      symlink('x', 't'),
      charDevice('x', 1, 3),
      blockDevice('x', 7, 0),
      fifo('x'),
    ];
    const content = ({ kind }: EntrySpec, name: string) => (kind === 'directory' ? [file(`x/${name}`)] : []);
    for (const lower of makers) {
      for (const upper of makers) {
        const below = bench.tar('below.tar', [lower, ...content(lower, 'below')]);
        const above = bench.tar('above.tar', [upper, ...content(upper, 'above')]);
        const isBoth = lower.kind === 'directory' && upper.kind === 'directory';
        const expected = [upper, ...(isBoth ? content(lower, 'below') : []), ...content(upper, 'above')];
        await assertMerged(bench, [`layer:${below}`, `layer:${above}`], expected);
      }
    }
  });

  void test('M57: keeps the link group of one input, and forms none with another', async (t) => {
    const bench = await mergeBench(t);
    const linked = bench.layers('linked', [file('x', '1'), hardlink('y', 'x')]);
    await assertMerged(bench, [linked, bench.layers('x', [file('x', '2')])], [file('x', '2'), file('y', '1')]);
    const same = [file('x', '1'), hardlink('y', 'x')];
    await assertMerged(bench, [linked, bench.layers('z', [file('z', '1')])], [...same, file('z', '1')]);
    const other = [file('a', '1'), hardlink('b', 'a')];
    await assertMerged(bench, [linked, bench.layers('other', other)], [...same, ...other]);
    await assertMerged(bench, [linked, linked], same);
  });

  void test('M57: leaves its inputs as they are', async (t) => {
    const bench = await mergeBench(t);
    const inputs = [bench.layers('one', [file('x', '1')]), bench.layers('two', [file('x', '2', { mode: 0o600 })])];
    const [before, blobs] = [await Promise.all(inputs.map((input) => treeOf(input))), blobFacts(bench, 'images')];
    await bench.merge(inputs, bench.to('both'));
    assertUntouched(blobs, blobFacts(bench, 'images'));
    for (const [at, input] of inputs.entries()) assertSameTree(await treeOf(input), before[at] ?? new Map());
  });
});
