import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import type { CommandIo } from '../../src/cli/index.ts';
import type { OptionValues } from '../../src/cli/option-table.ts';
import { createProgress } from '../../src/cli/progress.ts';
import { imageOf, ociArchiveOf } from '../../src/testing/index.ts';
import { base, example, layout, top } from '../inspect/example.ts';
import { cli, Sink } from './run-cli.ts';

const short = (digest: string): string => `${digest.slice(0, 19)}…`;

void describe('progress', () => {
  void it('is plain lines where there is no terminal', async (t) => {
    const { stderr } = await cli(['validate', layout(t, { v1: example })]);
    // A slow machine has time to say what is being read.
    const lines = stderr.split('\n').filter((line) => !line.includes(': reading '));
    assert.deepEqual(lines.sort(), [
      '',
      `layer 1 (${short(base.digest)}): verified, ${base.size} bytes`,
      `layer 2 (${short(top.digest)}): verified, ${top.size} bytes`,
    ]);
  });

  void it('is events as NDJSON on request, notes included', async (t) => {
    const image = imageOf([base], { history: [] });
    const odd = imageOf([base], { history: [{ created_by: 'a' }, { created_by: 'b' }] });
    for (const [built, notes] of [
      [image, 0],
      [odd, 1],
    ] as const) {
      const { stderr, stdout } = await cli(['validate', '-q', '--progress', 'json', layout(t, { v1: built })]);
      assert.equal(stdout, `${built.digest}\n`);
      const events = stderr
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      assert.deepEqual(events.at(-1), {
        kind: 'layer-done',
        layer: 1,
        digest: short(base.digest),
        bytes: base.size,
      });
      const told = events.filter(({ kind }) => kind === 'note');
      assert.equal(told.length, notes);
      if (notes > 0) assert.match(JSON.stringify(told[0]), /"code":"HISTORY_MISMATCH"/);
    }
  });

  void it('is nothing with none, with -q, and for what is fast on a terminal', async (t) => {
    const image = layout(t, { v1: example });
    assert.equal((await cli(['validate', '--progress', 'none', image])).stderr, '');
    assert.equal((await cli(['validate', '-q', image])).stderr, '');
    assert.equal((await cli(['validate', image], { isTerminal: true })).stderr, '');
    const inCi = await cli(['validate', image], { isTerminal: true, env: { CI: 'true' } });
    assert.match(inCi.stderr, /verified/);
  });

  void it('is one row for each layer on a terminal, and goes away before anything else is said', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
    const { stderr } = { stderr: new Sink(true) };
    const values = { progress: 'tty', quiet: false } as OptionValues;
    const progress = createProgress(values, { stderr, env: {} } as unknown as CommandIo);
    progress.onEvent({ kind: 'phase', phase: 'open' });
    t.mock.timers.tick(299);
    assert.equal(stderr.text, '');
    t.mock.timers.tick(1);
    await import('log-update');
    await new Promise(setImmediate);
    assert.match(stderr.text, /opening the image/);
    for (const [layer, bytes] of [
      [2, 0],
      [1, 25_000_000],
    ] as const) {
      progress.onEvent({
        kind: 'layer-progress',
        layer,
        digest: 'sha256:0123456789ab…',
        bytes,
        totalBytes: 50_000_000,
      });
    }
    t.mock.timers.tick(100);
    const rows = stripVTControlCharacters(stderr.text).split('\n').slice(-4);
    assert.deepEqual(rows, [
      'layer  1  sha256:0123456789ab…  [############            ] 24 MiB of 48 MiB',
      'layer  2  sha256:0123456789ab…  [                        ] 0 bytes of 48 MiB',
      'reading the layers',
      '',
    ]);
    progress.onEvent({ kind: 'layer-done', layer: 1, digest: 'sha256:0123456789ab…', bytes: 50_000_000 });
    progress.stop();
    const shown = stderr.text.length;
    t.mock.timers.tick(1000);
    progress.stop();
    assert.equal(stderr.text.length, shown);
  });

  void it('on a terminal shows what waits for stdin', async () => {
    const archive = ociArchiveOf({ v1: example });
    const stdin = Readable.from(
      (async function* () {
        await sleep(600);
        yield archive;
      })(),
    );
    const { stdout, stderr } = await cli(['digest', 'oci-archive:-'], { stdin, isTerminal: true });
    assert.equal(stdout, `${example.digest}\n`);
    assert.match(stderr, /opening the image/);
  });
});
