import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';
import { checkStore, storeReport } from '../../src/store/index.ts';
import {
  newStore,
  opened,
  partialOf,
  pathOf,
  randomBlob,
  readIndexFile,
  startProcess,
  temporary,
} from './scratch-store.ts';

void suite('processes with one store', () => {
  void test('lose none of 16 × 100 tags, while a reader sees no torn index', async (t) => {
    const store = newStore(t);
    const reader = startProcess(t, ['read', store.directory]);
    const writers = Array.from({ length: 16 }, (_, at) => startProcess(t, ['tag', store.directory, `w${at}`, '100']));
    for (const { ended, child } of writers) {
      await ended;
      assert.equal(child.exitCode, 0);
    }
    reader.child.stdin?.end();
    assert.equal(await reader.ended, 'reads many\n');
    const names = readIndexFile(store).manifests.map(({ annotations }) =>
      String((annotations as Record<string, string>)['org.opencontainers.image.ref.name']),
    );
    const expected = Array.from({ length: 1600 }, (_, at) => `w${Math.floor(at / 100)}-${at % 100}`);
    assert.deepEqual(names.sort(), expected.sort());
    const { problems, blobs } = await checkStore(store);
    assert.deepEqual(
      problems.filter(({ kind }) => kind !== 'invalid-document'),
      [],
    );
    assert.equal(blobs.count, 1600);
    assert.deepEqual(fs.readdirSync(path.join(store.directory, '.holdfast/leases')), []);
  });

  void test('take over what a killed one has begun', async (t) => {
    const store = newStore(t);
    const blob = randomBlob(40_000);
    const text = blob.bytes.toString('base64');
    const first = startProcess(t, ['half', store.directory, blob.digest, text]);
    await first.said('half');
    const second = startProcess(t, ['whole', store.directory, blob.digest, text]);
    await second.said('begins');
    assert.deepEqual(
      storeReport(store).partials.map(({ bytes, active }) => ({ bytes, active })),
      [{ bytes: 20_000, active: true }],
    );
    assert.ok(fs.existsSync(partialOf(store, blob.digest)));
    first.child.kill('SIGKILL');
    assert.equal(await second.ended, 'begins\nresumes at 20000\ncommitted\n');
    assert.ok(fs.readFileSync(pathOf(store, blob.digest)).equals(blob.bytes));
  });

  void test('wait for the one that writes, and find the blob', async (t) => {
    const store = newStore(t);
    const blob = randomBlob(40_000);
    using ingest = await store.ingest(blob);
    const other = startProcess(t, ['whole', store.directory, blob.digest, blob.bytes.toString('base64')]);
    await other.said('begins');
    ingest?.write(blob.bytes);
    await ingest?.commit();
    assert.equal(await other.ended, 'begins\nthere\n');
  });

  void test('lose nothing that they need while one removes garbage again and again', async (t) => {
    const directory = path.join(temporary(t), 'layout');
    const store = opened(t, directory);
    const collector = startProcess(t, ['gc', directory]);
    const pullers = Array.from({ length: 3 }, (_, at) => startProcess(t, ['pulls', directory, `w${at}`, '15']));
    for (const { ended, child } of pullers) {
      await ended;
      assert.equal(child.exitCode, 0);
    }
    collector.child.stdin?.end();
    assert.equal(await collector.ended, 'removed some\n');
    assert.deepEqual((await checkStore(store)).problems, []);
  });
});

void suite('processes without native calls', () => {
  const environment = { HOLDFAST_NATIVE: '0' };

  void test('lose no tags either', async (t) => {
    const directory = path.join(temporary(t), 'layout');
    const start = (name: string) => startProcess(t, ['tag', directory, name, '25'], environment);
    for (const { ended } of ['a', 'b', 'c', 'd'].map(start)) await ended;
    assert.equal(readIndexFile({ directory }).manifests.length, 100);
    const names = fs.readdirSync(path.join(directory, '.holdfast'));
    assert.deepEqual(
      names.filter((name) => name.includes('owner')),
      [],
    );
  });

  void test('take over what a killed one has begun and locked', async (t) => {
    const directory = path.join(temporary(t), 'layout');
    const blob = randomBlob(4000);
    const text = blob.bytes.toString('base64');
    const first = startProcess(t, ['half', directory, blob.digest, text], environment);
    await first.said('half');
    const second = startProcess(t, ['whole', directory, blob.digest, text], environment);
    await second.said('begins');
    const gone = new Promise((resolve) => first.child.once('close', resolve));
    first.child.kill('SIGKILL');
    await gone;
    assert.equal(await second.ended, 'begins\nresumes at 2000\ncommitted\n');
    const left = fs.readdirSync(path.join(directory, '.holdfast/ingest'));
    assert.deepEqual(left, []);
  });
});
