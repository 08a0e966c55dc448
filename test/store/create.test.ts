import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';
import { localStoreDirectory, openLayoutStore, openLocalStore } from '../../src/store/index.ts';
import { newStore, opened, readIndexFile, startProcess, temporary } from './scratch-store.ts';

void suite('a layout that is made', () => {
  void test('is one that the specification knows', (t) => {
    const store = newStore(t);
    const read = (name: string): unknown => JSON.parse(fs.readFileSync(path.join(store.directory, name), 'utf8'));
    assert.deepEqual(read('oci-layout'), { imageLayoutVersion: '1.0.0' });
    assert.deepEqual(read('index.json'), {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [],
    });
    assert.deepEqual(fs.readdirSync(store.directory).sort(), ['.holdfast', 'blobs', 'index.json', 'oci-layout']);
  });

  void test('may be in an empty directory, or in several that are not there yet', (t) => {
    const directory = temporary(t);
    fs.mkdirSync(path.join(directory, 'lost+found'));
    opened(t, directory);
    opened(t, path.join(directory, 'a/b/c'));
    assert.ok(fs.existsSync(path.join(directory, 'a/b/c/index.json')));
  });

  void test('is not made unasked', (t) => {
    const directory = temporary(t);
    for (const where of [directory, path.join(directory, 'missing')]) {
      assert.throws(() => openLayoutStore(where, { create: false }), { code: 'STORE_INVALID' });
    }
    assert.deepEqual(fs.readdirSync(directory), []);
  });

  void test('is not made where anything else is', (t) => {
    const directory = temporary(t);
    fs.writeFileSync(path.join(directory, 'thesis.doc'), '');
    fs.writeFileSync(path.join(directory, 'file'), '');
    for (const where of [directory, path.join(directory, 'file'), path.join(directory, 'file/below')]) {
      assert.throws(() => openLayoutStore(where, { create: true }), { code: 'STORE_INVALID' });
    }
    assert.deepEqual(fs.readdirSync(directory).sort(), ['file', 'thesis.doc']);
    fs.mkdirSync(path.join(directory, 'blobs'));
    fs.mkdirSync(path.join(directory, 'other'));
    fs.mkdirSync(path.join(directory, 'other/blobs'));
    assert.throws(() => openLayoutStore(path.join(directory, 'other'), { create: true }), { code: 'STORE_INVALID' });
  });

  void test('is completed when the first attempt was killed', (t) => {
    const directory = path.join(temporary(t), 'layout');
    opened(t, directory);
    for (const missing of [
      ['oci-layout'],
      ['oci-layout', 'index.json'],
      ['oci-layout', 'index.json', 'blobs'],
      ['index.json'],
    ]) {
      for (const name of missing) fs.rmSync(path.join(directory, name), { recursive: true });
      fs.writeFileSync(path.join(directory, '.holdfast/index.json.new'), '{"half');
      assert.deepEqual(opened(t, directory).manifests(), []);
    }
  });

  void test('keeps its index when only the other file is missing', (t) => {
    const store = newStore(t);
    const index = path.join(store.directory, 'index.json');
    fs.writeFileSync(index, '{"schemaVersion":2,"manifests":[],"kept":1}');
    fs.rmSync(path.join(store.directory, 'oci-layout'));
    opened(t, store.directory);
    assert.deepEqual(readIndexFile(store), { schemaVersion: 2, manifests: [], kept: 1 });
  });

  void test('may be made by many at once', async (t) => {
    const directory = path.join(temporary(t), 'a/layout');
    const processes = Array.from({ length: 6 }, () => startProcess(t, ['create', directory]));
    for (const { ended } of processes) assert.equal(await ended, 'made\n');
    assert.deepEqual(opened(t, directory).manifests(), []);
  });

  void test('has to be of a version that is known', (t) => {
    const store = newStore(t);
    const file = path.join(store.directory, 'oci-layout');
    for (const text of ['', '{}', '{"imageLayoutVersion":"2.0.0"}']) {
      fs.writeFileSync(file, text);
      assert.throws(() => openLayoutStore(store.directory, { create: true }), { code: 'STORE_INVALID' });
    }
  });
});

void suite('the local store', () => {
  void test('is where the environment says', () => {
    const home = { HOME: '/home/ada' };
    assert.equal(localStoreDirectory({ ...home, HOLDFAST_STORE: '/srv/store' }), '/srv/store');
    assert.equal(localStoreDirectory({ ...home, XDG_DATA_HOME: '/data' }), '/data/holdfast/store');
    assert.equal(localStoreDirectory({ ...home, XDG_DATA_HOME: 'data' }), '/home/ada/.local/share/holdfast/store');
    assert.equal(localStoreDirectory({ ...home, HOLDFAST_STORE: '' }), '/home/ada/.local/share/holdfast/store');
    assert.equal(localStoreDirectory({ HOLDFAST_STORE: 'here' }), path.resolve('here'));
  });

  void test('is for its owner only', (t) => {
    const directory = temporary(t);
    using store = openLocalStore({ XDG_DATA_HOME: directory });
    assert.equal(store.directory, path.join(directory, 'holdfast/store'));
    assert.equal(fs.statSync(store.directory).mode & 0o777, 0o700);
  });
});
