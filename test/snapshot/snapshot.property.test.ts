/** Whatever happens to an unpacked tree, the base and the snapshot over it are what stands there. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { openImage } from '../../src/image/index.ts';
import { snapshot, type SnapshotResult } from '../../src/snapshot/index.ts';
import { type BuiltLayer, imageOf, layerOf, writeLayout } from '../../src/testing/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { assertSameTree, listingOfDirectory, xattrsReadable } from '../cases/index.ts';
import { isRoot, withPath } from '../differential/scratch.ts';
import { anyEdit, type Edit, shownEdit } from '../tree/any-edit.ts';
import { anyLiveSteps, changeDirectory, type LiveStep } from './live-changes.ts';

/** HOLDFAST_FUZZ=20 runs twenty times as many. */
const factor = Number(process.env['HOLDFAST_FUZZ'] ?? 1);
const skip = (!xattrsReadable && 'getfattr is not installed') || (!isRoot && 'only root can hold every tree');

interface Case {
  readonly edit: Edit;
  readonly steps: readonly LiveStep[];
  /** Whether the record is to be believed, or everything is read. */
  readonly isRecorded: boolean;
}

void suite('the base and the snapshot of what became of it', { skip }, () => {
  void test('are what stands there, whatever happened', () => {
    const cases = fc.record({ edit: anyEdit({ privileged: true }), steps: anyLiveSteps(), isRecorded: fc.boolean() });
    const property = fc.asyncProperty(cases, async (one) => {
      try {
        await withPath((work) => check(work, one));
      } catch (error) {
        throw new Error(`${shownEdit(one.edit)}\n${JSON.stringify(one.steps)}`, { cause: error });
      }
    });
    return fc.assert(property, { numRuns: 50 * factor, endOnFailure: true });
  });
});

async function check(work: string, { edit, steps, isRecorded }: Case): Promise<void> {
  const base = layerOf(edit.before.entries(), { compression: 'none' });
  const reference = layout(work, 'base', [base]);
  const root = path.join(work, 'root');
  await using image = await openImage(reference);
  await unpack(image, root, { record: isRecorded });
  if (isRecorded) await settle(work);
  changeDirectory(root, steps);
  const [result, tar] = await snapshotOf(reference, root);
  const [exact, same] = await snapshotOf(reference, root, true);
  assert.ok(tar.equals(same), 'what is read does not change what is written');
  assert.ok(result.filesRead <= exact.filesRead);
  const next = layout(work, 'next', [base, layerOf(tar)]);
  await using made = await openImage(next);
  await unpack(made, path.join(work, 'again'), { record: false });
  assertSameTree(listingOfDirectory(path.join(work, 'again')), listingOfDirectory(root));
  const [empty] = await snapshotOf(next, root);
  assert.deepEqual([empty.isEmpty, empty.changes, empty.linked, empty.unlinked], [true, [], [], []]);
}

async function snapshotOf(base: string, root: string, exact = false): Promise<[SnapshotResult, Buffer]> {
  const chunks: Uint8Array[] = [];
  const take = async (parts: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const part of parts) chunks.push(part);
  };
  return [await snapshot(base, root, take, { exact }), Buffer.concat(chunks)];
}

function layout(work: string, tag: string, layers: readonly BuiltLayer[]): string {
  writeLayout(path.join(work, tag), { [tag]: imageOf(layers) });
  return `oci:${path.join(work, tag)}:${tag}`;
}

/** Until the clock of the file system has moved on since the record was complete, which then is from just now. */
async function settle(work: string): Promise<void> {
  await setTimeout(12);
  const record = path.join(work, '.root.holdfast');
  fs.appendFileSync(record, '\n');
  await setTimeout(12);
}
