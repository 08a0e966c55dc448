import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { type AdoptOptions, checkStore, collectGarbage, type LayoutStore } from '../../src/store/index.ts';
import { failure } from '../unpack/scratch.ts';
import { type Blob, newStore, partialOf, pathOf, randomBlob, temporary } from './scratch-store.ts';

/** A blob in a store, and another store on the same file system. */
async function twoStores(t: TestContext, blob: Blob = randomBlob(300_000)) {
  const directory = temporary(t);
  const [source, target] = ['source', 'target'].map((name) => newStore(t, path.join(directory, name)));
  assert.ok(source && target);
  await source.put(blob, blob.bytes);
  return { blob, source, target };
}

/** Hands over the file of one store's blob to another. */
async function adopt(target: LayoutStore, source: LayoutStore, blob: Blob, options: AdoptOptions = {}) {
  using ingest = await target.ingest(blob);
  assert.ok(ingest);
  const file = fs.openSync(pathOf(source, blob.digest), 'r');
  try {
    return await ingest.adopt(file, { isImmutable: true, ...options });
  } finally {
    fs.closeSync(file);
  }
}

function inodeOf(store: LayoutStore, { digest }: Blob): number {
  return fs.statSync(pathOf(store, digest)).ino;
}

void suite('a blob that is taken over from a file', () => {
  void test('is not copied, and is hashed', async (t) => {
    const { blob, source, target } = await twoStores(t);
    const bytes: number[] = [];
    const outcome = await adopt(target, source, blob, { onProgress: (done) => void bytes.push(done) });
    assert.ok(outcome === 'linked' || outcome === 'cloned', outcome);
    assert.equal(inodeOf(target, blob) === inodeOf(source, blob), outcome === 'linked');
    assert.ok(fs.readFileSync(pathOf(target, blob.digest)).equals(blob.bytes));
    assert.equal(bytes.at(-1), blob.size);
    assert.ok(!fs.existsSync(partialOf(target, blob.digest)));
    assert.deepEqual((await checkStore(target)).problems, []);
  });

  void test('stays when its source is removed, and the source when it is', async (t) => {
    const { blob, source, target } = await twoStores(t);
    const other = randomBlob(100);
    await source.put(other, other.bytes);
    await adopt(target, source, blob);
    await adopt(target, source, other);
    assert.ok(source.remove(blob.digest));
    target[Symbol.dispose]();
    const again = newStore(t, target.directory);
    await collectGarbage(again, { unusedForDays: 0 });
    assert.ok(!fs.existsSync(pathOf(again, other.digest)));
    assert.ok(fs.readFileSync(pathOf(source, other.digest)).equals(other.bytes));
  });

  void test('is what its source names, or nothing', async (t) => {
    const { blob, source, target } = await twoStores(t);
    fs.writeFileSync(pathOf(source, blob.digest), randomBlob(blob.size).bytes);
    await failure('DIGEST_MISMATCH', adopt(target, source, blob));
    assert.equal(target.open(blob.digest), undefined);
    assert.ok(!fs.existsSync(partialOf(target, blob.digest)));
    fs.writeFileSync(pathOf(source, blob.digest), 'short');
    assert.equal(await adopt(target, source, blob), undefined);
  });

  void test('replaces what had begun to arrive', async (t) => {
    const { blob, source, target } = await twoStores(t);
    const ingest = await target.ingest(blob);
    ingest?.write(Buffer.alloc(1000, 'wrong'));
    ingest?.[Symbol.dispose]();
    assert.ok(await adopt(target, source, blob));
    assert.ok(fs.readFileSync(pathOf(target, blob.digest)).equals(blob.bytes));
    assert.ok(!fs.existsSync(partialOf(target, blob.digest)));
  });

  void test('gets no name of a file that others may write to, or fewer may read', async (t) => {
    const { blob, source, target } = await twoStores(t);
    const own = fs.statSync(pathOf(source, blob.digest)).mode & 0o777;
    for (const mode of [0o666, 0o600, 0o444]) {
      if (mode === own) continue;
      fs.chmodSync(pathOf(source, blob.digest), mode);
      assert.notEqual(await adopt(target, source, blob), 'linked', mode.toString(8));
      target.remove(blob.digest);
    }
  });

  void test('gets no name of a file of another user', { skip: process.getuid?.() !== 0 }, async (t) => {
    const { blob, source, target } = await twoStores(t);
    fs.chownSync(pathOf(source, blob.digest), 1234, 1234);
    assert.notEqual(await adopt(target, source, blob), 'linked');
  });

  void test('gets no name of a file that may be written to', async (t) => {
    const { blob, source, target } = await twoStores(t);
    assert.notEqual(await adopt(target, source, blob, { isImmutable: false }), 'linked');
  });

  void test('comes from the same file system', async (t) => {
    const { blob, target } = await twoStores(t);
    const elsewhere = fs.mkdtempSync('/dev/shm/holdfast-store-');
    t.after(() => fs.rmSync(elsewhere, { recursive: true }));
    const source = newStore(t, path.join(elsewhere, 'source'));
    await source.put(blob, blob.bytes);
    const isSame = fs.statSync(elsewhere).dev === fs.statSync(target.directory).dev;
    assert.equal((await adopt(target, source, blob)) !== undefined, isSame);
  });

  void test('is given up when that is wanted', async (t) => {
    const { blob, source, target } = await twoStores(t, randomBlob(3_000_000));
    using ingest = await target.ingest(blob);
    const file = fs.openSync(pathOf(source, blob.digest), 'r');
    t.after(() => fs.closeSync(file));
    const stop = new AbortController();
    const onProgress = (): void => stop.abort(new Error('enough'));
    await assert.rejects(
      async () => await ingest?.adopt(file, { isImmutable: true, signal: stop.signal, onProgress }),
      /enough/,
    );
    assert.equal(target.open(blob.digest), undefined);
  });
});
