import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fromText } from '../../src/base/index.ts';
import { makePrivateDirectory } from '../../src/host/index.ts';
import type { Image } from '../../src/image/index.ts';
import { directory, file } from '../../src/testing/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { assertSameTree, listingOfDirectory } from '../cases/expected-tree.ts';
import { type DriverRun, imageWith, isRoot, layoutWith, namesIn, opened, remove, scratch } from '../unpack/scratch.ts';
import { plainImage, richImage } from './rich-image.ts';
import {
  cannotInject,
  changingCalls,
  type Fault,
  type FaultOutcome,
  faultPoints,
  readingCalls,
  sweep,
} from './sweep.ts';

const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

interface Sweep {
  readonly calls: readonly string[];
  readonly faults: readonly Fault[];
  readonly targetExists?: boolean;
}

async function survives(t: TestContext, { calls, faults, targetExists = false }: Sweep): Promise<void> {
  const { layers, tree } = isRoot ? richImage() : plainImage(own);
  const reference = layoutWith(t, layers);
  const image = await opened(t, reference);
  const directory = scratch(t);
  let runs = 0;
  const nextRun = (): DriverRun => {
    const target = path.join(directory, String(++runs), 'root');
    fs.mkdirSync(path.dirname(target));
    if (targetExists) fs.mkdirSync(target);
    return { reference, target };
  };
  const check = async (outcome: FaultOutcome, { target }: DriverRun): Promise<void> => {
    if (outcome.exitCode === 8) {
      assert.match(outcome.report?.error?.code ?? '', /^HOST_(?:REFUSED|LOSS)$/);
      assert.deepEqual(namesIn(path.dirname(target)), targetExists ? ['root'] : []);
      if (targetExists) assert.deepEqual(namesIn(target), []);
    } else {
      if (outcome.exitCode === undefined) await unpackAgain(image, target);
      else assert.equal(outcome.exitCode, 0);
      assertSameTree(listingOfDirectory(target), tree);
      assert.deepEqual(namesIn(path.dirname(target)), ['.root.holdfast', 'root']);
    }
    remove(path.dirname(target));
  };
  const points = faultPoints(nextRun(), calls, faults);
  t.diagnostic(`${points.length} faults`);
  await sweep(points, nextRun, check);
}

/** What a killed run left is complete, or counts as nothing. */
async function unpackAgain(image: Image, target: string): Promise<void> {
  const isComplete = fs.existsSync(target) && namesIn(target).length > 0;
  if (!isComplete) await unpack(image, target);
}

void describe('unpack beside its target, under faults', { skip: cannotInject }, () => {
  void it('leaves nothing or everything, whichever call it is killed at', (t) =>
    survives(t, { calls: changingCalls, faults: ['SIGKILL'] }));

  void it('leaves nothing or everything, whichever call finds no space or a broken disk', (t) =>
    survives(t, { calls: changingCalls, faults: ['ENOSPC', 'EIO'] }));

  void it('leaves nothing or everything, whichever look finds a broken disk', (t) =>
    survives(t, { calls: readingCalls, faults: ['EIO'] }));

  void it('leaves an existing target empty or complete', (t) =>
    survives(t, {
      calls: ['mkdirat', 'flock', 'renameat2', 'rename', 'unlinkat'],
      faults: ['SIGKILL'],
      targetExists: true,
    }));
});

void describe('what a dead run left beside a target', () => {
  void it('goes with the next run, whatever its modes and names', async (t) => {
    const parent = scratch(t);
    const leftover = path.join(parent, '.root.holdfast-0123456789ab');
    fs.mkdirSync(path.join(leftover, 'closed', 'deep'), { recursive: true });
    fs.writeFileSync(path.join(leftover, 'closed', Buffer.from('\xff\n', 'latin1').toString('latin1')), '');
    fs.symlinkSync('/', path.join(leftover, 'out'));
    fs.chmodSync(path.join(leftover, 'closed'), 0);
    fs.chmodSync(leftover, isRoot ? 0o100 : 0o500);
    fs.writeFileSync(path.join(parent, '.root.holdfast-ba9876543210'), 'a record that was begun');
    await unpack(await imageWith(t, [[directory('./', own), file('new', '', own)]]), path.join(parent, 'root'));
    assert.deepEqual(namesIn(parent), ['.root.holdfast', 'root']);
  });

  void it('stays while somebody holds its lock, or when its name only looks alike', async (t) => {
    const parent = scratch(t);
    const handle = fs.openSync(parent, 'r');
    const held = makePrivateDirectory(handle, fromText('root'));
    const alike = [
      '.root.holdfast-0123',
      '.root.holdfast-0123456789abc',
      '.root2.holdfast-0123456789ab',
      'root.holdfast',
    ];
    for (const name of alike) fs.mkdirSync(path.join(parent, name));
    fs.symlinkSync('/', path.join(parent, '.root.holdfast-ffffffffffff'));
    const before = namesIn(parent);
    await unpack(await imageWith(t, [[directory('./', own), file('new', '', own)]]), path.join(parent, 'root'));
    assert.deepEqual(namesIn(parent), [...before, '.root.holdfast', 'root'].sort());
    held[Symbol.dispose]();
    fs.closeSync(handle);
  });

  void it('is no obstacle when it cannot be removed', async (t) => {
    const parent = scratch(t);
    fs.symlinkSync('nowhere', path.join(parent, '.root.holdfast-0123456789ab'));
    await unpack(await imageWith(t, [[directory('./', own), file('new', '', own)]]), path.join(parent, 'root'));
    assert.deepEqual(namesIn(path.join(parent, 'root')), ['new']);
  });
});
