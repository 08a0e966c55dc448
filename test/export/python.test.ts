import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { isHoldfastError } from '../../src/base/index.ts';
import { exportToFile } from '../../src/export/index.ts';
import { openImage } from '../../src/image/index.ts';
import { applyInMemory } from '../cases/apply-in-memory.ts';
import {
  applyCases,
  assertSameTree,
  type Facts,
  layerTar,
  listingOfDirectory,
  type TreeListing,
} from '../cases/index.ts';
import { anyStack } from '../tree/any-stack.ts';
import { isRoot, scratch } from '../unpack/scratch.ts';
import { imageOf, layerOf, tarOf, writeLayout } from '../../src/testing/index.ts';

/** As many programs do it, with the filter that trusts an archive. */
const extractAll = `
import os, sys, tarfile
for name in sys.argv[1:]:
    os.mkdir(name + '.d')
    with tarfile.open(name) as archive:
        archive.extractall(name + '.d', numeric_owner=True, filter='fully_trusted')
`;

const cannotRun =
  (!isRoot && 'needs root') ||
  (spawnSync('python3', ['-c', 'import tarfile; tarfile.fully_trusted_filter']).status !== 0 &&
    'there is no python3 whose tarfile has filters');

/** Symbolic links have no mode of their own on Linux; Python knows no xattrs, and keeps times in floating point. */
function asPythonSees(listing: TreeListing): TreeListing {
  const seen = new Map<string, Facts>();
  for (const [name, { group, ...facts }] of listing) {
    const mode = facts.kind === 'symlink' ? 0o777 : facts.mode;
    seen.set(name, { ...facts, mode, mtime: 'any', xattrs: [], ...(group && { group }) });
  }
  return seen as unknown as TreeListing;
}

/** Python sets the mode of a hard link to a symbolic link through that, whatever it leads to. */
function isForPython(tars: readonly Buffer[]): boolean {
  try {
    const { listing } = applyInMemory(tars);
    return ![...listing.values()].some(({ kind, group }) => kind === 'symlink' && group !== undefined);
  } catch (error) {
    if (isHoldfastError(error)) return false;
    throw error;
  }
}

void describe('what python makes of an export', { skip: cannotRun }, () => {
  void it('is the tree, for known and arbitrary stacks of layers', async (t) => {
    const known = applyCases.flatMap(({ layers, expect }) => ('tree' in expect ? [layers.map(layerTar)] : []));
    const arbitrary = fc
      .sample(anyStack({ privileged: true }), 100)
      .map((layers) => layers.map((layer) => tarOf(layer)));
    const stacks = [...known, ...arbitrary].filter(isForPython);
    const directory = scratch(t);
    const layout = path.join(directory, 'layout');
    writeLayout(layout, Object.fromEntries(stacks.map((tars, tag) => [tag, imageOf(tars.map((tar) => layerOf(tar)))])));
    const exported = new Map<string, TreeListing>();
    for (const [tag, tars] of stacks.entries()) {
      await using image = await openImage(`oci:${layout}:${tag}`);
      const file = path.join(directory, `${tag}.tar`);
      await exportToFile(image, file);
      exported.set(file, applyInMemory(tars).listing);
    }
    const done = spawnSync('python3', ['-c', extractAll, ...exported.keys()], { encoding: 'utf8' });
    assert.equal(done.status, 0, done.stderr);
    for (const [file, expected] of exported) {
      assertSameTree(asPythonSees(listingOfDirectory(`${file}.d`)), asPythonSees(expected), file);
    }
    t.diagnostic(`${exported.size} archives`);
    assert.ok(exported.size > 100);
  });
});
