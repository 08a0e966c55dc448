/** What is in the store is not fetched again, and what is wrong there is. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { Digest } from '../../src/base/index.ts';
import { blobPath, file, imageOf, indexOf, layerOf } from '../../src/testing/index.ts';
import { assertSameTree, expectedListing, listingOfDirectory } from '../cases/index.ts';
import { cannotMount, mountNamespace } from '../unpack/mounts.ts';
import { noise } from './images.ts';
import { blobRequests, type Remote, remote } from './scratch.ts';

const isRoot = process.getuid?.() === 0;
const one = layerOf([file('one', 'one\n'), file('large', noise(300_000))]);
const two = layerOf([file('two', 'two\n')]);
const image = imageOf([one, two]);
const tree = expectedListing([file('one', 'one\n'), file('large', noise(300_000)), file('two', 'two\n')]);

/** The file of a blob in the store. */
function stored({ directory }: Remote, digest: Digest): string {
  return join(directory, 'store', blobPath(digest));
}

let unpacked = 0;

/** Unpacks and looks at every file; gives what the command said. */
async function unpack(here: Remote, reference: string, env: Readonly<Record<string, string>> = {}) {
  const target = join(here.directory, `root-${++unpacked}`);
  const result = await here.cli(['unpack', '--allow-lossy', '--progress', 'none', reference, target], { env });
  if (result.code === 0 && isRoot) assertSameTree(listingOfDirectory(target), tree);
  if (result.code !== 0)
    assert.deepEqual(
      fs.readdirSync(here.directory).filter((name) => /root-/.test(name)),
      [],
    );
  fs.rmSync(target, { recursive: true, force: true });
  fs.rmSync(join(here.directory, `.root-${unpacked}.holdfast`), { force: true });
  return result;
}

void describe('an image that was fetched', () => {
  void it('costs one HEAD the second time, and nothing by its digest', async (t) => {
    const here = await remote(t);
    here.registry.seed('app', 'v1', indexOf([image]));
    const reference = `${here.registry.host}/app:v1`;
    assert.equal((await unpack(here, reference)).code, 0);
    assert.deepEqual(blobRequests(here.registry).length, 3);
    for (const command of ['unpack', 'export', 'ls', 'validate']) {
      here.registry.clearRequests();
      here.forget('cache');
      const { code } = command === 'unpack' ? await unpack(here, reference) : await here.cli([command, reference]);
      assert.equal(code, 0);
      assert.deepEqual(new Set(here.registry.requests.map(({ method }) => method)), new Set(['HEAD']), command);
    }
    here.registry.clearRequests();
    const byDigest = `${here.registry.host}/app@${indexOf([image]).digest}`;
    assert.equal((await unpack(here, byDigest)).code, 0);
    await here.registry[Symbol.asyncDispose]();
    assert.equal((await unpack(here, byDigest)).code, 0, 'the registry is gone');
    assert.equal((await here.cli(['validate', byDigest])).code, 0);
  });

  void it('is looked into without any blob of a layer once its indexes are known', async (t) => {
    const here = await remote(t);
    here.registry.seed('app', 'v1', image);
    const reference = `${here.registry.host}/app:v1`;
    assert.equal((await here.cli(['ls', '-R', reference])).code, 0);
    here.forget('store');
    here.registry.clearRequests();
    for (const command of [['ls', '-R'], ['tree'], ['links'], ['inspect'], ['config']]) {
      assert.equal((await here.cli([...command, reference])).code, 0);
    }
    assert.deepEqual(blobRequests(here.registry), [`GET ${image.configDigest}`]);
    here.registry.clearRequests();
    assert.equal((await here.cli(['cat', reference, 'two'])).stdout, 'two\n');
    assert.deepEqual(blobRequests(here.registry), [`GET ${two.digest}`], 'and of a file its layer alone');
  });

  void it('is the image that its tag means now', async (t) => {
    const here = await remote(t);
    here.registry.seed('app', 'v1', imageOf([two]));
    const reference = `${here.registry.host}/app:v1`;
    assert.equal((await here.cli(['ls', reference])).stdout, 'two\n');
    here.registry.seed('app', 'v1', image);
    assert.equal((await here.cli(['ls', reference])).stdout, 'large\none\ntwo\n');
  });
});

const harms: Readonly<Record<string, (path: string) => void>> = {
  'one byte is another': (path) => {
    const bytes = fs.readFileSync(path);
    const at = bytes.length >> 1;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    fs.writeFileSync(path, bytes);
  },
  'it is cut short': (path) => fs.truncateSync(path, fs.statSync(path).size >> 1),
  'it is longer': (path) => fs.appendFileSync(path, 'x'),
  'it is empty': (path) => fs.truncateSync(path, 0),
};

