/** The layer between any two trees makes the second of the first, for whoever applies it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import * as fc from 'fast-check';
import { openImage } from '../../src/image/index.ts';
import { imageOf, layerOf, writeLayout } from '../../src/testing/index.ts';
import { flatPlan } from '../../src/tree/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { assertSameTree, listingOfDirectory, xattrsReadable } from '../cases/index.ts';
import { anyEdit, type Edit, type EditOptions, shownEdit } from '../tree/any-edit.ts';
import { Contents } from '../tree/contents.ts';
import { planBetween, tarOfPlan } from '../tree/layer-of-diff.ts';
import { extractors, whyMissing } from './extractors.ts';
import { type Mask, maskedPair, rootPath, withoutTime, withoutXattrs } from './masks.ts';
import { peers, type PeerSession } from './peers.ts';
import { isRoot, withPath } from './scratch.ts';

/** HOLDFAST_FUZZ=20 runs twenty times as many. */
const factor = Number(process.env['HOLDFAST_FUZZ'] ?? 1);
const runsOfProcesses = 25;

const linkModes: Mask = {
  why: 'Linux gives every symbolic link the mode 0777',
  applies: (_, { kind }) => kind === 'symlink',
  without: (facts) => ({ ...facts, mode: 0o777 }),
};
const silentRoot: Mask = {
  why: 'a layer does not list a root that is an ordinary one, and extractors leave it the time of the extraction',
  applies: (path) => path === rootPath,
  without: withoutTime,
};

const oldDirectories: Mask = {
  why: 'libarchive 3.6 does not restore the time of a directory that is there already',
  applies: (_, { kind }) => kind === 'directory',
  without: withoutTime,
};

const addedXattrs: Mask = {
  why: 'tar adds xattrs to a directory that is there already, and removes none',
  applies: (_, { kind }) => kind === 'directory',
  without: withoutXattrs(() => true),
};

interface Layers {
  readonly base: Buffer;
  readonly layer: Buffer;
}

async function layersOf(edit: Edit): Promise<Layers> {
  const contents = new Contents();
  const [base, target] = [contents.treeOf(edit.before.entries()), contents.treeOf(edit.after.entries())];
  return {
    base: await tarOfPlan(contents, flatPlan(base)),
    layer: await tarOfPlan(contents, planBetween(contents, base, target)),
  };
}

function forEdits(count: number, options: EditOptions, check: (edit: Edit, layers: Layers) => Promise<void>) {
  const property = fc.asyncProperty(anyEdit(options), async (edit) => {
    try {
      await check(edit, await layersOf(edit));
    } catch (error) {
      throw new Error(shownEdit(edit), { cause: error });
    }
  });
  return fc.assert(property, { numRuns: count * factor });
}

/** An image of the tree before and the layer over it. */
function withLayout<T>({ base, layer }: Layers, tag: string, use: (layout: string) => Promise<T>): Promise<T> {
  return withPath((layout) => {
    writeLayout(layout, { [tag]: imageOf([layerOf(base, { compression: 'none' }), layerOf(layer)]) });
    return use(layout);
  });
}

void suite('Holdfast unpacks', { skip: !xattrsReadable && 'getfattr is not installed' }, () => {
  void test('the layer between any two trees to the second', () =>
    forEdits(150, { privileged: isRoot, odd: true }, async (edit, layers) => {
      const found = await withLayout(layers, 't', (layout) =>
        withPath(async (directory) => {
          await using image = await openImage(`oci:${layout}:t`);
          await unpack(image, directory, { record: false });
          return listingOfDirectory(directory);
        }),
      );
      assertSameTree(...maskedPair(found, edit.after.listing(), [linkModes]));
    }));
});

for (const peer of peers) {
  void suite(`${peer.name} takes`, { skip: peer.skip }, () => {
    let session: PeerSession;
    before(async () => (session = await peer.start()));
    after(() => session[Symbol.asyncDispose]());

    void test('the layer between any two trees, and shows the second', async () => {
      let number = 0;
      await forEdits(runsOfProcesses, { privileged: true }, async (edit, layers) => {
        const tag = `edit-${++number}`;
        const found = await withLayout(layers, tag, (layout) => session.show(layout, tag));
        assertSameTree(...maskedPair(found, edit.after.listing(), [...peer.masks, linkModes]));
      });
    });
  });
}

/** What tar itself does not know of layers: names that are removed, and directories that something else takes the place of. */
function makeRoom(directory: string, layer: Buffer): void {
  const contents = new Contents();
  const table = contents.index(layer);
  for (let row = 0; row < table.length; row++) {
    const path = join(directory, table.name(row));
    const [kind, there] = [table.kind(row), fs.lstatSync(path, { throwIfNoEntry: false })];
    if (there && !(kind === 'directory' && there.isDirectory())) fs.rmSync(path, { recursive: true });
  }
}

for (const extractor of extractors) {
  void suite(`${extractor.name} extracts`, { skip: whyMissing(extractor) }, () => {
    void test('the layer between any two trees over the first, once what it removes is gone', () =>
      forEdits(runsOfProcesses, { privileged: isRoot }, async (edit, { base, layer }) => {
        const found = await withPath(async (directory) => {
          fs.mkdirSync(directory, { mode: 0o755 });
          extractInto(directory, extractor.command, base);
          makeRoom(directory, layer);
          extractInto(directory, [...extractor.command, '--exclude=.wh.*'], layer);
          return listingOfDirectory(directory);
        });
        const own = extractor.name === 'bsdtar' ? [oldDirectories] : [];
        const masks = [...extractor.masks, linkModes, silentRoot, addedXattrs, ...own];
        assertSameTree(...maskedPair(found, edit.after.listing(), masks));
      }));
  });
}

function extractInto(directory: string, [program = '', ...flags]: readonly string[], archive: Buffer): void {
  const { status, stderr } = spawnSync(program, [...flags, '-f', '-', '-C', directory], { input: archive });
  assert.equal(status, 0, stderr.toString());
}
