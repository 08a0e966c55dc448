/** Copies into images that are built for it, and what becomes of them: the whole tree, and the layer. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { copyPaths, type CopyPathsOptions, type CopyPathsResult } from '../../src/cp/index.ts';
import { type EntrySpec, tarOf } from '../../src/testing/index.ts';
import { listingOfTar, type TreeListing } from '../cases/index.ts';
import { entriesOf, exported } from '../edit/images.ts';
import { type Layers, layoutWith, scratch } from '../unpack/scratch.ts';

export interface Copy {
  /** The layers of the image; a list of entries is one layer. */
  readonly into?: readonly EntrySpec[] | Layers;
  /** What is copied from: entries, which become a flat tar, or any reference. */
  readonly from: readonly EntrySpec[] | string;
  readonly sources: string | readonly string[];
  readonly dest: string;
  readonly options?: Omit<CopyPathsOptions, 'sources' | 'dest'>;
}

export interface Copied extends CopyPathsResult {
  readonly reference: string;
  readonly listing: TreeListing;
  /** What is in the layers that are new, such as `file bin/sh`. */
  readonly entries: readonly string[];
}

export async function copied(t: TestContext, copy: Copy): Promise<Copied> {
  const { into = [], from, dest, options = {} } = copy;
  const base = layoutWith(t, layersOf(into));
  const reference = `oci:${path.join(scratch(t), 'out')}:made`;
  const result = await copyPaths(typeof from === 'string' ? from : tarWith(t, from), base, reference, {
    ...options,
    sources: [copy.sources].flat(),
    dest,
  });
  const [image] = result.images;
  const kept = image?.layers.filter(({ origin }) => origin === 'kept').length ?? 0;
  assert.equal(kept, layersOf(into).length, 'the layers of the image stay');
  const entries: string[] = [];
  for (let at = kept; at < (image?.layers.length ?? 0); at++) entries.push(...(await entriesOf(reference, at + 1)));
  return { ...result, reference, listing: await listingOf(reference), entries };
}

/** A flat tar of these entries. */
export function tarWith(t: TestContext, entries: readonly EntrySpec[]): string {
  const file = path.join(scratch(t), 'from.tar');
  fs.writeFileSync(file, tarOf(entries));
  return `tar:${file}`;
}

/** The whole tree of an image, as its export has it. */
export async function listingOf(reference: string, platform?: string): Promise<TreeListing> {
  return listingOfTar(await exported(reference, platform));
}

function layersOf(into: readonly EntrySpec[] | Layers): Layers {
  const [first] = into;
  if (first === undefined) return [];
  return Array.isArray(first) || 'tar' in first ? (into as Layers) : [into as readonly EntrySpec[]];
}
