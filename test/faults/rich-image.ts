/** A small image in which everything occurs whose making can fail, and the tree it means. */
import { type BuiltLayer, type EntrySpec, layerOf } from '../../src/testing/index.ts';
import {
  blockDevice,
  charDevice,
  directory,
  fifo,
  file,
  hardlink,
  opaque,
  sparseFile,
  symlink,
  whiteout,
} from '../../src/testing/index.ts';
import { expectedListing, type TreeListing } from '../cases/expected-tree.ts';

export interface RichImage {
  readonly layers: readonly BuiltLayer[];
  readonly tree: TreeListing;
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** What root can make, owned by several users. */
export function richImage(): RichImage {
  return imageOwnedBy({ uid: 1000, gid: 100 }, [
    charDevice('dev/null', 1, 3, { mode: 0o666 }),
    blockDevice('dev/disk', 8, 1, { mode: 0o660, gid: 6 }),
    symlink('with-xattr', 'gone', { xattrs: { 'trusted.note': 'x' } }),
  ]);
}

/** What this owner can make without privilege. */
export function plainImage(owner: Owner): RichImage {
  return imageOwnedBy(owner, []);
}

function imageOwnedBy(owner: Owner, privileged: readonly EntrySpec[]): RichImage {
  const root = directory('./', { mode: 0o750, ...owner });
  const kept = [
    directory('bin/', { ...owner, mode: 0o555 }),
    file('bin/git', 'git', { ...owner, mode: 0o4755, xattrs: { 'user.kind': 'tool' } }),
    fifo('pipe', { ...owner, mode: 0o600 }),
    sparseFile('holes', 300_000, [{ offset: 200_000, data: 'in the middle' }], owner),
    file('empty', '', { ...owner, mode: 0o400 }),
  ];
  const lower = [
    root,
    ...kept,
    hardlink('bin/git-log', 'bin/git'),
    hardlink('bin/git-show', 'bin/git'),
    symlink('usr', 'bin', owner),
    directory('cache/', owner),
    file('cache/old', 'old', owner),
    directory('dev/', owner),
    ...privileged,
  ];
  const upper = [whiteout('bin/git-show'), opaque('cache'), file('cache/new', 'new', { ...owner, mtime: -1 })];
  const tree = [
    root,
    ...kept,
    hardlink('bin/git-log', 'bin/git'),
    symlink('usr', 'bin', owner),
    directory('cache/', owner),
    file('cache/new', 'new', { ...owner, mtime: -1 }),
    directory('dev/', owner),
    ...privileged,
  ];
  return { layers: [layerOf(lower), layerOf(upper)], tree: expectedListing(tree) };
}
