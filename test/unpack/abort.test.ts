import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { EngineEvent } from '../../src/base/index.ts';
import { exportTo, exportToFile } from '../../src/export/index.ts';
import type { Image } from '../../src/image/index.ts';
import { directory, file, layerOf } from '../../src/testing/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { imageWith, namesIn, scratch } from './scratch.ts';

const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

/** More names than are placed in one turn of the event loop, and more bytes than one thread reads alone. */
function largeImage(t: TestContext): Promise<Image> {
  const directories = [directory('./', own), directory('many/', own)];
  const files = Array.from({ length: 1500 }, (_, index) => file(`many/${index}`, String(index), own));
  const noise = Buffer.alloc(3_000_000, 'incompressible only because it is stored');
  return imageWith(t, [[...directories, ...files], layerOf([file('big', noise, own)], { compression: 'none' })]);
}

interface Moment {
  readonly title: string;
  readonly arm: (controller: AbortController, reason: Error) => (event: EngineEvent) => void;
}

const phases = (['layers', 'apply', 'place', 'publish', 'write'] as const).map((phase): Moment => ({
  title: `when the phase "${phase}" begins`,
  arm: (controller, reason) => (event) => {
    if (event.kind === 'phase' && event.phase === phase) controller.abort(reason);
  },
}));

const later = [0, 5, 20].map((milliseconds): Moment => ({
  title: `${milliseconds} ms after it begins`,
  arm: (controller, reason) => {
    setTimeout(() => controller.abort(reason), milliseconds);
    return () => {};
  },
}));

const before: Moment = {
  title: 'before it begins',
  arm: (controller, reason) => {
    controller.abort(reason);
    return () => {};
  },
};

const afterLayer: Moment = {
  title: 'when a layer is done',
  arm: (controller, reason) => (event) => {
    if (event.kind === 'layer-done') controller.abort(reason);
  },
};

function openFiles(): number {
  return fs.readdirSync('/proc/self/fd').length;
}

async function stops(
  { arm }: Moment,
  run: (options: { signal: AbortSignal; onEvent: (event: EngineEvent) => void }) => Promise<unknown>,
): Promise<void> {
  const controller = new AbortController();
  const reason = new Error('enough');
  const onEvent = arm(controller, reason);
  const [outcome] = await Promise.allSettled([run({ signal: controller.signal, onEvent })]);
  assert.deepEqual(outcome, { status: 'rejected', reason });
}

void describe('unpack, when it is aborted', () => {
  for (const moment of [before, ...later, afterLayer, ...phases.slice(0, 4)]) {
    void it(`${moment.title}, rejects with the reason and leaves nothing`, async (t) => {
      const image = await largeImage(t);
      for (const layer of image.layers) await layer.open();
      const parent = scratch(t);
      const before = openFiles();
      await stops(moment, (options) => unpack(image, path.join(parent, 'root'), options));
      assert.deepEqual(namesIn(parent), []);
      assert.equal(openFiles(), before);
    });
  }

  void it('and runs again, succeeds', async (t) => {
    const image = await largeImage(t);
    const target = path.join(scratch(t), 'root');
    await stops(phases[2] ?? before, (options) => unpack(image, target, options));
    const { entries } = await unpack(image, target);
    assert.equal(entries, 1503);
  });
});

void describe('export, when it is aborted', () => {
  for (const moment of [
    before,
    ...later.slice(0, 2),
    afterLayer,
    ...phases.filter(({ title }) => /layers|write/.test(title)),
  ]) {
    void it(`${moment.title}, rejects with the reason and leaves the old file`, async (t) => {
      const image = await largeImage(t);
      const parent = scratch(t);
      fs.writeFileSync(path.join(parent, 'out.tar'), 'old');
      await stops(moment, (options) => exportToFile(image, path.join(parent, 'out.tar'), options));
      assert.deepEqual(namesIn(parent), ['out.tar']);
      assert.equal(fs.readFileSync(path.join(parent, 'out.tar'), 'utf8'), 'old');
    });
  }

  void it('between two chunks, rejects with the reason', async (t) => {
    const image = await largeImage(t);
    const controller = new AbortController();
    const reason = new Error('enough');
    const take = async (chunks: AsyncIterable<Uint8Array>): Promise<void> => {
      for await (const chunk of chunks) if (chunk.length > 0) controller.abort(reason);
    };
    await assert.rejects(exportTo(image, take, { signal: controller.signal }), reason);
  });
});
