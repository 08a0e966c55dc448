import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fromText } from '../../src/base/index.ts';
import { contentDigests } from '../../src/scan/index.ts';
import { lookup, walk } from '../../src/tree/index.ts';
import { scratch } from '../unpack/scratch.ts';
import { problemsOf, scanned } from './live-listing.ts';

const inMemory = fs.existsSync('/dev/shm') ? '/dev/shm' : undefined;

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Files of these sizes, in some directories. */
function directoryWith(t: TestContext, sizes: readonly number[]): string {
  const directory = scratch(t, inMemory);
  for (const [number, size] of sizes.entries()) {
    const parent = path.join(directory, `d-${number % 7}`);
    fs.mkdirSync(parent, { recursive: true });
    fs.writeFileSync(path.join(parent, String(number)), randomBytes(size));
  }
  return directory;
}

const block = 512 * 1024;

void describe('the digests of scanned files', () => {
  void it('are those of their content, at every size, by however many threads', async (t) => {
    const large = [block - 1, block, block + 1, 1024 * 1024, 3 * block, 5_000_001];
    const directory = directoryWith(t, [0, 1, 63, 64, 65, 4096, ...large, ...Array.from({ length: 300 }, (_, n) => n)]);
    const live = await scanned(t, directory);
    const files = [...walk(live.tree)].filter(({ inode }) => inode.kind === 'file');
    for (const jobs of [1, 2, 4]) {
      const digests = await contentDigests(live, Array.from({ length: live.rows.length }).keys(), { jobs });
      assert.deepEqual([digests.size, digests.problems], [files.length, []]);
      for (const { path: name, inode } of files) {
        const content = fs.readFileSync(path.join(directory, name));
        assert.equal(digests.get(inode.row), sha256(content), name);
        assert.equal(Buffer.from(digests.bytes(inode.row) ?? []).length, 32);
      }
    }
  });

  void it('count holes as zeros', async (t) => {
    const directory = scratch(t, inMemory);
    fs.writeFileSync(path.join(directory, 'holes'), 'x');
    fs.truncateSync(path.join(directory, 'holes'), 3_000_000);
    const live = await scanned(t, directory);
    const row = lookup(live.tree, fromText('holes'))?.row ?? 0;
    const expected = sha256(Buffer.concat([Buffer.from('x'), Buffer.alloc(2_999_999)]));
    assert.equal((await contentDigests(live, [row, row])).get(row), expected);
  });

  void it('are there for the rows that were asked for, and for files only', async (t) => {
    const directory = directoryWith(t, [1, 2, 3]);
    const live = await scanned(t, directory);
    const row = lookup(live.tree, fromText('d-1/1'))?.row ?? 0;
    const digests = await contentDigests(live, [row, 0, 1_000_000]);
    assert.deepEqual([digests.size, digests.problems], [1, []]);
    assert.equal(digests.get(0), undefined);
    assert.equal((await contentDigests(live, [])).size, 0);
  });

  void it('miss what a writer changes while it is read', async (t) => {
    const directory = directoryWith(t, [1]);
    fs.truncateSync(path.join(directory, 'd-0/0'), 200 * 1024 * 1024);
    const live = await scanned(t, directory);
    const row = lookup(live.tree, fromText('d-0/0'))?.row ?? 0;
    const hashing = contentDigests(live, [row], { jobs: 1 });
    await new Promise((resolve) => setTimeout(resolve, 1));
    fs.writeFileSync(path.join(directory, 'd-0/0'), 'other', { flag: 'r+' });
    const digests = await hashing;
    assert.deepEqual([digests.size, problemsOf(digests)], [0, ['changed d-0/0']]);
  });

  void it('are given up when that is wanted, with the reason, and leave no file open', async (t) => {
    const directory = directoryWith(
      t,
      Array.from({ length: 30 }, () => 1_000_000),
    );
    const live = await scanned(t, directory);
    const rows = [...walk(live.tree)].map(({ inode }) => inode.row);
    const reason = new Error('enough');
    const before = openBelow(directory);
    await assert.rejects(contentDigests(live, rows, { signal: AbortSignal.abort(reason) }), reason);
    for (const delay of [0, 2, 10]) {
      const controller = new AbortController();
      setTimeout(() => controller.abort(reason), delay);
      const hashing = contentDigests(live, rows, { jobs: 2, signal: controller.signal });
      await hashing.catch((error: unknown) => assert.equal(error, reason));
    }
    assert.deepEqual(openBelow(directory), before);
  });
});

/** What this process has open in a directory; threads that have just ended may still have handles of their own. */
function openBelow(directory: string): string[] {
  return fs
    .readdirSync('/proc/self/fd')
    .map((fd) => {
      try {
        return fs.readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return '';
      }
    })
    .filter((target) => target.startsWith(directory))
    .sort();
}
