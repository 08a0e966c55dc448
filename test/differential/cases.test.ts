/** Every case of applying layers, through every path of the engine that ends on a disk or in an archive. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isHoldfastError } from '../../src/base/index.ts';
import { type ApplyCase, applyCases, type Expectation, expectedListing, layerTar } from '../cases/index.ts';
import { assertSamePath, type TreePath, treePaths } from './paths.ts';
import { isRoot, withImage } from './scratch.ts';

for (const path of treePaths) {
  void suite(`through ${path.name}`, () => {
    for (const given of applyCases) {
      const { id, title } = given;
      void test(`${id}: ${title}`, { skip: whySkipped(given, path) }, () => check(given, path));
    }
  });
}

function whySkipped(given: ApplyCase, path: TreePath): string | false {
  if (path.skip !== false) return path.skip;
  const expected = expectationOf(given, path);
  const isLossy = 'error' in expected && expected.error === 'HOST_LOSS';
  return !isRoot && path.name !== 'export' && (isLossy || given.needsRoot === true) && 'needs root';
}

async function check(given: ApplyCase, path: TreePath): Promise<void> {
  const expected = expectationOf(given, path);
  const layers = given.layers.map(layerTar);
  const listing = withImage(layers, (image) => path.run(image, given.onConflict));
  if ('error' in expected) {
    await assert.rejects(listing, (error) => {
      assert.ok(isHoldfastError(error), String(error));
      assert.equal(error.code, expected.error, error.message);
      return true;
    });
    return;
  }
  assertSamePath(path, await listing, expectedListing(expected.tree));
}

function expectationOf({ expect, onDisk }: ApplyCase, path: TreePath): Expectation {
  return path.gives === 'disk' ? (onDisk ?? expect) : expect;
}
