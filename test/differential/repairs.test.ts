/** What `fix` repairs is taken by the programs that got it wrong before, as the very tree that it was meant to be. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { fixImage } from '../../src/fix/index.ts';
import { openImage } from '../../src/image/index.ts';
import { imageOf, layerOf, writeLayout } from '../../src/testing/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { differences, listingOfDirectory, type TreeListing } from '../cases/index.ts';
import { type Mask, maskedPair, withoutTime } from './masks.ts';
import { type Peer, peers, type PeerSession } from './peers.ts';
import { type Made, type RepairCase, repairCases } from './repairs.ts';
import { withPath } from './scratch.ts';

/** A plain directory that no layer lists: what the time of one is that a runtime makes is nobody's word. */
const unlisted: Mask = {
  why: 'a directory that no layer lists gets the time at which it was made',
  applies: (_, facts) => facts.kind === 'directory' && facts.mtime === '0.000000000',
  without: withoutTime,
};

for (const peer of peers) {
  void suite(`${peer.name}, before and after fix`, { skip: peer.skip }, () => {
    let session: PeerSession;
    before(async () => (session = await peer.start()));
    after(() => session[Symbol.asyncDispose]());

    for (const [at, repair] of repairCases.entries()) {
      void test(`${repair.name} (${repair.rule})`, () => compare(peer, session, repair, `repair-${at}`));
    }
  });
}

async function compare(peer: Peer, session: PeerSession, repair: RepairCase, tag: string): Promise<void> {
  await withPath(async (layout) => {
    const layers = repair.layers.map((layer) => layerOf(layer));
    writeLayout(layout, { [`${tag}-bad`]: imageOf(layers) });
    const options = { accept: true, rules: [repair.rule] };
    const { images } = await fixImage(`oci:${layout}:${tag}-bad`, `oci:${layout}:${tag}`, options);
    const wanted = await unpacked(layout, tag);
    const expected = repair.before[peer.name === 'umoci' ? 'umoci' : 'overlay'];
    assert.equal(await made(peer, session, [layout, `${tag}-bad`], wanted), expected, 'before');
    assert.equal(await made(peer, session, [layout, tag], wanted), 'same', 'after');
    const changed = images[0]?.layers.filter(({ digest }, at) => digest !== layers[at]?.digest);
    assert.equal(changed?.length, 1, 'only the layer that needs it is another one');
  });
}

async function made(
  { masks }: Peer,
  session: PeerSession,
  [layout, tag]: readonly [string, string],
  wanted: TreeListing,
): Promise<Made> {
  try {
    const theirs = await session.show(layout, tag);
    return differences(...maskedPair(theirs, wanted, [...masks, unlisted])).length === 0 ? 'same' : 'differs';
  } catch (error) {
    // A name that is listed and leads nowhere.
    return error instanceof Error && 'syscall' in error && error.syscall === 'lstat' ? 'ghosts' : 'refuses';
  }
}

async function unpacked(layout: string, tag: string): Promise<TreeListing> {
  return withPath(async (directory) => {
    await using image = await openImage(`oci:${layout}:${tag}`);
    await unpack(image, directory, { record: false });
    return listingOfDirectory(directory);
  });
}
