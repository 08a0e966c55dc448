/** Every way from layers to a tree that ends on a disk or in an archive. */
import fs from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { exportToFile } from '../../src/export/index.ts';
import type { Image } from '../../src/image/index.ts';
import { loadRootfs } from '../../src/rootfs/index.ts';
import type { OnConflict } from '../../src/tree/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import {
  assertSameTree,
  impliedDirectory,
  listingOfDirectory,
  listingOfTar,
  type TreeListing,
  xattrsReadable,
} from '../cases/index.ts';
import { extract, extractors, whyMissing } from './extractors.ts';
import { type Mask, maskedPair, rootPath, withoutOwner, withoutTime } from './masks.ts';
import { isRoot, withPath } from './scratch.ts';

export interface TreePath {
  readonly name: string;
  /** Why it cannot be walked here; false where it can. */
  readonly skip: string | false;
  /** Whether it gives what Holdfast leaves on a disk, or what its archive says. */
  readonly gives: 'disk' | 'archive';
  /** Facts in which its result may differ. */
  readonly masks: readonly Mask[];
  readonly run: (image: Image, onConflict?: OnConflict) => Promise<TreeListing>;
}

const notRoot: Mask = { why: 'only root can set owners', applies: () => !isRoot, without: withoutOwner };
const linkModes: Mask = {
  why: 'Linux gives every symbolic link the mode 0777',
  applies: (_, { kind }) => kind === 'symlink',
  without: (facts) => ({ ...facts, mode: 0o777 }),
};
const silentRoot: Mask = {
  why: 'an archive does not list an implied root, and extractors leave it the time of the extraction',
  applies: (path) => path === rootPath,
  without: withoutTime,
};

export const treePaths: readonly TreePath[] = [
  {
    name: 'unpack',
    skip: !xattrsReadable && 'getfattr is not installed',
    gives: 'disk',
    masks: [notRoot, linkModes],
    run: unpacked,
  },
  {
    name: 'unpack of a known image',
    skip: !xattrsReadable && 'getfattr is not installed',
    gives: 'disk',
    masks: [notRoot, linkModes],
    run: async (image, onConflict = 'replace') => {
      await loadRootfs(image, { onConflict });
      return unpacked(image, onConflict);
    },
  },
  {
    name: 'export',
    skip: false,
    gives: 'archive',
    masks: [],
    run: (image, onConflict) => exported(image, onConflict, async (file) => listingOfTar(fs.readFileSync(file))),
  },
  ...extractors.map((extractor): TreePath => ({
    name: `export and ${extractor.name}`,
    skip: whyMissing(extractor),
    gives: 'archive',
    masks: [notRoot, linkModes, silentRoot, ...extractor.masks],
    run: (image, onConflict) => exported(image, onConflict, (file) => extract(file, extractor)),
  })),
];

/** @throws an AssertionError that lists every difference that no mask of the path explains. */
export function assertSamePath(path: TreePath, actual: TreeListing, expected: TreeListing): void {
  const isSilent = isDeepStrictEqual(expected.get(rootPath), impliedDirectory);
  const masks = path.masks.filter((mask) => mask !== silentRoot || isSilent);
  assertSameTree(...maskedPair(actual, expected, masks), `the tree of ${path.name}`);
}

async function unpacked(image: Image, onConflict: OnConflict = 'replace'): Promise<TreeListing> {
  return withPath(async (directory) => {
    await unpack(image, directory, { onConflict, record: false, allowLossy: !isRoot });
    return listingOfDirectory(directory);
  });
}

async function exported(
  image: Image,
  onConflict: OnConflict = 'replace',
  read: (file: string) => Promise<TreeListing>,
): Promise<TreeListing> {
  return withPath(async (file) => {
    await exportToFile(image, file, { onConflict });
    return read(file);
  });
}
