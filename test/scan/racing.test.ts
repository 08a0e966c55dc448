/** Directories that change while they are scanned. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fromText } from '../../src/base/index.ts';
import { contentDigests, scanDirectory } from '../../src/scan/index.ts';
import { lookup, walk } from '../../src/tree/index.ts';
import { scratch } from '../unpack/scratch.ts';
import { problemsOf, scanned } from './live-listing.ts';

const inMemory = fs.existsSync('/dev/shm') ? '/dev/shm' : undefined;

/** A program that changes a directory without end. It has to end before the directory is removed. */
async function meddler(directory: string, body: string): Promise<AsyncDisposable> {
  const script = `const fs = require('node:fs'); process.chdir(${JSON.stringify(directory)});
    const quietly = (action) => { try { action(); } catch {} };
    console.log('ready'); for (let round = 0; ; round++) { ${body} }`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  await once(child.stdout, 'data');
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Every path that comes out is one that was ever there, every problem is one of the race. */
async function scanAgainAndAgain(directory: string, isPossible: (path: string, kind: string) => boolean) {
  const problems = new Set<string>();
  for (let round = 0; round < 60; round++) {
    using live = await scanDirectory(directory, { jobs: 2 });
    for (const { path, inode } of walk(live.tree)) assert.ok(isPossible(path, inode.kind), `${inode.kind} ${path}`);
    for (const problem of live.problems) problems.add(problem.kind);
    for (const { path } of live.problems) assert.equal(lookup(live.tree, path), undefined);
  }
  return problems;
}

void describe('a scan of what changes meanwhile', () => {
  void it('gives what was there when it looked, when directories come and go', async (t) => {
    const directory = scratch(t, inMemory);
    fs.mkdirSync(path.join(directory, 'steady/a/b'), { recursive: true });
    await using _ = await meddler(
      directory,
      `const name = 'd' + round % 50; quietly(() => fs.mkdirSync(name + '/x/y', { recursive: true }));
      quietly(() => fs.writeFileSync(name + '/x/y/z', '1')); quietly(() => fs.symlinkSync('z', name + '/l'));
      quietly(() => fs.rmSync('d' + (round + 25) % 50, { recursive: true, force: true }));`,
    );
    const kinds: Record<string, string> = { x: 'directory', 'x/y': 'directory', 'x/y/z': 'file', l: 'symlink' };
    const problems = await scanAgainAndAgain(directory, (path, kind) => {
      if (path === '' || path.startsWith('steady')) return kind === 'directory';
      const [, below] = /^d\d+\/?(.*)$/.exec(path) ?? [];
      return below !== undefined && kind === (kinds[below] ?? 'directory');
    });
    problems.delete('vanished');
    assert.deepEqual([...problems], []);
  });

  void it('never leaves the directory through a link that takes the place of a directory', async (t) => {
    const [directory, outside] = [scratch(t, inMemory), scratch(t, inMemory)];
    fs.writeFileSync(path.join(outside, 'secret'), '');
    fs.mkdirSync(path.join(directory, 'swap'));
    fs.symlinkSync(outside, path.join(directory, 'link'));
    await using _ = await meddler(
      directory,
      `quietly(() => fs.renameSync('swap', 'aside')); quietly(() => fs.renameSync('link', 'swap'));
      quietly(() => fs.renameSync('swap', 'link')); quietly(() => fs.renameSync('aside', 'swap'));`,
    );
    await scanAgainAndAgain(directory, (path) => ['', 'swap', 'link', 'aside'].includes(path));
  });
});

void describe('content that changes after the scan', () => {
  /** One file, scanned, then something happens to it. */
  async function after(t: TestContext, change: (file: string) => void): Promise<string[]> {
    const directory = scratch(t);
    const file = path.join(directory, 'd', 'file');
    fs.mkdirSync(path.dirname(file));
    fs.writeFileSync(file, 'content');
    const live = await scanned(t, directory);
    const inode = lookup(live.tree, fromText('d/file'));
    assert.ok(inode);
    change(file);
    const digests = await contentDigests(live, [inode.row]);
    assert.equal(digests.get(inode.row), undefined);
    assert.throws(() => live.open(inode), { code: 'HOST_REFUSED' });
    return problemsOf(digests);
  }

  void it('is not hashed when something was written to it, whatever its times say', async (t) => {
    const problems = await after(t, (file) => {
      const { atime, mtime } = fs.statSync(file);
      fs.writeFileSync(file, 'CONTENT');
      fs.utimesSync(file, atime, mtime);
    });
    assert.deepEqual(problems, ['changed d/file']);
  });

  void it('is not hashed when another file, a link, a FIFO or a directory took its place', async (t) => {
    const replacements: Record<string, (file: string) => unknown> = {
      file: (file) => fs.writeFileSync(file, 'content'),
      link: (file) => fs.symlinkSync('/etc/passwd', file),
      fifo: (file) => execFileSync('mkfifo', [file]),
      directory: (file) => fs.mkdirSync(file),
    };
    for (const replace of Object.values(replacements)) {
      const problems = await after(t, (file) => {
        fs.renameSync(file, `${file}-`);
        replace(file);
      });
      assert.deepEqual(problems, ['changed d/file']);
    }
  });

  void it('is not hashed when it has gone, or its directory has', async (t) => {
    assert.deepEqual(await after(t, (file) => fs.rmSync(file)), ['vanished d/file']);
    const gone = (file: string) => fs.rmSync(path.dirname(file), { recursive: true });
    assert.deepEqual(await after(t, gone), ['vanished d/file']);
  });

  void it('is not looked for through a link that took the place of its directory', async (t) => {
    const problems = await after(t, (file) => {
      const directory = path.dirname(file);
      fs.renameSync(directory, `${directory}-`);
      fs.symlinkSync(`${directory}-`, directory);
    });
    assert.deepEqual(problems, ['vanished d/file']);
  });
});
