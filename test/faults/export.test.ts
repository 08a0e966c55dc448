import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { exportToFile } from '../../src/export/index.ts';
import { file, layerOf } from '../../src/testing/index.ts';
import { type DriverRun, layoutWith, namesIn, opened, scratch } from '../unpack/scratch.ts';
import { richImage } from './rich-image.ts';
import {
  cannotInject,
  changingCalls,
  type Fault,
  type FaultOutcome,
  faultPoints,
  readingCalls,
  sweep,
} from './sweep.ts';

interface Sweep {
  readonly calls: readonly string[];
  readonly faults: readonly Fault[];
}

async function survives(t: TestContext, { calls, faults }: Sweep): Promise<void> {
  const stored = layerOf([file('large', Buffer.alloc(300_000, 'copied by the kernel'))], { compression: 'none' });
  const reference = layoutWith(t, [...richImage().layers, stored]);
  const image = await opened(t, reference);
  const directory = scratch(t);
  await exportToFile(image, path.join(directory, 'expected.tar'));
  const expected = fs.readFileSync(path.join(directory, 'expected.tar'));
  let runs = 0;
  const nextRun = (): DriverRun => {
    const target = path.join(directory, String(++runs), 'out.tar');
    fs.mkdirSync(path.dirname(target));
    fs.writeFileSync(target, 'old');
    return { command: 'export', reference, target };
  };
  const check = async (outcome: FaultOutcome, { target }: DriverRun): Promise<void> => {
    const isOld = fs.readFileSync(target, 'utf8') === 'old';
    if (outcome.exitCode === 8) {
      assert.equal(outcome.report?.error?.code, 'HOST_REFUSED');
      assert.ok(isOld);
    } else {
      if (outcome.exitCode === undefined && isOld) await exportToFile(image, target);
      else assert.equal(outcome.exitCode ?? 0, 0);
      assert.ok(fs.readFileSync(target).equals(expected));
    }
    assert.deepEqual(namesIn(path.dirname(target)), ['out.tar']);
    fs.rmSync(path.dirname(target), { recursive: true });
  };
  const points = faultPoints(nextRun(), calls, faults);
  t.diagnostic(`${points.length} faults`);
  await sweep(points, nextRun, check);
}

void describe('export to a file, under faults', { skip: cannotInject }, () => {
  void it('leaves the old file or the new one, whichever call it is killed at', (t) =>
    survives(t, { calls: changingCalls, faults: ['SIGKILL'] }));

  void it('leaves the old file or the new one, whichever call fails', (t) =>
    survives(t, { calls: [...changingCalls, ...readingCalls], faults: ['ENOSPC', 'EIO'] }));
});