void describe('a blob in the store that is damaged', () => {
  const blobs: Readonly<Record<string, Digest>> = {
    'the index': indexOf([image]).digest,
    'the manifest': image.digest,
    'the config': image.configDigest,
    'a layer': one.digest,
  };
  for (const [harm, damage] of Object.entries(harms)) {
    for (const [name, digest] of Object.entries(blobs)) {
      void it(`is never used, and fetched again: ${name}, ${harm}`, async (t) => {
        const here = await remote(t);
        here.registry.seed('app', 'v1', indexOf([image]));
        const reference = `${here.registry.host}/app@${indexOf([image]).digest}`;
        assert.equal((await unpack(here, reference)).code, 0);
        damage(stored(here, digest));
        for (const indexes of ['unknown', 'known']) {
          if (indexes === 'unknown') here.forget('cache');
          const { code, stderr } = await unpack(here, reference);
          if (code !== 0) assert.match(stderr, /\[DIGEST_MISMATCH\]\nhint: .*fetch it again/);
          assert.equal(code, name === 'a layer' && harm === 'one byte is another' ? 7 : 0, stderr);
          const again = await unpack(here, reference);
          assert.equal(again.code, 0, again.stderr);
          damage(stored(here, digest));
        }
        assert.equal((await here.cli(['store', 'fsck'])).code, 3, 'fsck finds the last damage');
      });
    }
  }

  void it('is found by looking at a file, too, and fetched the next time', async (t) => {
    const here = await remote(t);
    here.registry.seed('app', 'v1', image);
    const reference = `${here.registry.host}/app:v1`;
    assert.equal((await here.cli(['cat', reference, 'two'])).code, 0);
    harms['one byte is another']?.(stored(here, two.digest));
    const { code, stdout } = await here.cli(['cat', reference, 'two']);
    assert.deepEqual([code, stdout], [7, '']);
    assert.equal((await here.cli(['cat', reference, 'two'])).stdout, 'two\n');
  });

  void it('is healed when its last part had not arrived right', async (t) => {
    const here = await remote(t);
    here.registry.seed('app', 'v1', image);
    const reference = `${here.registry.host}/app:v1`;
    const partial = join(here.directory, 'store/.holdfast/ingest', one.digest.replace(':', '-'));
    assert.equal((await here.cli(['config', reference])).code, 0);
    for (const bytes of [Buffer.alloc(1000, 'other bytes'), Buffer.alloc(one.size, 0), Buffer.alloc(one.size + 1)]) {
      fs.mkdirSync(join(here.directory, 'store/.holdfast/ingest'), { recursive: true });
      fs.writeFileSync(partial, bytes);
      const { code, stderr } = await unpack(here, reference);
      assert.ok(code === 0 || /\[DIGEST_MISMATCH\]/.test(stderr), stderr);
      assert.equal((await unpack(here, reference)).code, 0);
      fs.rmSync(stored(here, one.digest));
    }
  });
});

void describe('a store that cannot be written to', { skip: cannotMount }, () => {
  void it('because it is full ends the command with a hint, and nothing is published', async (t) => {
    const here = await remote(t);
    here.registry.seed('app', 'v1', image);
    const store = await mounted(t, here, 'size=128k');
    const { code, stderr } = await unpack(here, `${here.registry.host}/app:v1`, store.env);
    assert.equal(code, 8, stderr);
    assert.match(stderr, /ENOSPC.*\[HOST_REFUSED\]\nhint: the file system is full/);
    assert.equal(fs.existsSync(join(store.path, blobPath(one.digest))), false);
    store.remount('size=10m');
    assert.equal((await unpack(here, `${here.registry.host}/app:v1`, store.env)).code, 0);
  });

  void it('because it is full of inodes or pages ends the command the same way', async (t) => {
    const here = await remote(t);
    here.registry.seed('app', 'v1', image);
    const store = await mounted(t, here, 'size=4k,nr_inodes=4');
    const { code, stderr } = await unpack(here, `${here.registry.host}/app:v1`, store.env);
    assert.equal(code, 8, stderr);
    assert.match(stderr, /ENOSPC.*\[HOST_REFUSED\]\nhint: .* HOLDFAST_STORE/);
  });

  void it('because it is read-only serves what it has, and ends the command for what it has not', async (t) => {
    const here = await remote(t);
    here.registry.seed('app', 'v1', image);
    here.registry.seed('app', 'v2', imageOf([layerOf([file('other', 'other')])]));
    const store = await mounted(t, here, 'size=10m');
    assert.equal((await unpack(here, `${here.registry.host}/app:v1`, store.env)).code, 0);
    store.remount('ro');
    const known = await unpack(here, `${here.registry.host}/app:v1`, store.env);
    assert.equal(known.code, 0, known.stderr);
    const { code, stderr } = await unpack(here, `${here.registry.host}/app:v2`, store.env);
    assert.equal(code, 8, stderr);
    assert.match(stderr, /EROFS.*\[HOST_REFUSED\]/);
    store.remount('rw');
    harms['one byte is another']?.(join(store.path, blobPath(one.digest)));
    store.remount('ro');
    const damaged = await unpack(here, `${here.registry.host}/app:v1`, store.env);
    assert.equal(damaged.code, 7, damaged.stderr);
    assert.match(damaged.stderr, /\[DIGEST_MISMATCH\]/);
  });

  void it('because it is on a read-only file system names the setting that moves it', async (t) => {
    const here = await remote(t);
    here.registry.seed('app', 'v1', image);
    const store = await mounted(t, here, 'size=1m,ro');
    const { code, stderr } = await unpack(here, `${here.registry.host}/app:v1`, store.env);
    assert.equal(code, 8, stderr);
    assert.match(stderr, /EROFS \[HOST_REFUSED\]\nhint: .* HOLDFAST_STORE/);
  });
});

void it('a store where something else is says so', async (t) => {
  const here = await remote(t);
  here.registry.seed('app', 'v1', image);
  fs.writeFileSync(join(here.directory, 'store'), 'a file');
  const { code, stderr } = await unpack(here, `${here.registry.host}/app:v1`);
  assert.ok(code === 8 || code === 9, stderr);
  assert.match(stderr, /store"?.*\[(HOST_REFUSED|STORE_INVALID)\]/);
});

/** A store on a file system of its own, which only this test sees. */
async function mounted(t: TestContext, { directory }: Remote, options: string) {
  const { mountTmpfs, reach, through } = await mountNamespace(t);
  const path = join(directory, 'store');
  fs.mkdirSync(path, { mode: 0o700 });
  mountTmpfs(path, options);
  return {
    path: reach(path),
    env: { HOLDFAST_STORE: reach(path) },
    remount: (changed: string): void =>
      void execFileSync('env', [...through, 'mount', '-o', `remount,${changed}`, path]),
  };
}
