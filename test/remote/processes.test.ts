/** What becomes of a transfer whose process ends, and of one that two processes want. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { file, imageOf, layerOf } from '../../src/testing/index.ts';
import { assertSameTree, expectedListing, listingOfDirectory } from '../cases/index.ts';
import { program } from '../cli/run-cli.ts';
import { noise } from './images.ts';
import { blobRequests, type Remote, remote } from './scratch.ts';

const entries = [file('large', noise(3_000_000)), file('small', 'small')];
const large = layerOf(entries);
const image = imageOf([large]);
const timeout = { timeout: 60_000 };
const half = large.size >> 1;

void describe('a process that ends in the middle of a transfer', () => {
  for (const [signal, code, message] of [
    ['SIGKILL', null, ''],
    ['SIGINT', 130, /error: stopped by SIGINT/],
    ['SIGTERM', 143, /error: stopped by SIGTERM/],
  ] as const) {
    void it(`by ${signal} leaves what has arrived, and the next goes on from there`, timeout, async (t) => {
      const here = await remote(t);
      here.registry.seed('app', 'v1', image);
      here.registry.faults.add({ match: { path: /\/blobs\//, nth: 2 }, action: { kind: 'hang', afterBytes: half } });
      const child = begin(here, 'root');
      await arrived(child, half);
      child.kill(signal);
      const ended = await end(child);
      assert.equal(ended.code, code, ended.stderr);
      if (message !== '') assert.match(ended.stderr, message);
      assert.equal(fs.existsSync(join(here.directory, 'root')), false);
      const partial = join(here.directory, 'store/.holdfast/ingest', large.digest.replace(':', '-'));
      assert.equal(fs.statSync(partial).size, half);
      if (signal !== 'SIGKILL') assert.deepEqual(leftBeside(here), []);

      here.registry.clearRequests();
      assert.equal((await end(begin(here, 'root'))).code, 0);
      const get = here.registry.requests.find(({ url }) => url.includes(large.digest));
      assert.equal(get?.headers['range'], `bytes=${half}-`);
      assertWhole(here, 'root');
      assert.deepEqual(leftBeside(here), ['.root.holdfast'], 'the next run cleans up');
    });
  }

  void it('before its first byte leaves nothing that is in the way', timeout, async (t) => {
    const here = await remote(t);
    here.registry.seed('app', 'v1', image);
    here.registry.faults.add({ match: { path: /\/blobs\//, nth: 2 }, action: { kind: 'hang' } });
    const child = begin(here, 'root');
    while (here.registry.requests.every(({ url }) => !url.includes(large.digest))) await wait(20);
    child.kill('SIGKILL');
    await end(child);
    assert.equal((await end(begin(here, 'root'))).code, 0);
    assertWhole(here, 'root');
  });
});

void describe('two processes that unpack an image at once', () => {
  void it('fetch each blob once', timeout, async (t) => {
    const here = await remote(t);
    const layers = Array.from({ length: 5 }, (_, number) => layerOf([file(`f${number}`, noise(400_000, number + 7))]));
    const shared = imageOf(layers);
    here.registry.seed('app', 'v1', shared);
    const both = await Promise.all(['one', 'other'].map((name) => end(begin(here, name))));
    for (const { code, stderr } of both) assert.equal(code, 0, stderr);
    const gets = blobRequests(here.registry).filter((request) => request.startsWith('GET'));
    const wanted = [shared.configDigest, ...layers.map(({ digest }) => digest)].map((digest) => `GET ${digest}`);
    assert.deepEqual(gets.filter((get) => get !== wanted[0]).sort(), wanted.slice(1).sort());
    assertSameTree(listingOfDirectory(join(here.directory, 'one')), listingOfDirectory(join(here.directory, 'other')));
    await assertSound(here);
  });

  void it('go on alone when the one that fetches is killed', timeout, async (t) => {
    const here = await remote(t);
    here.registry.seed('app', 'v1', image);
    assert.equal((await here.cli(['config', `${here.registry.host}/app:v1`])).code, 0);
    here.registry.clearRequests();
    here.registry.faults.add({ match: { path: /\/blobs\// }, action: { kind: 'hang', afterBytes: half } });
    const first = begin(here, 'first');
    await arrived(first, half);
    const second = begin(here, 'second');
    const ended = end(second);
    await once(second.stderr ?? assert.fail(), 'data');
    await wait(300);
    assert.deepEqual(blobRequests(here.registry), [`GET ${large.digest}`], 'the second waits');
    first.kill('SIGKILL');
    assert.equal((await ended).code, 0);
    const last = here.registry.requests.findLast(({ url }) => url.includes(large.digest));
    assert.equal(last?.headers['range'], `bytes=${half}-`);
    assertWhole(here, 'second');
    await assertSound(here);
  });

  void it('can be stopped while one waits for the other', timeout, async (t) => {
    const here = await remote(t);
    here.registry.seed('app', 'v1', image);
    here.registry.faults.add({ match: { path: /\/blobs\//, nth: 2 }, action: { kind: 'hang', afterBytes: half } });
    const first = begin(here, 'first');
    await arrived(first, half);
    const second = begin(here, 'second');
    const ended = end(second);
    await once(second.stderr ?? assert.fail(), 'data');
    await wait(300);
    const begun = performance.now();
    second.kill('SIGINT');
    assert.equal((await ended).code, 130);
    assert.ok(performance.now() - begun < 5000);
    first.kill('SIGKILL');
    await end(first);
  });
});

/** Unpacks in a process of its own, which says what it does in JSON. */
function begin(here: Remote, name: string): ChildProcess {
  const [node = '', ...script] = program;
  const argv = ['unpack', '--allow-lossy', '--progress', 'json', `${here.registry.host}/app:v1`];
  return spawn(node, [...script, ...argv, join(here.directory, name)], { env: { ...process.env, ...here.env } });
}

async function end(child: ChildProcess): Promise<{ readonly code: number | null; readonly stderr: string }> {
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  return { code: child.exitCode, stderr };
}

/** Resolves when so many bytes of a layer have come. */
async function arrived(child: ChildProcess, bytes: number): Promise<void> {
  let text = '';
  const stderr = child.stderr ?? assert.fail();
  await new Promise<void>((resolve, reject) => {
    stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes(`"bytes":${bytes},"totalBytes":${large.size}`)) resolve();
    });
    child.once('close', () => reject(new Error(text)));
  });
}

function assertWhole(here: Remote, name: string): void {
  if (process.getuid?.() !== 0) return;
  assertSameTree(listingOfDirectory(join(here.directory, name)), expectedListing(entries));
}

async function assertSound(here: Remote): Promise<void> {
  const { code, stdout } = await here.cli(['store', 'fsck']);
  assert.equal(code, 0, stdout);
}

/** What there is beside the store, the cache and what was unpacked. */
function leftBeside({ directory }: Remote): string[] {
  return fs.readdirSync(directory).filter((name) => !['store', 'cache', 'root'].includes(name));
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, milliseconds));
}
