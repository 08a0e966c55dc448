/** One end for all: when a layer is refused or somebody has had enough, nothing is waited for. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { exportToFile } from '../../src/export/index.ts';
import { validate } from '../../src/inspect/index.ts';
import { file, imageOf, layerOf } from '../../src/testing/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { noise } from './images.ts';
import { failure, filesOpenBelow, type HurriedUse, type Remote, remote, withImage } from './scratch.ts';

const timeout = { timeout: 20_000 };

/** Small ones are read in this thread. */
for (const [size, bytes] of Object.entries({ small: 100_000, large: 1_500_000 })) {
  const one = layerOf([file('one', noise(bytes, 1))]);
  const two = layerOf([file('two', noise(bytes, 2))]);
  const image = imageOf([one, two]);

  const ways: Readonly<Record<string, (here: Remote, options: HurriedUse, signal?: AbortSignal) => Promise<unknown>>> =
    {
      unpack: (here, options, signal) =>
        withImage(`${here.registry.host}/app:v1`, with_(options, signal), (opened) =>
          unpack(opened, join(here.directory, 'root'), { allowLossy: true, ...(signal && { signal }) }),
        ),
      export: (here, options, signal) =>
        withImage(`${here.registry.host}/app:v1`, with_(options, signal), (opened) =>
          exportToFile(opened, join(here.directory, 'root'), signal ? { signal } : {}),
        ),
      validate: (here, options, signal) => validate(`${here.registry.host}/app:v1`, with_(options, signal)),
    };

  for (const [name, run] of Object.entries(ways)) {
    void describe(`${name} of ${size} layers`, () => {
      void it('does not wait for a layer that stands still when another is refused', timeout, async (t) => {
        const here = await remote(t);
        here.registry.seed('app', 'v1', image);
        here.registry.faults.add(
          { match: { path: new RegExp(one.digest) }, action: { kind: 'hang', afterBytes: bytes >> 1 } },
          { match: { path: new RegExp(two.digest) }, action: { kind: 'corrupt', byte: -20 } },
        );
        const options = here.hurried({ idleTimeout: 60_000 });
        const begun = performance.now();
        const error = await failure('DIGEST_MISMATCH', run(here, options));
        assert.equal(error.layer?.number, 2);
        assert.ok(performance.now() - begun < 8000);
        assertNothingLeft(here);
      });

      void it('does not wait for the others when a layer is missing', timeout, async (t) => {
        const here = await remote(t);
        here.registry.seed('app', 'v1', image);
        here.registry.content.repository('app').blobs.delete(two.digest);
        here.registry.faults.add({ match: { path: new RegExp(one.digest) }, action: { kind: 'hang', afterBytes: 10 } });
        const error = await failure('BLOB_MISSING', run(here, here.hurried({ idleTimeout: 60_000 })));
        assert.equal(error.layer?.number, 2);
        assertNothingLeft(here);
      });

      void it('ends at once when it is told to, with the reason', timeout, async (t) => {
        for (const afterBytes of [undefined, 0, bytes >> 1]) {
          const here = await remote(t);
          here.registry.seed('app', 'v1', image);
          const hang = { kind: 'hang', ...(afterBytes === undefined ? {} : { afterBytes }) } as const;
          here.registry.faults.add({ match: { path: new RegExp(`blobs/${one.digest}`) }, times: 9, action: hang });
          const stop = new AbortController();
          const reason = new Error('enough');
          const running = run(here, here.hurried({ idleTimeout: 60_000 }), stop.signal);
          while (here.registry.requests.every(({ url }) => !url.includes(`blobs/${one.digest}`))) await pause(5);
          await pause(30);
          const begun = performance.now();
          stop.abort(reason);
          await assert.rejects(running, (error) => error === reason);
          assert.ok(performance.now() - begun < 3000);
          assertNothingLeft(here);
        }
      });
    });
  }
}

function with_(options: HurriedUse, signal: AbortSignal | undefined): HurriedUse & { readonly signal?: AbortSignal } {
  return signal ? { ...options, signal } : options;
}

function assertNothingLeft({ directory }: Remote): void {
  assert.deepEqual(filesOpenBelow(directory), []);
  assert.deepEqual(
    fs.readdirSync(directory).filter((name) => name !== 'store' && name !== 'cache'),
    [],
  );
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, milliseconds));
}
