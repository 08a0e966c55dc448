/** The runtimes still show what the table of their differences says: no more, and no less. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { imageOf, layerOf, writeLayout } from '../../src/testing/index.ts';
import { differences } from '../cases/index.ts';
import { referenceApply } from '../tree/reference-apply.ts';
import { peers, type PeerSession } from './peers.ts';
import { type RuntimeDifference, runtimeDifferences, type Shown } from './runtime-differences.ts';
import { withPath } from './scratch.ts';

const begin = Math.floor(Date.now() / 1000);

for (const name of ['Docker', 'containers/storage'] as const) {
  const peer = peers.find((one) => one.name === name);
  void suite(`where ${name} shows something else`, { skip: peer?.skip ?? 'unknown' }, () => {
    let session: PeerSession;
    before(async () => {
      assert.ok(peer);
      session = await peer.start();
    });
    after(() => session[Symbol.asyncDispose]());

    for (const [at, difference] of runtimeDifferences.entries()) {
      void test(difference.title, async () => {
        assert.deepEqual(await shown(session, difference, `difference-${at}`), difference[name]);
      });
    }
  });
}

async function shown(
  session: PeerSession,
  { layers, showsRoot = false }: RuntimeDifference,
  tag: string,
): Promise<Shown> {
  const ours = referenceApply(layers);
  assert.ok('tree' in ours);
  return withPath(async (layout) => {
    writeLayout(layout, { [tag]: imageOf(layers.map((layer) => layerOf(layer))) });
    try {
      const lines = differences(await session.show(layout, tag), ours.tree).map(withoutNow);
      // That overlay runtimes ignore the root entry is a case of its own.
      return lines.filter((line) => showsRoot || !line.startsWith('other   .:'));
    } catch (error) {
      if (isGhost(error)) return 'ghost';
      assert.match(String(error), /skopeo copy|No such image/);
      return 'refused';
    }
  });
}

function isGhost(error: unknown): boolean {
  return (
    error instanceof Error && 'syscall' in error && error.syscall === 'lstat' && error.message.startsWith('ENOENT')
  );
}

/** A time after the beginning of this run is the time of the run. */
function withoutNow(line: string): string {
  return line.replace(/"(\d+)\.\d{9}"/g, (whole, seconds: string) => (Number(seconds) >= begin ? 'now' : whole));
}
