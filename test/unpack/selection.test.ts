import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { directory, type EntrySpec, file, hardlink, symlink } from '../../src/testing/index.ts';
import { exportTo } from '../../src/export/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { assertSameTree, expectedListing, listingOfDirectory, listingOfTar } from '../cases/expected-tree.ts';
import { imageWith, scratch } from './scratch.ts';

const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
const root = directory('./', own);
const bin = directory('bin/', { ...own, mode: 0o555 });
const lib = directory('lib/', own);
const git = file('bin/git', 'git', own);
const entries = [
  root,
  bin,
  lib,
  git,
  hardlink('lib/git-core', 'bin/git'),
  hardlink('lib/git-log', 'bin/git'),
  file('lib/other', 'other', own),
  file('.hidden', 'hidden', own),
  symlink('usr', 'lib', own),
];

interface Selection {
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
}

/** Unpacks and exports the selection. */
async function gives(t: TestContext, selection: Selection, expected: readonly EntrySpec[]): Promise<void> {
  const image = await imageWith(t, [entries]);
  const target = path.join(scratch(t), 'root');
  const { entries: count } = await unpack(image, target, selection);
  assert.equal(count, expected.length);
  assertSameTree(listingOfDirectory(target), expectedListing(expected));
  const chunks: Uint8Array[] = [];
  const take = async (archive: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of archive) chunks.push(chunk);
  };
  await exportTo(image, take, selection);
  assertSameTree(listingOfTar(Buffer.concat(chunks)), expectedListing(expected));
}

void describe('a selection of paths', () => {
  void it('keeps links of each other whose body is excluded, with the content', (t) =>
    gives(t, { exclude: ['bin'] }, [
      root,
      lib,
      file('lib/git-core', 'git', own),
      hardlink('lib/git-log', 'lib/git-core'),
      file('lib/other', 'other', own),
      file('.hidden', 'hidden', own),
      symlink('usr', 'lib', own),
    ]));

  void it('makes an ordinary file of the only link that is left', (t) =>
    gives(t, { include: ['lib/git-log'] }, [root, lib, file('lib/git-log', 'git', own)]));

  void it('keeps the attributes of directories above what is included', (t) =>
    gives(t, { include: ['/bin/git'] }, [root, bin, git]));

  void it('takes what is included with everything below it, and excludes from that', (t) =>
    gives(t, { include: ['lib/'], exclude: ['lib/git-*'] }, [root, lib, file('lib/other', 'other', own)]));

  void it('matches names that begin with a dot, too', (t) =>
    gives(t, { include: ['*hidden'] }, [root, file('.hidden', 'hidden', own)]));

  void it('of nothing leaves the root', (t) => gives(t, { include: ['nothing'] }, [root]));
});
