/** The laws of merging, from images to an image. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { mergeReferences } from '../../src/merge/index.ts';
import { diffReferences } from '../../src/snapshot/index.ts';
import { type EntrySpec, imageOf, layerOf, writeLayout } from '../../src/testing/index.ts';
import { withPath } from '../differential/scratch.ts';
import { exported, outcome } from '../edit/images.ts';
import { anyEdit, shownEdit } from '../tree/any-edit.ts';
import { anyStack } from '../tree/any-stack.ts';

/** HOLDFAST_FUZZ=20 runs twenty times as many. */
const factor = Number(process.env['HOLDFAST_FUZZ'] ?? 1);

function imageIn(work: string, name: string, layers: readonly (readonly EntrySpec[])[]): string {
  const built = layers.map((entries) => layerOf(entries, { compression: 'none' }));
  writeLayout(path.join(work, name), { [name]: imageOf(built) });
  return `oci:${path.join(work, name)}:${name}`;
}

/** The tree that inputs merge to, or why they do not, and the layers it has. */
async function merged(work: string, name: string, inputs: readonly string[]) {
  const reference = `oci:${path.join(work, 'merged')}:${name}`;
  const { images } = await mergeReferences(inputs, reference);
  return { reference, layers: images[0]?.layers.map(({ digest }) => digest), tree: await outcome(reference) };
}

void suite('merging any images', () => {
  void test('is associative, and is what one image with all the layers is', async () => {
    const stack = anyStack({ privileged: true, maxLayers: 2 });
    const property = fc.asyncProperty(stack, stack, stack, async (a, b, c) => {
      await withPath(async (work) => {
        const [one, two, three] = [imageIn(work, 'a', a), imageIn(work, 'b', b), imageIn(work, 'c', c)];
        const whole = await merged(work, 'abc', [one, two, three]);
        const left = await merged(work, 'ab', [one, two]);
        const right = await merged(work, 'bc', [two, three]);
        for (const inputs of [
          [left.reference, three],
          [one, right.reference],
        ]) {
          const { tree, layers } = await merged(work, 'nested', inputs);
          assert.deepEqual(layers, whole.layers);
          assert.deepEqual(tree, whole.tree);
        }
        assert.deepEqual(whole.tree, await outcome(imageIn(work, 'all', [...a, ...b, ...c])));
      });
    });
    await fc.assert(property, { numRuns: 20 * factor });
  });

  void test('with the difference to another gives that one, and one of a flat archive is that archive', async () => {
    const property = fc.asyncProperty(anyEdit({ privileged: true, odd: true }), async (edit) => {
      try {
        await withPath(async (work) => {
          const [before, after] = [
            imageIn(work, 'before', [edit.before.entries()]),
            imageIn(work, 'after', [edit.after.entries()]),
          ];
          const output = path.join(work, 'layer.tar');
          await diffReferences(before, after, { output });
          const { tree } = await merged(work, 'again', [before, `layer:${output}`]);
          assert.deepEqual(tree, await outcome(after));
          const flat = path.join(work, 'flat.tar');
          fs.writeFileSync(flat, await exported(after));
          assert.deepEqual((await merged(work, 'flat', [`tar:${flat}`])).tree, tree);
        });
      } catch (error) {
        throw new Error(shownEdit(edit), { cause: error });
      }
    });
    await fc.assert(property, { numRuns: 30 * factor, endOnFailure: true });
  });
});
