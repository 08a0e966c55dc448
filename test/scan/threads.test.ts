import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { defaultLimits } from '../../src/base/index.ts';
import { type LiveTree, scanDirectory } from '../../src/scan/index.ts';
import { linkGroups, walk } from '../../src/tree/index.ts';
import { scratch } from '../unpack/scratch.ts';
import { scanned } from './live-listing.ts';

const inMemory = fs.existsSync('/dev/shm') ? '/dev/shm' : undefined;

/** Wide and deep enough that several threads have to share it; every eighth file is a link to one elsewhere. */
function largeDirectory(t: TestContext, directories = 150, files = 50): string {
  const directory = scratch(t, inMemory);
  for (let number = 0; number < directories; number++) {
    const parent = path.join(directory, `one-${number % 3}`, `${number % 20}`, `d-${number}`);
    fs.mkdirSync(parent, { recursive: true });
    for (let at = 0; at < files; at++) {
      const name = path.join(parent, `file-${at}`);
      if (at % 8 === 7) fs.linkSync(path.join(directory, 'one-0', '0', 'd-0', `file-${at % 5}`), name);
      else fs.closeSync(fs.openSync(name, 'w'));
    }
  }
  return directory;
}

function everythingIn({ tree, rows, problems }: LiveTree): unknown {
  return {
    entries: [...walk(tree)].map(({ path, inode }) => [path, inode.row, inode.kind, inode.mode, inode.mtime]),
    identities: Array.from({ length: rows.length }, (_, row) => rows.identity(row)),
    groups: linkGroups(tree).map(({ paths }) => paths),
    problems,
  };
}

void describe('a scan by several threads', () => {
  void it('gives the same rows and the same tree as one by a single thread', async (t) => {
    const directory = largeDirectory(t);
    const expected = everythingIn(await scanned(t, directory, { jobs: 1 }));
    for (const jobs of [2, 4]) assert.deepEqual(everythingIn(await scanned(t, directory, { jobs })), expected);
  });

  void it('closes every handle', async (t) => {
    const directory = largeDirectory(t);
    // Only those of the scan: threads that have just ended may still have handles of their own.
    const open = (): string[] =>
      fs
        .readdirSync('/proc/self/fd')
        .map(targetOf)
        .filter((target) => target.startsWith(directory));
    for (const jobs of [1, 3]) (await scanDirectory(directory, { jobs }))[Symbol.dispose]();
    const limits = { ...defaultLimits, maxEntries: 6000 };
    await assert.rejects(scanDirectory(directory, { jobs: 3, limits }), { code: 'LIMIT_EXCEEDED' });
    assert.deepEqual(open(), []);
  });

  void it('counts entries over all of them', async (t) => {
    const directory = largeDirectory(t);
    for (const jobs of [1, 3]) {
      using live = await scanDirectory(directory, { jobs });
      const names = [...walk(live.tree)].length;
      const scan = (maxEntries: number) => scanDirectory(directory, { jobs, limits: { ...defaultLimits, maxEntries } });
      using again = await scan(names);
      assert.equal(again.rows.length, live.rows.length);
      await assert.rejects(scan(names - 1), { code: 'LIMIT_EXCEEDED' });
    }
  });

  void it('stops when it is told to, with the reason it was given', async (t) => {
    const directory = largeDirectory(t);
    const reason = new Error('enough');
    await assert.rejects(scanDirectory(directory, { signal: AbortSignal.abort(reason) }), reason);
    for (const delay of [0, 5, 20, 40]) {
      const controller = new AbortController();
      setTimeout(() => controller.abort(reason), delay);
      const scan = scanDirectory(directory, { jobs: 2, signal: controller.signal });
      await scan.then(
        (live) => live[Symbol.dispose](),
        (error: unknown) => assert.equal(error, reason),
      );
    }
  });
});

/** What an open file of this process is; nothing when it was closed meanwhile. */
function targetOf(fd: string): string {
  try {
    return fs.readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}
