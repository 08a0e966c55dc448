/** What Holdfast unpacks is what real peers show, but for the differences that are known and written down. */
import { after, before, suite, test } from 'node:test';
import * as fc from 'fast-check';
import { openImage } from '../../src/image/index.ts';
import { imageOf, layerOf, writeLayout } from '../../src/testing/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { assertSameTree, listingOfDirectory, type TreeListing } from '../cases/index.ts';
import { anyStack } from '../tree/any-stack.ts';
import { shownStack } from '../tree/stack-outcome.ts';
import { labImages, whyNoLab } from './lab.ts';
import { maskedPair } from './masks.ts';
import { orderly } from './orderly.ts';
import { type Peer, peers, type PeerSession } from './peers.ts';
import { withPath } from './scratch.ts';

/** HOLDFAST_FUZZ=20 runs twenty times as many. */
const factor = Number(process.env['HOLDFAST_FUZZ'] ?? 1);
const stacksPerPeer = 25;

const stack = anyStack({ privileged: true, maxEntries: 16 })
  .map(orderly)
  .filter((layers) => layers.some((layer) => layer.length > 0));

for (const peer of peers) {
  void suite(`${peer.name} shows what Holdfast unpacks`, { skip: peer.skip }, () => {
    let session: PeerSession;
    before(async () => (session = await peer.start()));
    after(() => session[Symbol.asyncDispose]());

    void test('of a real Debian image', { skip: whyNoLab }, () => compare(peer, session, labImages, 'debian'));

    void test('of generated stacks of layers', async () => {
      let number = 0;
      const property = fc.asyncProperty(stack, (layers) =>
        withPath(async (layout) => {
          const tag = `generated-${++number}`;
          writeLayout(layout, { [tag]: imageOf(layers.map((layer) => layerOf(layer))) });
          try {
            await compare(peer, session, layout, tag);
          } catch (error) {
            throw new Error(shownStack(layers), { cause: error });
          }
        }),
      );
      await fc.assert(property, { numRuns: stacksPerPeer * factor });
    });
  });
}

async function compare(peer: Peer, session: PeerSession, layout: string, tag: string): Promise<void> {
  const ours = await unpacked(layout, tag);
  const theirs = await session.show(layout, tag);
  assertSameTree(...maskedPair(theirs, ours, peer.masks), `what ${peer.name} shows`);
}

async function unpacked(layout: string, tag: string): Promise<TreeListing> {
  return withPath(async (directory) => {
    await using image = await openImage(`oci:${layout}:${tag}`);
    await unpack(image, directory, { record: false });
    return listingOfDirectory(directory);
  });
}
