/** umoci, which follows the links of lower layers, extracts what Holdfast unpacks with `--on-conflict follow`. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { isHoldfastError } from '../../src/base/index.ts';
import { openImage } from '../../src/image/index.ts';
import { type EntrySpec, imageOf, layerOf, writeLayout } from '../../src/testing/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { assertSameTree, listingOfDirectory, type TreeListing } from '../cases/index.ts';
import { anyStack } from '../tree/any-stack.ts';
import { shownStack } from '../tree/stack-outcome.ts';
import { type Mask, maskedPair, withoutTime } from './masks.ts';
import { peers } from './peers.ts';
import { withPath } from './scratch.ts';

const runs = 60 * Number(process.env['HOLDFAST_FUZZ'] ?? 1);
const umoci = peers.find(({ name }) => name === 'umoci');

/** What is known to be different in umoci 0.4.7, and kept out of its way. */
const ways: readonly { readonly why: string; readonly of: (layer: readonly EntrySpec[]) => EntrySpec[] }[] = [
  {
    why: 'it applies a marker where it stands',
    of: (layer) => [...layer].sort((a, b) => Number(isMarker(b)) - Number(isMarker(a))),
  },
  {
    why: 'directories that it implies take the set-group-id bit and the group from their parent',
    of: (layer) => layer.map((entry) => ({ ...entry, mode: entry.mode & ~0o2000 })),
  },
  {
    why: 'it drops empty xattrs',
    of: (layer) =>
      layer.map((entry) => ({
        ...entry,
        xattrs: new Map([...(entry.xattrs ?? [])].filter(([, { length }]) => length > 0)),
      })),
  },
];
const masks: readonly Mask[] = [
  {
    why: 'the time of some untouched directories drifts',
    applies: (_, { kind }) => kind === 'directory',
    without: withoutTime,
  },
];
/** What it does not take: a file where a parent is needed, and a link that replaces the directory of its target. */
const refusals = /not a directory|link: no such file or directory|too many symlinks/;

void suite('umoci extracts any stack of layers', { skip: umoci?.skip ?? 'unknown' }, () => {
  void test('as Holdfast unpacks it with follow, where it takes it at all', async () => {
    let taken = 0;
    const stack = anyStack({ privileged: true, maxEntries: 6, maxLayers: 3 }).map((layers) =>
      layers.map((layer) => ways.reduce<readonly EntrySpec[]>((own, way) => way.of(own), layer)),
    );
    await fc.assert(
      fc.asyncProperty(stack, async (layers) => {
        await withPath(async (layout) => {
          writeLayout(layout, { t: imageOf(layers.map((layer) => layerOf(layer))) });
          const ours = await unpacked(layout);
          const theirs = ours && (await shown(layout));
          if (!ours || !theirs) return;
          taken++;
          assertSameTree(...maskedPair(theirs, ours, masks), `umoci's tree of\n${shownStack(layers)}`);
        });
      }),
      { numRuns: runs },
    );
    assert.ok(taken > runs / 5, `umoci took ${taken} of ${runs}`);
  });
});

async function unpacked(layout: string): Promise<TreeListing | undefined> {
  return withPath(async (directory) => {
    await using image = await openImage(`oci:${layout}:t`);
    try {
      await unpack(image, directory, { onConflict: 'follow', record: false });
    } catch (error) {
      assert.ok(isHoldfastError(error), String(error));
      return undefined;
    }
    return listingOfDirectory(directory);
  });
}

async function shown(layout: string): Promise<TreeListing | undefined> {
  assert.ok(umoci);
  await using session = await umoci.start();
  try {
    return await session.show(layout, 't');
  } catch (error) {
    assert.match(String(error), refusals);
    return undefined;
  }
}

function isMarker({ name }: EntrySpec): boolean {
  return /(?:^|\/)\.wh\.[^/]*$/.test(name);
}
