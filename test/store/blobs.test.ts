import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';
import { openLayoutStore } from '../../src/store/index.ts';
import { failure } from '../unpack/scratch.ts';
import { blobOf, newStore, opened, partialOf, pathOf, randomBlob, temporary } from './scratch-store.ts';

void suite('a blob that is written', () => {
  void test('has its name only once it is complete', async (t) => {
    const store = newStore(t);
    const blob = randomBlob(3_000_000);
    using ingest = await store.ingest(blob);
    assert.ok(ingest);
    ingest.write(blob.bytes.subarray(0, 2_000_000));
    assert.equal(ingest.received, 2_000_000);
    assert.equal(store.open(blob.digest), undefined);
    ingest.write(blob.bytes.subarray(2_000_000));
    await ingest.commit();
    using found = store.open(blob.digest);
    assert.equal(found?.size, 3_000_000);
    assert.ok(fs.readFileSync(pathOf(store, blob.digest)).equals(blob.bytes));
    assert.equal(fs.statSync(pathOf(store, blob.digest)).mode & 0o777, 0o666 & ~process.umask());
    assert.ok(!fs.existsSync(partialOf(store, blob.digest)));
  });

  void test('can be read while it arrives, and after it got its name', async (t) => {
    const store = newStore(t);
    const blob = blobOf('abcdef');
    using ingest = await store.ingest(blob);
    ingest?.write(Buffer.from('abc'));
    const buffer = Buffer.alloc(6);
    assert.equal(fs.readSync(ingest?.fd ?? -1, buffer, 0, 6, 0), 3);
    ingest?.write(Buffer.from('def'));
    await ingest?.commitVerified();
    assert.equal(fs.readSync(ingest?.fd ?? -1, buffer, 0, 6, 0), 6);
    assert.equal(buffer.toString(), 'abcdef');
  });

  void test('may be empty, and may be of sha512', async (t) => {
    const store = newStore(t);
    for (const blob of [blobOf(''), blobOf('', 'sha512'), blobOf('text', 'sha512')]) {
      await store.put(blob, blob.bytes);
      assert.deepEqual(fs.readFileSync(pathOf(store, blob.digest)), blob.bytes);
      assert.equal(await store.ingest(blob), undefined);
    }
  });

  void test('is removed when it is something else', async (t) => {
    const store = newStore(t);
    const blob = blobOf('right');
    const ingest = await store.ingest(blob);
    ingest?.write(Buffer.from('wrong'));
    const error = await failure('DIGEST_MISMATCH', ingest?.commit() ?? Promise.resolve());
    assert.equal(error.data.actual, blobOf('wrong').digest);
    ingest?.[Symbol.dispose]();
    assert.equal(store.open(blob.digest), undefined);
    assert.ok(!fs.existsSync(partialOf(store, blob.digest)));
    await failure('DIGEST_MISMATCH', store.put(blob, Buffer.from('wrong')));
    await failure('SIZE_MISMATCH', store.put(blob, Buffer.from('long and wrong')));
  });

  void test('cannot be longer than it shall be, nor shorter', async (t) => {
    const store = newStore(t);
    const blob = blobOf('right');
    using ingest = await store.ingest(blob);
    ingest?.write(Buffer.from('righ'));
    assert.throws(() => ingest?.write(Buffer.from('ts')), { code: 'SIZE_MISMATCH' });
    assert.equal(ingest?.received, 4);
    await failure('SIZE_MISMATCH', ingest?.commit() ?? Promise.resolve());
    assert.equal(store.open(blob.digest), undefined);
  });

  void test('begins anew after a restart, and is forgotten when it is discarded', async (t) => {
    const store = newStore(t);
    const blob = blobOf('right');
    const ingest = await store.ingest(blob);
    ingest?.write(Buffer.from('wro'));
    ingest?.restart();
    assert.equal(ingest?.received, 0);
    ingest?.write(blob.bytes);
    ingest?.discard();
    ingest?.discard();
    ingest?.[Symbol.dispose]();
    assert.deepEqual(fs.readdirSync(path.join(store.directory, '.holdfast/ingest')), []);
  });

  void test('goes on where an earlier attempt ended, and is hashed as a whole', async (t) => {
    const directory = path.join(temporary(t), 'layout');
    const blob = randomBlob(100_000);
    {
      using store = openLayoutStore(directory, { create: true });
      using first = await store.ingest(blob);
      first?.write(blob.bytes.subarray(0, 60_000));
    }
    const store = opened(t, directory);
    using second = await store.ingest(blob);
    assert.equal(second?.received, 60_000);
    second.write(blob.bytes.subarray(60_000));
    await second.commit();
    assert.ok(fs.readFileSync(pathOf(store, blob.digest)).equals(blob.bytes));

    const other = randomBlob(10);
    fs.writeFileSync(partialOf(store, other.digest), 'damaged');
    using resumed = await store.ingest(other);
    resumed?.write(other.bytes.subarray(resumed.received));
    await failure('DIGEST_MISMATCH', resumed?.commit() ?? Promise.resolve());
    assert.ok(!fs.existsSync(partialOf(store, other.digest)));
  });

  void test('does not begin with more than it shall have', async (t) => {
    const store = newStore(t);
    const blob = blobOf('right');
    (await store.ingest(blob))?.[Symbol.dispose]();
    fs.writeFileSync(partialOf(store, blob.digest), 'much more than right');
    using ingest = await store.ingest(blob);
    assert.equal(ingest?.received, 0);
  });

  void test('is not replaced when it is there, unless it has the wrong size', async (t) => {
    const store = newStore(t);
    const blob = blobOf('right');
    await store.put(blob, blob.bytes);
    const { ino } = fs.statSync(pathOf(store, blob.digest));
    await store.put(blob, blob.bytes);
    assert.equal(fs.statSync(pathOf(store, blob.digest)).ino, ino);
    fs.writeFileSync(pathOf(store, blob.digest), 'cut');
    await store.put(blob, blob.bytes);
    assert.deepEqual(fs.readFileSync(pathOf(store, blob.digest)), blob.bytes);
  });

  void test('stops being hashed when its signal says so, and keeps what has arrived', async (t) => {
    const store = newStore(t);
    const blob = randomBlob(8_000_000);
    const ingest = await store.ingest(blob);
    ingest?.write(blob.bytes);
    const stop = new AbortController();
    const reason = new Error('enough');
    const committing = ingest?.commit(stop.signal);
    setImmediate(() => stop.abort(reason));
    await assert.rejects(async () => committing, reason);
    ingest?.[Symbol.dispose]();
    using again = await store.ingest(blob);
    assert.equal(again?.received, 8_000_000);
    await again.commit();
    assert.ok(store.open(blob.digest));
  });

  void test('can be disposed of while it is hashed', async (t) => {
    const store = newStore(t);
    const blob = randomBlob(8_000_000);
    const ingest = await store.ingest(blob);
    ingest?.write(blob.bytes);
    const committing = ingest?.commit();
    ingest?.[Symbol.dispose]();
    await assert.rejects(async () => committing);
    using again = await store.ingest(blob);
    assert.equal(again?.received, 8_000_000);
  });

  void test('is waited for while another writes it', async (t) => {
    const store = newStore(t);
    const other = opened(t, store.directory);
    const blob = blobOf('right');
    using ingest = await store.ingest(blob);
    const waiting = other.ingest(blob);
    const impatient = other.ingest(blob, AbortSignal.timeout(30));
    await assert.rejects(impatient, { name: 'TimeoutError' });
    ingest?.write(blob.bytes);
    await ingest?.commit();
    assert.equal(await waiting, undefined);
  });

  void test('is written once more when another stands still with it', async (t) => {
    const store = newStore(t);
    const other = openLayoutStore(store.directory, { create: false, stallAfter: 100 });
    t.after(() => other[Symbol.dispose]());
    const [one, two] = [blobOf('right'), blobOf('also right')];
    using first = await store.ingest(one);
    using second = await other.ingest(two);
    first?.write(one.bytes.subarray(0, 2));
    // Each has what the other waits for.
    const waiting = [other.ingest(one), other.ingest(two)] as const;
    setTimeout(() => first?.write(one.bytes.subarray(2, 3)), 50).unref();
    const [beside, besideOwn] = await Promise.all(waiting);
    assert.deepEqual([beside?.received, besideOwn?.received], [0, 0]);
    besideOwn?.[Symbol.dispose]();
    beside?.write(one.bytes);
    await beside?.commit();
    beside?.[Symbol.dispose]();
    assert.deepEqual(fs.readFileSync(pathOf(store, one.digest)), one.bytes);
    first?.write(one.bytes.subarray(3));
    await first?.commit();
    second?.discard();
    assert.deepEqual(fs.readdirSync(path.join(store.directory, '.holdfast/ingest')), []);
  });

  void test('can be removed', async (t) => {
    const store = newStore(t);
    const blob = blobOf('right');
    await store.put(blob, blob.bytes);
    assert.equal(store.remove(blob.digest), true);
    assert.equal(store.remove(blob.digest), false);
    assert.equal(store.remove(blobOf('', 'sha512').digest), false);
    assert.equal(store.open(blob.digest), undefined);
  });
});
