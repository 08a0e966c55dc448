import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { suite, test } from 'node:test';
import type { LayoutStore } from '../../src/store/index.ts';
import { failure } from '../unpack/scratch.ts';
import { type Blob, blobOf, manifestEntry, manifestType, newStore, readIndexFile } from './scratch-store.ts';

const refName = 'org.opencontainers.image.ref.name';

async function withBlobs(store: LayoutStore, ...texts: string[]): Promise<Blob[]> {
  const blobs = texts.map((text) => blobOf(text));
  for (const blob of blobs) await store.put(blob, blob.bytes);
  return blobs;
}

function summary(store: LayoutStore): [name: string | undefined, digest: string][] {
  return store.manifests().map(({ annotations, digest }) => [annotations?.[refName], digest]);
}

void suite('the entries of a layout', () => {
  void test('get names, which only one image can have', async (t) => {
    const store = newStore(t);
    const [one, two] = await withBlobs(store, 'one', 'two');
    assert.ok(one && two);
    await store.tag('a', manifestEntry(one));
    await store.tag('b/c:1@x', manifestEntry(one));
    await store.tag('a', manifestEntry(two));
    assert.deepEqual(summary(store), [
      ['a', two.digest],
      ['b/c:1@x', one.digest],
    ]);
  });

  void test('lose every other entry of the name, wherever it stands', async (t) => {
    const store = newStore(t);
    const [one, two] = await withBlobs(store, 'one', 'two');
    assert.ok(one && two);
    const named = (name: string): object => ({ ...manifestEntry(one), annotations: { [refName]: name } });
    writeManifests(store, [named('b'), named('a'), named('c'), named('a')]);
    await store.tag('a', { ...manifestEntry(two), annotations: { [refName]: 'old', other: 'kept' } });
    assert.deepEqual(summary(store), [
      ['b', one.digest],
      ['a', two.digest],
      ['c', one.digest],
    ]);
    assert.equal(store.manifests()[1]?.annotations?.['other'], 'kept');
  });

  void test('without a name are there once, and not beside one with a name that comes later', async (t) => {
    const store = newStore(t);
    const [one, two] = await withBlobs(store, 'one', 'two');
    assert.ok(one && two);
    for (const blob of [one, one, two]) await store.tag(undefined, manifestEntry(blob));
    assert.deepEqual(summary(store), [
      [undefined, one.digest],
      [undefined, two.digest],
    ]);
    await store.tag('a', manifestEntry(one));
    assert.deepEqual(summary(store), [
      ['a', one.digest],
      [undefined, two.digest],
    ]);
  });

  void test('must lead to a blob that is there', async (t) => {
    const store = newStore(t);
    const [one] = await withBlobs(store, 'one');
    assert.ok(one);
    await failure('BLOB_MISSING', store.tag('a', manifestEntry(blobOf('missing'))));
    await failure('BLOB_MISSING', store.tag('a', { ...manifestEntry(one), size: 4 }));
    assert.deepEqual(store.manifests(), []);
  });

  void test('keep everything that only other tools understand, to the last digit', async (t) => {
    const store = newStore(t);
    const [one] = await withBlobs(store, 'one');
    assert.ok(one);
    const text =
      `{ "mediaType":"application/vnd.oci.image.index.v1+json", "x-first": {"__proto__": [1e400, 123456789012345678901234567890]},` +
      `\n"manifests":[{"digest":"${one.digest}","zero":-0.0,"size":3,"mediaType":"${manifestType}","x":{"y":1.10}}],` +
      `"annotations":{"é":"\\u00e9"},"schemaVersion":2}\n`;
    fs.writeFileSync(path.join(store.directory, 'index.json'), text);
    await store.tag('a', { ...manifestEntry(one), platform: { os: 'linux', architecture: 'amd64' } });
    assert.equal(
      fs.readFileSync(path.join(store.directory, 'index.json'), 'utf8'),
      `{"mediaType":"application/vnd.oci.image.index.v1+json","x-first":{"__proto__":[1e400,123456789012345678901234567890]},` +
        `"manifests":[{"mediaType":"${manifestType}","digest":"${one.digest}","size":3,"annotations":{"${refName}":"a"},` +
        `"platform":{"os":"linux","architecture":"amd64"}}],"annotations":{"é":"é"},"schemaVersion":2}`,
    );
    fs.writeFileSync(path.join(store.directory, 'index.json'), text);
    await store.update((entries) => [...entries, { ...manifestEntry(one), annotations: { [refName]: 'b' } }]);
    assert.match(
      fs.readFileSync(path.join(store.directory, 'index.json'), 'utf8'),
      /"manifests":\[\{"digest":"sha256:[0-9a-f]{64}","zero":-0\.0,"size":3,"mediaType":"[^"]+","x":\{"y":1\.10\}\},\{"mediaType"/,
    );
  });

  void test('are an empty list where Go wrote none', async (t) => {
    const store = newStore(t);
    const [one] = await withBlobs(store, 'one');
    assert.ok(one);
    fs.writeFileSync(path.join(store.directory, 'index.json'), '{"schemaVersion":2,"manifests":null}');
    assert.deepEqual(store.manifests(), []);
    await store.tag('a', manifestEntry(one));
    assert.deepEqual(summary(store), [['a', one.digest]]);
  });

  void test('are not written when nothing changes', async (t) => {
    const store = newStore(t);
    const file = path.join(store.directory, 'index.json');
    const { ino } = fs.statSync(file);
    await store.update((entries) => [...entries]);
    assert.equal(fs.statSync(file).ino, ino);
  });

  void test('are seen as they are now, whoever wrote them and when', async (t) => {
    const store = newStore(t);
    const blobs = await withBlobs(store, 'one', 'two');
    const index = path.join(store.directory, 'index.json');
    for (const blob of [...blobs, ...blobs]) {
      writeManifests(store, [manifestEntry(blob)]);
      fs.utimesSync(index, 1_000_000, 1_000_000);
      for (let times = 0; times < 2; times++) assert.equal(store.manifests()[0]?.digest, blob.digest);
    }
  });

  void test('keep the mode of the file', async (t) => {
    const store = newStore(t);
    const [one] = await withBlobs(store, 'one');
    assert.ok(one);
    const file = path.join(store.directory, 'index.json');
    for (const mode of [0o600, 0o664]) {
      fs.chmodSync(file, mode);
      await store.tag(`mode-${mode}`, manifestEntry(one));
      assert.equal(fs.statSync(file).mode & 0o777, mode);
    }
  });

  void test('are waited for while another tool writes them in place', async (t) => {
    const store = newStore(t);
    const [one] = await withBlobs(store, 'one');
    assert.ok(one);
    const file = path.join(store.directory, 'index.json');
    const whole = fs.readFileSync(file);
    fs.writeFileSync(file, whole.subarray(0, 20));
    const tagging = store.tag('a', manifestEntry(one));
    await delay(30);
    fs.writeFileSync(file, whole);
    await tagging;
    assert.deepEqual(summary(store), [['a', one.digest]]);
  });

  void test('are changed again when another tool has written meanwhile', async (t) => {
    const store = newStore(t);
    const [one, two] = await withBlobs(store, 'one', 'two');
    assert.ok(one && two);
    let calls = 0;
    await store.update((entries) => {
      if (calls++ === 0) writeManifests(store, [manifestEntry(two)]);
      return [...entries, manifestEntry(one)];
    });
    assert.equal(calls, 2);
    assert.deepEqual(summary(store), [
      [undefined, two.digest],
      [undefined, one.digest],
    ]);
  });

  void test('are refused when they are damaged or too many', async (t) => {
    const store = newStore(t);
    const [one] = await withBlobs(store, 'one');
    assert.ok(one);
    const file = path.join(store.directory, 'index.json');
    const refused = async (code: 'DOCUMENT_INVALID' | 'LIMIT_EXCEEDED' | 'DIGEST_INVALID'): Promise<void> => {
      const before = fs.readFileSync(file);
      assert.throws(() => store.manifests(), { code });
      await failure(code, store.tag('a', manifestEntry(one)));
      assert.deepEqual(fs.readFileSync(file), before);
    };
    fs.writeFileSync(file, Buffer.alloc(4 * 1024 * 1024 + 1, ' '));
    await refused('LIMIT_EXCEEDED');
    fs.writeFileSync(file, '{"schemaVersion":2,"manifests":[],"manifests":[]}');
    await refused('DOCUMENT_INVALID');
    writeManifests(store, [{ ...manifestEntry(one), digest: 'sha256:../../x' }]);
    await refused('DIGEST_INVALID');
    writeManifests(store, [{ ...manifestEntry(one), annotations: { large: 'x'.repeat(4 * 1024 * 1024 - 300) } }]);
    assert.equal(store.manifests().length, 1);
    await failure('LIMIT_EXCEEDED', store.tag('a'.repeat(300), manifestEntry(one)));
    assert.equal(store.manifests()[0]?.annotations?.['large']?.length, 4 * 1024 * 1024 - 300);
  });

  void test('wait for each other within a process, and as long as the signal allows', async (t) => {
    const store = newStore(t);
    const blobs = await withBlobs(store, ...Array.from({ length: 20 }, (_, at) => String(at)));
    await Promise.all(blobs.map((blob, at) => store.tag(String(at), manifestEntry(blob))));
    assert.equal(readIndexFile(store).manifests.length, 20);
    const reason = new Error('enough');
    const stopped = store.update(() => [], AbortSignal.abort(reason));
    await assert.rejects(stopped, reason);
  });
});

function writeManifests(store: LayoutStore, manifests: readonly object[]): void {
  const document = JSON.stringify({ schemaVersion: 2, manifests });
  fs.writeFileSync(path.join(store.directory, 'index.json'), document);
}
