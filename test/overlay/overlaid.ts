/** An image under a mounted overlay: what its upper directory tells, beside what a scan of the mount tells. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { openImage } from '../../src/image/index.ts';
import type { SnapshotOptions } from '../../src/snapshot/index.ts';
import { imageOf, layerOf, writeLayout } from '../../src/testing/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { assertSameTree, listingOfDirectory } from '../cases/index.ts';
import { type Taken, taken } from '../snapshot/unpacked.ts';
import { builtLayer, type Layers, layoutWith, remove, scratch } from '../unpack/scratch.ts';
import { type Mounted, withMounted } from './mounted.ts';

export interface Overlaid extends Mounted {
  readonly reference: string;
}

/** With the upper directory in another directory. */
interface Apart {
  readonly above: string;
  readonly mounting: readonly string[];
}

/** As container engines mount. */
export const plain = ['index=off'];
export const all = ['index=off', 'redirect_dir=on', 'metacopy=on'];

/** Runs with an image under an overlay, which nothing is left of afterwards. */
export async function withOverlaid<T>(
  t: TestContext,
  layers: Layers,
  options: readonly string[] | Apart,
  use: (overlaid: Overlaid) => Promise<T>,
): Promise<T> {
  const { above, mounting } = 'above' in options ? options : { above: undefined, mounting: options };
  const [reference, directory] = [layoutWith(t, layers), scratch(t)];
  await using image = await openImage(reference);
  await unpack(image, path.join(directory, 'lower'), { record: false });
  return await withMounted(directory, mounting, async (mounted) => await use({ ...mounted, reference }), above);
}

/** What the upper directory tells is what a scan of the mount tells. */
export async function assertSameLayer(
  { reference, upper, merged }: Overlaid,
  options: SnapshotOptions = {},
): Promise<Taken> {
  const scanned = await taken(reference, merged, options);
  const told = await taken(reference, { upper }, options);
  assert.deepEqual(told.entries, scanned.entries);
  assert.deepEqual(told.changes, scanned.changes);
  assert.deepEqual(told.problems, scanned.problems);
  assert.ok(told.tar.equals(scanned.tar), 'the same bytes');
  return told;
}

/** It is, and laid over the image it is what is mounted. */
export async function assertTold(t: TestContext, layers: Layers, overlaid: Overlaid): Promise<Taken> {
  const told = await assertSameLayer(overlaid);
  const next = path.join(scratch(t), 'next');
  writeLayout(next, { next: imageOf([...layers.map(builtLayer), layerOf(told.tar)]) });
  await using made = await openImage(`oci:${next}:next`);
  const again = path.join(scratch(t), 'again');
  await unpack(made, again, { record: false });
  assertSameTree(listingOfDirectory(again), listingOfDirectory(overlaid.merged));
  return told;
}

/** A directory on a file system of its own kind, for upper directories that are not where the lower one is. */
export function elsewhere(t: TestContext): string {
  const directory = fs.mkdtempSync('/dev/shm/holdfast-test-');
  t.after(() => remove(directory));
  return directory;
}
