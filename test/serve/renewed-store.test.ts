/** What a server that runs for months holds back from the garbage collection. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openRenewedStore } from '../../src/serve/renewed-store.ts';
import { openLayoutStore } from '../../src/store/index.ts';
import { scratchDirectory } from './registries.ts';
import { digestFor } from './shapes.ts';

void describe('the store of a server', () => {
  void it('counts on what it was asked for during one or two periods', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    using scratch = scratchDirectory();
    const layout = join(scratch.path, 'layout');
    const claims = (): string => {
      const leases = join(layout, '.holdfast', 'leases');
      return fs
        .readdirSync(leases)
        .map((name) => fs.readFileSync(join(leases, name), 'latin1'))
        .join('');
    };
    const store = openRenewedStore(() => openLayoutStore(layout, { create: true }), 1000);
    const bytes = randomBytes(10);
    const digest = digestFor(bytes);
    await store.put({ digest, size: bytes.length }, bytes);
    t.mock.timers.tick(1000);
    assert.match(claims(), new RegExp(digest));
    t.mock.timers.tick(1000);
    assert.doesNotMatch(claims(), new RegExp(digest));
    store.open(digest)?.[Symbol.dispose]();
    assert.match(claims(), new RegExp(digest));
    store[Symbol.dispose]();
    assert.deepEqual(fs.readdirSync(join(layout, '.holdfast', 'leases')), []);
  });

  void it('goes on with what is open where it cannot be opened again', (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    using scratch = scratchDirectory();
    const [layout, away] = [join(scratch.path, 'layout'), join(scratch.path, 'away')];
    openLayoutStore(layout, { create: true })[Symbol.dispose]();
    using store = openRenewedStore(() => openLayoutStore(layout, { create: false }), 1000);
    fs.renameSync(layout, away);
    t.mock.timers.tick(5000);
    assert.deepEqual(store.manifests(), []);
  });
});
