/** Unpacked and scanned again, an image is what it was. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { loadRootfs } from '../../src/rootfs/index.ts';
import { contentDigests, scanDirectory } from '../../src/scan/index.ts';
import type { EntrySpec } from '../../src/testing/index.ts';
import { diffTrees, type Inode, linkGroups, walk } from '../../src/tree/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { assertSameTree, listingOfDirectory, xattrsReadable } from '../cases/index.ts';
import { isRoot, withImage, withPath } from '../differential/scratch.ts';
import { anyEdit, shownEdit } from '../tree/any-edit.ts';
import { anyStack } from '../tree/any-stack.ts';
import { referenceApply } from '../tree/reference-apply.ts';
import { shownStack } from '../tree/stack-outcome.ts';
import { listingOfLive } from './live-listing.ts';

/** HOLDFAST_FUZZ=20 runs twenty times as many. */
const factor = Number(process.env['HOLDFAST_FUZZ'] ?? 1);

void suite('scanning what was unpacked', { skip: !xattrsReadable && 'getfattr is not installed' }, () => {
  void test('gives the tree of any image', () => {
    const stacks = anyStack({ privileged: isRoot, maxLayers: 2 }).filter((layers) => 'tree' in referenceApply(layers));
    const property = fc.asyncProperty(stacks, async (layers) => {
      try {
        await checkRoundTrip(layers);
      } catch (error) {
        throw new Error(shownStack(layers), { cause: error });
      }
    });
    return fc.assert(property, { numRuns: 40 * factor });
  });

  void test('gives any tree of odd names, old times and many links', () => {
    const property = fc.asyncProperty(anyEdit({ odd: true, privileged: isRoot }), async (edit) => {
      try {
        await checkRoundTrip([edit.after.entries()]);
      } catch (error) {
        throw new Error(shownEdit(edit), { cause: error });
      }
    });
    return fc.assert(property, { numRuns: 40 * factor });
  });
});

/** By three ways: what the disk says by itself, what the comparison of trees says, and what the rows say. */
async function checkRoundTrip(layers: readonly (readonly EntrySpec[])[]): Promise<void> {
  await withImage(layers, (image) =>
    withPath(async (path) => {
      await unpack(image, path);
      using live = await scanDirectory(path);
      assert.deepEqual([live.problems, live.ignored], [[], []]);
      assertSameTree(listingOfLive(live), listingOfDirectory(path));
      const { tree } = await loadRootfs(image);
      const { facts } = live;
      const { changes, formed, dissolved } = diffTrees(tree, live.tree, { facts, sameContent: () => true });
      assert.deepEqual({ changes: changes.map(shown), formed, dissolved }, { changes: [], formed: [], dissolved: [] });
      checkRows(live);
      await checkDigests(live);
    }),
  );
}

function shown({ change, path, ...more }: { change: string; path: string; aspects?: readonly string[] }): string {
  return `${change} ${path} ${more.aspects?.join() ?? ''}`;
}

type Live = Awaited<ReturnType<typeof scanDirectory>>;

/** Rows are numbered in walk order by first names, and lead back to them. */
function checkRows({ tree, rows }: Live): void {
  const first = new Map<Inode, string>();
  for (const { path, inode } of walk(tree)) if (!first.has(inode)) first.set(inode, path);
  assert.equal(rows.length, first.size);
  assert.deepEqual(
    [...first].map(([inode, path]) => [inode.row, path]),
    [...first.values()].map((path, row) => [row, path]),
  );
  for (const [inode, path] of first) assert.equal(rows.path(inode.row), path);
  for (const { inode } of linkGroups(tree)) assert.ok(tree.linked.has(inode));
}

async function checkDigests(live: Live): Promise<void> {
  const digests = await contentDigests(live, Array.from({ length: live.rows.length }).keys());
  assert.deepEqual(digests.problems, []);
  const listing = listingOfLive(live);
  for (const { path, inode } of walk(live.tree)) {
    const content = listing.get(path || ('.' as typeof path))?.content;
    assert.equal(digests.get(inode.row), content && `sha256:${content.sha256}`);
  }
}
