/** Whatever happens on a mounted overlay, its upper directory tells the same as a scan of everything. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { openImage } from '../../src/image/index.ts';
import { snapshot, type SnapshotResult, type UpperDirectory } from '../../src/snapshot/index.ts';
import { type BuiltLayer, imageOf, layerOf, writeLayout } from '../../src/testing/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { assertSameTree, listingOfDirectory, xattrsReadable } from '../cases/index.ts';
import { withPath } from '../differential/scratch.ts';
import { anyLiveSteps, changeDirectory, type LiveStep } from '../snapshot/live-changes.ts';
import { anyEdit, type Edit, shownEdit } from '../tree/any-edit.ts';
import { cannotMountOverlay, withMounted } from './mounted.ts';

/** HOLDFAST_FUZZ=20 runs twenty times as many. */
const factor = Number(process.env['HOLDFAST_FUZZ'] ?? 1);
const skip = (!xattrsReadable && 'getfattr is not installed') || cannotMountOverlay;

interface Case {
  readonly edit: Edit;
  readonly steps: readonly LiveStep[];
  readonly options: readonly string[];
}

const anyOptions = fc.constantFrom(
  ['index=off', 'redirect_dir=off', 'metacopy=off'],
  ['index=off', 'redirect_dir=on'],
  ['index=off', 'redirect_dir=on', 'metacopy=on'],
  ['index=off', 'redirect_dir=on', 'metacopy=on', 'xino=on'],
  ['index=off', 'userxattr'],
);

void suite('the upper directory of a mounted overlay', { skip }, () => {
  void test('tells what a scan of the mount tells, and the base and its layer are what the mount shows', () => {
    const cases = fc.record({ edit: anyEdit({ privileged: true }), steps: anyLiveSteps(), options: anyOptions });
    const property = fc.asyncProperty(cases, async (one) => {
      try {
        await withPath((work) => check(work, one));
      } catch (error) {
        throw new Error(`${shownEdit(one.edit)}\n${JSON.stringify(one)}`, { cause: error });
      }
    });
    return fc.assert(property, { numRuns: 40 * factor, endOnFailure: true });
  });
});

async function check(work: string, { edit, steps, options }: Case): Promise<void> {
  const lower = path.join(work, 'lower');
  await using image = await openImage(layout(work, 'made', [layerOf(edit.before.entries())]));
  await unpack(image, lower, { record: false });
  // As the disk shows it: links have other modes in images, which the upper directory keeps and a scan cannot.
  const base = layerOf((await snapshotOf(layout(work, 'empty', [layerOf([])]), lower))[1], { compression: 'none' });
  const reference = layout(work, 'base', [base]);
  await withMounted(work, options, async ({ merged, upper, remount }) => {
    changeDirectory(merged, steps);
    // A FIFO has no `user.overlay.origin`, and until it is mounted anew its names have different inode numbers.
    if (options.includes('userxattr')) remount();
    const [scanned, all] = await snapshotOf(reference, merged);
    const [result, tar] = await snapshotOf(reference, { upper });
    assert.deepEqual(result.changes, scanned.changes);
    assert.ok(tar.equals(all), 'the same bytes');
    const next = layout(work, 'next', [base, layerOf(tar)]);
    await using made = await openImage(next);
    await unpack(made, path.join(work, 'again'), { record: false });
    assertSameTree(listingOfDirectory(path.join(work, 'again')), listingOfDirectory(merged));
  });
}

async function snapshotOf(base: string, of: string | UpperDirectory): Promise<[SnapshotResult, Buffer]> {
  const chunks: Uint8Array[] = [];
  const take = async (parts: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const part of parts) chunks.push(part);
  };
  return [await snapshot(base, of, take), Buffer.concat(chunks)];
}

function layout(work: string, tag: string, layers: readonly BuiltLayer[]): string {
  writeLayout(path.join(work, tag), { [tag]: imageOf(layers) });
  return `oci:${path.join(work, tag)}:${tag}`;
}
