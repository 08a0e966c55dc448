/** Other programs show of a merged image the tree that Holdfast says. */
import { after, before, suite, test } from 'node:test';
import fs from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { mergeReferences } from '../../src/merge/index.ts';
import { diffReferences } from '../../src/snapshot/index.ts';
import { type EntrySpec, imageOf, layerOf, tarOf, writeLayout } from '../../src/testing/index.ts';
import { assertSameTree, listingOfTar } from '../cases/index.ts';
import { exported } from '../edit/images.ts';
import { anyEdit, type Edit, shownEdit } from '../tree/any-edit.ts';
import { type Mask, maskedPair } from './masks.ts';
import { peers, type PeerSession } from './peers.ts';
import { withPath } from './scratch.ts';

/** HOLDFAST_FUZZ=20 runs twenty times as many. */
const runs = 8 * Number(process.env['HOLDFAST_FUZZ'] ?? 1);

const linkModes: Mask = {
  why: 'Linux gives every symbolic link the mode 0777',
  applies: (_, { kind }) => kind === 'symlink',
  without: (facts) => ({ ...facts, mode: 0o777 }),
};

function imageIn(work: string, tag: string, entries: readonly EntrySpec[]): string {
  writeLayout(join(work, tag), { [tag]: imageOf([layerOf(entries)]) });
  return `oci:${join(work, tag)}:${tag}`;
}

/** An image, what was changed in it as a layer, and another tree. */
async function merge(work: string, tag: string, edit: Edit, other: Edit): Promise<string> {
  fs.mkdirSync(work);
  const inputs = [imageIn(work, 'before', edit.before.entries()), `layer:${join(work, 'layer.tar')}`];
  await diffReferences(inputs[0] ?? '', imageIn(work, 'after', edit.after.entries()), {
    output: join(work, 'layer.tar'),
  });
  fs.writeFileSync(join(work, 'other.tar'), tarOf(other.before.entries()));
  const layout = join(work, 'merged');
  await mergeReferences([...inputs, `tar:${join(work, 'other.tar')}`], `oci:${layout}:${tag}`);
  return layout;
}

for (const peer of peers) {
  void suite(`${peer.name} takes`, { skip: peer.skip }, () => {
    let session: PeerSession;
    before(async () => (session = await peer.start()));
    after(() => session[Symbol.asyncDispose]());

    void test('what any image, any layer over it, and any tree merge to', async () => {
      let number = 0;
      const edits = anyEdit({ privileged: true });
      const property = fc.asyncProperty(edits, edits, async (edit, other) => {
        const tag = `merged-${++number}`;
        try {
          await withPath(async (work) => {
            const layout = await merge(work, tag, edit, other);
            const wanted = listingOfTar(await exported(`oci:${layout}:${tag}`));
            const found = await session.show(layout, tag);
            assertSameTree(...maskedPair(found, wanted, [...peer.masks, linkModes]));
          });
        } catch (error) {
          throw new Error(`${shownEdit(edit)}\nand\n${shownEdit(other)}`, { cause: error });
        }
      });
      await fc.assert(property, { numRuns: runs });
    });
  });
}
