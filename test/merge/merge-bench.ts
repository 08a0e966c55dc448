/** Trees to merge, and what became of them. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { type MergeOptions, mergeReferences, type MergeResult } from '../../src/merge/index.ts';
import {
  type BuiltImage,
  type BuiltIndex,
  type EntrySpec,
  imageOf,
  layerOf,
  tarOf,
  writeLayout,
} from '../../src/testing/index.ts';
import { assertSameTree, expectedListing, listingOfTar, type TreeListing } from '../cases/index.ts';
import { exported } from '../edit/images.ts';
import { places, type Places } from '../transfer/places.ts';
import '../inspect/example.ts';

export type Entries = readonly EntrySpec[];

export interface MergeBench extends Places {
  /** Puts images into one layout; gives the reference to one of them. */
  image(name: string, image: BuiltImage | BuiltIndex, layout?: string): string;
  /** The same of entries, a layer each. */
  layers(name: string, ...layers: readonly Entries[]): string;
  /** An archive of entries. */
  tar(name: string, entries: Entries | Buffer): string;
  /** A free place in a layout. */
  to(name: string, layout?: string): string;
  merge(inputs: readonly string[], to: string, options?: MergeOptions): Promise<MergeResult>;
}

export async function mergeBench(test: TestContext): Promise<MergeBench> {
  const all = await places(test);
  const { directory, network } = all;
  const to = (name: string, layout = 'images'): string => `oci:${path.join(directory, layout)}:${name}`;
  const image: MergeBench['image'] = (name, built, layout = 'images') => {
    addToLayout(path.join(directory, layout), name, built);
    return to(name, layout);
  };
  return {
    ...all,
    to,
    image,
    layers: (name, ...layers) => image(name, imageOf(layers.map((entries) => layerOf(entries)))),
    tar: (name, entries) => {
      const file = path.join(directory, name);
      fs.writeFileSync(file, Buffer.isBuffer(entries) ? entries : tarOf(entries as EntrySpec[]));
      return file;
    },
    merge: (inputs, target, options = {}) => mergeReferences(inputs, target, { network, ...options }),
  };
}

interface IndexFile {
  readonly manifests: readonly object[];
}

/** The builder writes whole layouts. */
function addToLayout(directory: string, name: string, image: BuiltImage | BuiltIndex): void {
  const file = path.join(directory, 'index.json');
  const read = (): IndexFile => JSON.parse(fs.readFileSync(file, 'utf8')) as IndexFile;
  const before = fs.existsSync(file) ? read().manifests : [];
  writeLayout(directory, { [name]: image });
  const after = read();
  fs.writeFileSync(file, JSON.stringify({ ...after, manifests: [...before, ...after.manifests] }));
}

export async function treeOf(reference: string, platform?: string): Promise<TreeListing> {
  return listingOfTar(await exported(reference, platform));
}

/** Merges within one layout and compares with the tree of these entries. */
export async function assertMerged(bench: MergeBench, inputs: readonly string[], expected: Entries): Promise<void> {
  await bench.merge(inputs, bench.to('merged'));
  assertSameTree(await treeOf(bench.to('merged')), expectedListing(expected));
}

/** What identifies each blob of a layout and shows whether it was touched. */
export function blobFacts(bench: Places, layout: string): ReadonlyMap<string, string> {
  const blobs = path.join(bench.directory, layout, 'blobs/sha256');
  return new Map(
    fs.readdirSync(blobs).map((name) => {
      const { ino, size, mtimeMs } = fs.statSync(path.join(blobs, name));
      return [name, `${ino} ${size} ${mtimeMs}`];
    }),
  );
}

export function assertUntouched(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): void {
  for (const [name, facts] of before) assert.equal(after.get(name), facts, name);
}
