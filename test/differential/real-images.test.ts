/** A real Debian image, through Holdfast's export and through a container that Docker makes of it. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { suite, test } from 'node:test';
import { fromText } from '../../src/base/index.ts';
import { exportToFile } from '../../src/export/index.ts';
import { openImage } from '../../src/image/index.ts';
import { sha256Of } from '../../src/testing/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { assertSameTree, listingOfDirectory, listingOfTar, type TreeListing, xattrsReadable } from '../cases/index.ts';
import { containerMasks } from './container-masks.ts';
import { type Docker, startDocker } from './docker-daemon.ts';
import { extract, extractors, whyMissing as whyExtractorMissing } from './extractors.ts';
import { labImages, whyNoLab } from './lab.ts';
import { type Mask, maskedPair, rootPath, withoutTime } from './masks.ts';
import { withOverlay } from './overlay.ts';
import { whyMissing } from './peers.ts';
import { isRoot, withPath } from './scratch.ts';

const debian = `oci:${labImages}:debian`;
const skip = whyNoLab || (!isRoot && 'needs root') || (!xattrsReadable && 'getfattr is not installed');

let unpacked: Promise<TreeListing> | undefined;

void suite('a real Debian image', { skip }, () => {
  void test('is exported as it is unpacked', async () => {
    await exported(async (file) => assertSameTree(listingOfTar(fs.readFileSync(file)), await ours()));
  });

  void test('is exported as the same bytes by one thread and by several', async () => {
    const digests = [1, 3].map((jobs) => exported(async (file) => sha256Of(fs.readFileSync(file)), jobs));
    assert.equal(new Set(await Promise.all(digests)).size, 1);
  });

  for (const extractor of extractors) {
    void test(`is extracted by ${extractor.name} as it is unpacked`, { skip: whyExtractorMissing(extractor) }, () =>
      exported(async (file) => {
        const silentRoot: Mask = {
          why: 'an implied root is not listed',
          applies: (path) => path === rootPath,
          without: withoutTime,
        };
        const masks = [silentRoot, ...extractor.masks];
        assertSameTree(...maskedPair(await extract(file, extractor), await ours(), masks));
      }),
    );
  }

  void test(
    'is in a Docker container as it is unpacked',
    { skip: whyMissing('skopeo', 'docker', 'dockerd') },
    async () => {
      await using docker: Docker = await startDocker();
      const layers = docker.load(labImages, 'debian').containerLayers();
      const theirs = await withOverlay(layers, async (merged) => listingOfDirectory(merged));
      assert.ok(theirs.has(fromText('.dockerenv')));
      assertSameTree(...maskedPair(theirs, await ours(), containerMasks));
    },
  );
});

/** Unpacked once for all tests. */
function ours(): Promise<TreeListing> {
  unpacked ??= withPath(async (directory) => {
    await using image = await openImage(debian);
    await unpack(image, directory, { record: false });
    return listingOfDirectory(directory);
  });
  return unpacked;
}

async function exported<T>(use: (file: string) => Promise<T>, jobs = 2): Promise<T> {
  return withPath(async (file) => {
    await using image = await openImage(debian);
    await exportToFile(image, file, { jobs });
    return use(file);
  });
}
