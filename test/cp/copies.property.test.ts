/** Copies between any two trees, through files and back: nothing of it knows which way the copy was executed. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { isHoldfastError } from '../../src/base/index.ts';
import { copyPaths } from '../../src/cp/index.ts';
import { openImage } from '../../src/image/index.ts';
import { imageOf, layerOf, tarOf, writeLayout } from '../../src/testing/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { assertSameTree, listingOfDirectory } from '../cases/index.ts';
import { anyEdit, shownEdit } from '../tree/any-edit.ts';
import type { Model } from '../tree/model.ts';
import { referenceCopy, type ReferenceRequest } from '../tree/reference-copy.ts';
import { isRoot, remove, scratch } from '../unpack/scratch.ts';
import { listingOf } from './copied.ts';

/** HOLDFAST_FUZZ=20 runs twenty times as many. */
const factor = Number(process.env['HOLDFAST_FUZZ'] ?? 1);

const part = fc.constantFrom('a', 'b', 'a-b', 'c', 'a', 'b', '..');
const anyPath = fc.array(part, { maxLength: 3 }).map((parts) => parts.join('/'));
const anyRequest: fc.Arbitrary<ReferenceRequest> = fc.record({
  sources: fc.array(fc.oneof(fc.constant('/'), anyPath), { minLength: 1, maxLength: 2 }),
  dest: fc.tuple(anyPath, fc.constantFrom('', '', '/')).map((parts) => `/${parts.join('')}`),
  onConflict: fc.constantFrom('follow', 'follow', 'replace', 'error'),
  clear: fc.constantFrom(false, false, false, true),
});

interface Case {
  readonly into: Model;
  readonly from: Model;
  readonly request: ReferenceRequest;
  /** Where there is place for it. */
  readonly directory: string;
}

async function forCopies(t: TestContext, runs: number, check: (given: Case) => Promise<void>): Promise<void> {
  const tree = anyEdit({ privileged: true, links: true });
  const property = fc.asyncProperty(tree, tree, anyRequest, async ({ after: into }, { after: from }, request) => {
    const directory = scratch(t);
    try {
      await check({ into, from, request, directory });
    } catch (error) {
      const shown = shownEdit({ before: into, after: from, steps: [] });
      throw new Error(`${JSON.stringify(request)}\n${shown}`, { cause: error });
    } finally {
      remove(directory);
      fs.mkdirSync(directory);
    }
  });
  await fc.assert(property, { numRuns: runs * factor });
}

/** The plan of a copy whose result is in `out`; the code of the error where there is one. */
async function attempt({ into, from, request, directory }: Case): Promise<string> {
  writeLayout(path.join(directory, 'base'), { v1: imageOf([layerOf(into.entries())]) });
  fs.writeFileSync(path.join(directory, 'from.tar'), tarOf(from.entries()));
  try {
    const [base, out] = ['base:v1', 'out:made'].map((name) => `oci:${directory}/${name}`);
    const source = `tar:${directory}/from.tar`;
    const { images } = await copyPaths(source, base ?? '', out ?? '', { ...request, compression: 'none', jobs: 1 });
    return images[0]?.plan.execution ?? 'none';
  } catch (error) {
    assert.ok(isHoldfastError(error), String(error));
    assert.equal(fs.existsSync(path.join(directory, 'out')), false);
    return error.code === 'SOURCE_NOT_FOUND' ? 'PATH_NOT_FOUND' : error.code;
  }
}

void test('an image that was copied into is what a naive reading of the rules gives', async (t) => {
  const met = new Map<string, number>();
  await forCopies(t, 40, async (given) => {
    const expected = referenceCopy(given.into, given.from, given.request);
    const outcome = await attempt(given);
    met.set(outcome, (met.get(outcome) ?? 0) + 1);
    if ('error' in expected) assert.equal(outcome, expected.error);
    else assertSameTree(await listingOf(`oci:${given.directory}/out:made`), expected.tree.listing());
  });
  for (const outcome of ['merge', 'copy'])
    assert.ok(met.has(outcome), `${outcome} is not among ${[...met.keys()].join(', ')}`);
});

void test('and so is what is unpacked of it', { skip: !isRoot && 'devices and owners need root' }, async (t) => {
  await forCopies(t, 10, async (given) => {
    const expected = referenceCopy(given.into, given.from, given.request);
    await attempt(given);
    if ('error' in expected) return;
    await using image = await openImage(`oci:${given.directory}/out:made`);
    const root = path.join(given.directory, 'root');
    await unpack(image, root, { record: false, allowLossy: true });
    const listing = listingOfDirectory(root);
    const modeless = (tree: typeof listing) =>
      new Map(
        [...tree].map(([name, facts]) => [name, facts.kind === 'symlink' ? { ...facts, mode: 0, xattrs: [] } : facts]),
      );
    assertSameTree(modeless(listing), modeless(expected.tree.listing()));
  });
});
