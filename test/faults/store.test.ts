import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { checkStore, collectGarbage, type LayoutStore, openLayoutStore, storeReport } from '../../src/store/index.ts';
import { file, imageOf, layerOf, writeLayout } from '../../src/testing/index.ts';
import { type DriverRun, namesIn, scratch } from '../unpack/scratch.ts';
import { arriving, manifestDescriptor, partialName, shared, smallBlobs, unusedForDays } from './store-work.ts';
import { cannotInject, type Fault, type FaultOutcome, type FaultPoint, faultPoints, sweep } from './sweep.ts';

const script = fileURLToPath(new URL('store-driver.ts', import.meta.url));

/** An image that nobody has used for long, and half of the blob that is to be written. */
function prepare(directory: string): void {
  const old = imageOf([layerOf([file('old', 'old')])]);
  writeLayout(directory, { old });
  const past = new Date(Date.now() - 2 * unusedForDays * 24 * 3600 * 1000);
  const blobs = path.join(directory, 'blobs/sha256');
  for (const name of namesIn(blobs)) fs.utimesSync(path.join(blobs, name), past, past);
  fs.mkdirSync(path.join(directory, '.holdfast/ingest'), { recursive: true });
  const half = arriving.bytes.subarray(0, 3000);
  fs.writeFileSync(path.join(directory, '.holdfast/ingest', partialName(arriving.digest)), half);
}

interface Sweep {
  readonly calls: readonly string[];
  readonly faults: readonly Fault[];
  /** Whether there is a store with garbage before. */
  readonly isPrepared: boolean;
}

async function survives(t: TestContext, { calls, faults, isPrepared }: Sweep): Promise<void> {
  const directory = scratch(t);
  let runs = 0;
  const nextRun = (): DriverRun => {
    const target = path.join(directory, String(++runs));
    if (isPrepared) prepare(target);
    return { script, reference: '', target };
  };
  const check = async (outcome: FaultOutcome, { target }: DriverRun): Promise<void> => {
    if (outcome.exitCode !== undefined && outcome.exitCode !== 0) {
      assert.equal(outcome.report?.error?.code, 'HOST_REFUSED');
      if (isPrepared) assertKept(target, outcome.point);
    }
    using store = openLayoutStore(target, { create: true });
    assert.deepEqual((await checkStore(store)).problems, []);
    await completes(store);
    if (isPrepared) assert.ok(!storeReport(store).images.some(({ name }) => name === 'old'));
    store[Symbol.dispose]();
    assertClean(target);
    fs.rmSync(target, { recursive: true });
    fs.rmSync(`${target}.blob`, { force: true });
  };
  const points = faultPoints(nextRun(), calls, faults);
  t.diagnostic(`${points.length} faults`);
  await sweep(points, nextRun, check);
}

/** What has arrived is there to be resumed, except after a failed fsync(2), which leaves unknown what the disk has. */
function assertKept(directory: string, { call }: FaultPoint): void {
  const partial = path.join(directory, '.holdfast/ingest', partialName(arriving.digest));
  const blob = path.join(directory, 'blobs/sha256', arriving.digest.slice(7));
  const kept = fs.existsSync(partial) ? fs.statSync(partial).size : fs.existsSync(blob) ? arriving.size : 0;
  assert.ok(kept >= 3000 || call === 'fsync', `${kept} bytes are left`);
}

/** What another process would do next. */
async function completes(store: LayoutStore): Promise<void> {
  using ingest = await store.ingest(arriving);
  ingest?.write(arriving.bytes.subarray(ingest.received));
  await ingest?.commit();
  for (const blob of [shared, ...smallBlobs]) await store.put(blob, blob.bytes);
  for (const name of ['first', 'second']) await store.tag(name, manifestDescriptor);
  await collectGarbage(store, { unusedForDays });
  const { problems, blobs } = await checkStore(store);
  assert.deepEqual([problems, blobs.count], [[], 4]);
}

function assertClean(directory: string): void {
  assert.deepEqual(namesIn(directory), ['.holdfast', 'blobs', 'index.json', 'oci-layout']);
  for (const part of ['ingest', 'leases']) assert.deepEqual(namesIn(path.join(directory, '.holdfast', part)), []);
}

void describe('a store, under faults', { skip: cannotInject }, () => {
  void it('holds whole blobs and no dangling entry, whichever call a new one is killed at', (t) =>
    survives(t, { calls: ['mkdir', 'fsync', 'rename'], faults: ['SIGKILL'], isPrepared: false }));

  void it('holds whole blobs and no dangling entry, whichever call one with garbage is killed at', (t) => {
    const calls = ['fsync', 'ftruncate', 'linkat', 'pwrite64', 'rename', 'unlink', 'write'];
    return survives(t, { calls, faults: ['SIGKILL'], isPrepared: true });
  });

  void it('holds whole blobs and no dangling entry, whichever call finds no space', (t) => {
    const calls = ['fsync', 'linkat', 'mkdir', 'openat', 'pwrite64', 'write'];
    return survives(t, { calls, faults: ['ENOSPC'], isPrepared: true });
  });

  void it('holds whole blobs and no dangling entry, whichever call fails', (t) => {
    const calls = ['fsync', 'getdents64', 'linkat', 'pwrite64', 'rename', 'unlink'];
    return survives(t, { calls, faults: ['EIO'], isPrepared: true });
  });
});
