import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, beforeEach, suite, test } from 'node:test';
import { defaultLimits, isHoldfastError, type Note } from '../../src/base/index.ts';
import { openImage } from '../../src/image/index.ts';
import { cacheDirectory } from '../../src/layer/index.ts';
import { loadRootfs, mergeLayers, type Rootfs, type RootfsOptions } from '../../src/rootfs/index.ts';
import {
  directory,
  file,
  hardlink,
  imageOf,
  layerOf,
  symlink,
  whiteout,
  writeLayout,
} from '../../src/testing/index.ts';
import { diffTrees, isEmptyDiff, linkGroups, lookup, walk } from '../../src/tree/index.ts';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'holdfast-trees-'));
process.env['XDG_CACHE_HOME'] = path.join(scratch, 'cache');
after(() => fs.rmSync(scratch, { recursive: true, force: true }));

const names = Array.from({ length: 4200 }, (_, at) => `usr/share/${at % 40}/file-${at}`);
const lower = layerOf([
  directory('bin/', { mode: 0o700 }),
  symlink('lib', 'usr/lib'),
  ...names.map((name, at) => file(name, String(at))),
]);
const upper = layerOf([
  ...names.slice(0, 10).map((name, at) => hardlink(`links/${at}`, name)),
  whiteout('usr/share/13/file-13'),
  whiteout('absent/name'),
  file('lib/below-a-link', 'x'),
]);
const many = path.join(scratch, 'many');
writeLayout(many, { t: imageOf([lower, upper]) });
const few = path.join(scratch, 'few');
writeLayout(few, { t: imageOf([layerOf([file('a', 'x')])]) });

async function withRootfs<Result>(
  layout: string,
  use: (rootfs: Rootfs, merged: Rootfs) => Result,
  options: RootfsOptions = {},
): Promise<Result> {
  await using image = await openImage(`oci:${layout}:t`);
  const rootfs = await loadRootfs(image, options);
  const { limits = defaultLimits, onConflict } = options;
  return use(rootfs, mergeLayers(image, rootfs.indexes, { limits, onConflict }));
}

function assertSame(rootfs: Rootfs, merged: Rootfs): void {
  const shown = ({ tree }: Rootfs): unknown[] =>
    [...walk(tree)].map(({ path: name, inode }) => [name, inode.layer, inode.row, inode.kind, inode.isImplied]);
  const groups = ({ tree }: Rootfs): unknown[] => linkGroups(tree).map(({ paths }) => paths);
  const noted = ({ notes }: Rootfs): readonly Note[] => notes.notes;
  assert.deepEqual(shown(rootfs), shown(merged));
  assert.deepEqual(groups(rootfs), groups(merged));
  assert.deepEqual(noted(rootfs), noted(merged));
  assert.equal(rootfs.tree.layers, merged.tree.layers);
  assert.ok(isEmptyDiff(diffTrees(merged.tree, rootfs.tree, { sameContent: () => false })));
}

const kept = (): string[] => (fs.existsSync(cacheDirectory('trees')) ? fs.readdirSync(cacheDirectory('trees')) : []);
const onlyFile = (): string => path.join(cacheDirectory('trees'), kept()[0] ?? '');

void suite('the tree of a known image', () => {
  beforeEach(() => fs.rmSync(cacheDirectory('trees'), { recursive: true, force: true }));

  void test('is kept when it is looked at a second time, and is the same when it is read again', async () => {
    fs.rmSync(cacheDirectory('layers'), { recursive: true, force: true });
    for (const files of [0, 1, 1]) {
      await withRootfs(many, assertSame);
      assert.equal(kept().length, files);
    }
  });

  void test('has the names of one inode lead to one inode, whichever is looked at first', async () => {
    await withRootfs(many, () => {});
    for (const [one, other] of [
      ['links/1', 'usr/share/1/file-1'],
      ['usr/share/2/file-2', 'links/2'],
    ] as const) {
      await withRootfs(many, ({ tree }) => {
        const first = lookup(tree, one as never);
        assert.ok(first);
        assert.equal(lookup(tree, other as never), first);
        assert.ok(tree.linked.has(first));
      });
    }
  });

  void test('is another one where conflicts are decided in another way', async () => {
    await withRootfs(many, assertSame);
    await withRootfs(many, assertSame, { onConflict: 'follow' });
    assert.equal(kept().length, 2);
    const refused = withRootfs(many, () => {}, { onConflict: 'error' });
    await assert.rejects(refused, (error) => isHoldfastError(error, 'CONFLICT_REFUSED'));
    assert.equal(kept().length, 2);
  });

  void test('is not taken under tighter limits than it was made under', async () => {
    await withRootfs(many, assertSame);
    const limits = { ...defaultLimits, maxDepth: 2 };
    const refused = withRootfs(many, () => {}, { limits });
    await assert.rejects(refused, (error) => isHoldfastError(error, 'LIMIT_EXCEEDED'));
  });

  void test('is made anew where the file is damaged', async () => {
    await withRootfs(many, assertSame);
    const whole = fs.readFileSync(onlyFile());
    const flipped = Buffer.from(whole);
    flipped[whole.length >> 1] = (flipped[whole.length >> 1] ?? 0) ^ 1;
    for (const damaged of [flipped, whole.subarray(0, -1), Buffer.alloc(0), Buffer.alloc(whole.length)]) {
      fs.writeFileSync(onlyFile(), damaged);
      await withRootfs(many, assertSame);
      assert.deepEqual(fs.readFileSync(onlyFile()), whole);
    }
  });

  void test('is not kept where laying the layers takes no longer than reading it', async () => {
    await withRootfs(few, assertSame);
    assert.deepEqual(kept(), []);
  });

  void test('is not needed: where it cannot be kept, everything works without', async () => {
    fs.writeFileSync(cacheDirectory('trees'), 'a file in the way');
    await withRootfs(many, assertSame);
    fs.rmSync(cacheDirectory('trees'));
  });
});
