import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, it, type TestContext } from 'node:test';
import { type ByteString, defaultLimits, fromText } from '../../src/base/index.ts';
import { host } from '../../src/host/index.ts';
import { contentDigests, resolveLivePaths, scanDirectory } from '../../src/scan/index.ts';
import { lookup } from '../../src/tree/index.ts';
import { scratch } from '../unpack/scratch.ts';
import { scanned } from './live-listing.ts';

/** Directories in directories, and a file in the last; gives its path. */
function deepDirectory(t: TestContext, depth: number, name: string): { directory: string; deepest: ByteString } {
  const directory = scratch(t);
  const { O_RDONLY, O_DIRECTORY, O_WRONLY, O_CREAT } = fs.constants;
  let handle = fs.openSync(directory, O_RDONLY | O_DIRECTORY);
  for (let level = 0; level < depth; level++) {
    host.makeDirectory(handle, name as ByteString, 0o755);
    const next = host.open(handle, name as ByteString, O_RDONLY | O_DIRECTORY);
    fs.closeSync(handle);
    handle = next;
  }
  const file = host.open(handle, fromText('file'), O_WRONLY | O_CREAT, 0o644);
  fs.writeSync(file, 'deep');
  fs.closeSync(file);
  fs.closeSync(handle);
  return { directory, deepest: `${`${name}/`.repeat(depth)}file` as ByteString };
}

void describe('a deep directory', () => {
  void it('is scanned, hashed and resolved far beyond the longest path', async (t) => {
    const { directory, deepest } = deepDirectory(t, 300, 'n'.repeat(100));
    const live = await scanned(t, directory);
    const inode = lookup(live.tree, deepest);
    assert.ok(inode);
    assert.equal(live.rows.path(inode.row), deepest);
    const file = live.open(inode);
    assert.equal(fs.readFileSync(file, 'latin1'), 'deep');
    fs.closeSync(file);
    assert.equal((await contentDigests(live, [inode.row])).size, 1);
    assert.deepEqual(resolveLivePaths(directory, [deepest]), [deepest]);
  });

  void it('may be as deep as the limit, and not deeper', async (t) => {
    const { directory } = deepDirectory(t, 20, 'd');
    const scan = (maxDepth: number) => scanDirectory(directory, { limits: { ...defaultLimits, maxDepth } });
    using live = await scan(21);
    assert.equal(live.rows.length, 22);
    await assert.rejects(scan(20), { code: 'LIMIT_EXCEEDED' });
  });
});
