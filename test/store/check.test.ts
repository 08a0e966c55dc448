import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { checkStore, type HashEvent, type LayoutStore, type StoreCheck } from '../../src/store/index.ts';
import { type BuiltImage, file, imageOf, indexOf, layerOf } from '../../src/testing/index.ts';
import { blobOf, manifestEntry, newStore, pathOf, putImage, randomBlob } from './scratch-store.ts';

const layer = layerOf([file('a', 'content')]);
const image = imageOf([layer]);
const other = imageOf([layer, layerOf([file('b', 'more')])]);

async function filled(t: TestContext): Promise<LayoutStore> {
  const store = newStore(t);
  await store.tag('one', await putImage(store, image));
  await store.tag('two', await putImage(store, other));
  return store;
}

function kinds({ problems }: StoreCheck): string[] {
  return problems
    .map(({ kind, image: name, repaired }) => `${kind} ${name ?? '-'}${repaired ? ' repaired' : ''}`)
    .sort();
}

function layerOfOther(): BuiltImage['layers'][number] {
  const [, last] = other.layers;
  assert.ok(last);
  return last;
}

void suite('a check of a store', () => {
  void test('finds nothing where nothing is wrong', async (t) => {
    const store = await filled(t);
    await store.put(blobOf('alone', 'sha512'), Buffer.from('alone'));
    const events: HashEvent[] = [];
    const check = await checkStore(store, { onEvent: (event) => events.push(event) });
    assert.deepEqual(check.problems, []);
    assert.ok(check.ok);
    assert.equal(check.blobs.count, 7);
    assert.equal(events.length, 7);
    assert.equal(events.at(-1)?.bytes, check.blobs.bytes);
  });

  void test('finds a single wrong bit, and who is affected', async (t) => {
    const store = await filled(t);
    const target = pathOf(store, layerOfOther().digest);
    const bytes = fs.readFileSync(target);
    bytes[7] = (bytes[7] ?? 0) ^ 4;
    fs.writeFileSync(target, bytes);
    const check = await checkStore(store);
    assert.equal(check.ok, false);
    assert.deepEqual(kinds(check), ['missing two', 'wrong-content -']);
    assert.equal(check.problems[0]?.path, `blobs/${layerOfOther().digest.replace(':', '/')}`);
    assert.ok(fs.existsSync(target));
  });

  void test('removes wrong blobs and the entries that need them, when it is told to', async (t) => {
    const store = await filled(t);
    fs.writeFileSync(pathOf(store, layerOfOther().digest), 'something else');
    const check = await checkStore(store, { repair: true });
    assert.ok(check.ok);
    assert.deepEqual(kinds(check), ['missing two repaired', 'wrong-content - repaired']);
    assert.ok(!fs.existsSync(pathOf(store, layerOfOther().digest)));
    assert.equal(store.manifests().length, 1);
    assert.deepEqual((await checkStore(store)).problems, []);
  });

  void test('finds and removes what is missing, of the wrong size, or no file', async (t) => {
    const store = await filled(t);
    fs.rmSync(pathOf(store, image.configDigest));
    const outside = path.join(path.dirname(store.directory), 'outside');
    fs.writeFileSync(outside, image.manifest);
    fs.rmSync(pathOf(store, image.digest));
    fs.symlinkSync(outside, pathOf(store, image.digest));
    fs.mkdirSync(pathOf(store, blobOf('directory').digest));
    fs.writeFileSync(path.join(pathOf(store, blobOf('directory').digest), 'inside'), '');
    execFileSync('mkfifo', [pathOf(store, blobOf('fifo').digest)]);
    const small = blobOf('small');
    await store.put(small, small.bytes);
    const index = JSON.parse(fs.readFileSync(path.join(store.directory, 'index.json'), 'utf8')) as {
      manifests: object[];
    };
    index.manifests.push({ ...manifestEntry(small), size: 4 });
    fs.writeFileSync(path.join(store.directory, 'index.json'), JSON.stringify(index));
    const check = await checkStore(store, { repair: true });
    assert.deepEqual(kinds(check), [
      'missing one repaired',
      'not-a-file - repaired',
      'not-a-file - repaired',
      'not-a-file - repaired',
      `wrong-size @${small.digest} repaired`,
    ]);
    assert.deepEqual(fs.readFileSync(outside), image.manifest);
    assert.deepEqual(
      store.manifests().map(({ digest }) => digest),
      [other.digest],
    );
    assert.deepEqual((await checkStore(store)).problems, []);
  });

  void test('says what is strange and not wrong', async (t) => {
    const store = await filled(t);
    await store.tag('index', await putImage(store, indexOf([image, other])));
    await store.tag('arm', await putImage(store, indexOf([imageOf([layer], { platform: 'linux/arm64' })])));
    const [sparse] = indexOf([imageOf([layer], { platform: 'linux/arm64' })]).members;
    assert.ok(sparse);
    store.remove(sparse.digest);
    const text = blobOf('plain text');
    await store.put(text, text.bytes);
    await store.tag('text', { ...manifestEntry(text), mediaType: 'text/plain' });
    fs.writeFileSync(path.join(store.directory, 'README'), '');
    fs.writeFileSync(path.join(store.directory, 'blobs/sha256/oci-put-blob123'), '');
    fs.mkdirSync(path.join(store.directory, 'blobs/md5'));
    const check = await checkStore(store, { repair: true });
    assert.deepEqual(kinds(check), ['invalid-document text', 'sparse arm', 'stray -', 'stray -', 'stray -']);
    assert.equal(store.manifests().length, 5);
  });

  void test('accepts layers that are to be had elsewhere', async (t) => {
    const store = newStore(t);
    const foreign = {
      mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
      digest: blobOf('f').digest,
      size: 1,
    };
    const windows = imageOf([], { manifestDocument: { layers: [{ ...foreign, urls: ['https://example.com'] }] } });
    await store.tag('windows', await putImage(store, windows));
    assert.deepEqual((await checkStore(store)).problems, []);
  });

  void test('names a damaged index', async (t) => {
    const store = await filled(t);
    fs.writeFileSync(path.join(store.directory, 'index.json'), '{');
    assert.deepEqual(kinds(await checkStore(store, { repair: true })), ['invalid-document -']);
  });

  void test('hashes in several threads', async (t) => {
    const store = newStore(t);
    const blobs = Array.from({ length: 5 }, () => randomBlob(14_000_000));
    for (const blob of blobs) await store.put(blob, blob.bytes);
    const [first, second] = blobs;
    assert.ok(first && second);
    for (const blob of [first, second]) fs.appendFileSync(pathOf(store, blob.digest), 'x');
    const check = await checkStore(store, { jobs: 2 });
    assert.deepEqual(kinds(check), ['wrong-content -', 'wrong-content -']);
    const reason = new Error('enough');
    const stop = new AbortController();
    const stopped = checkStore(store, { jobs: 2, signal: stop.signal, onEvent: () => stop.abort(reason) });
    await assert.rejects(stopped, reason);
  });
});
