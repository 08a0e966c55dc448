import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { checkStore, collectGarbage, type LayoutStore, openLayoutStore, storeReport } from '../../src/store/index.ts';
import { failure } from '../unpack/scratch.ts';
import { blobOf, manifestEntry, newStore, partialOf, pathOf, startProcess } from './scratch-store.ts';

const blob = blobOf('right');

/** A file outside that must never change. */
function canary(t: TestContext): string {
  const directory = fs.mkdtempSync(path.join(tmpdir(), 'holdfast-canary-'));
  const file = path.join(directory, 'canary');
  fs.writeFileSync(file, 'alive');
  t.after(() => {
    const text = fs.readFileSync(file, 'utf8');
    fs.rmSync(directory, { recursive: true });
    assert.equal(text, 'alive');
  });
  return file;
}

function replace(store: LayoutStore, name: string, target: string): void {
  fs.rmSync(path.join(store.directory, name), { recursive: true, force: true });
  fs.mkdirSync(path.dirname(path.join(store.directory, name)), { recursive: true });
  fs.symlinkSync(target, path.join(store.directory, name));
}

void suite('a hostile store', () => {
  void test('has no blobs behind symbolic links, FIFOs or directories', async (t) => {
    const store = newStore(t);
    const outside = canary(t);
    await store.put(blob, blob.bytes);
    replace(store, path.relative(store.directory, pathOf(store, blob.digest)), outside);
    assert.equal(store.open(blob.digest), undefined);
    await store.put(blob, blob.bytes);
    assert.ok(fs.lstatSync(pathOf(store, blob.digest)).isFile());

    fs.rmSync(pathOf(store, blob.digest));
    execFileSync('mkfifo', [pathOf(store, blob.digest)]);
    assert.equal(store.open(blob.digest), undefined);
    await store.put(blob, blob.bytes);
    assert.ok(fs.lstatSync(pathOf(store, blob.digest)).isFile());

    fs.rmSync(pathOf(store, blob.digest));
    fs.mkdirSync(pathOf(store, blob.digest));
    assert.equal(store.open(blob.digest), undefined);
    await failure('STORE_INVALID', store.put(blob, blob.bytes));
  });

  for (const name of ['blobs', 'blobs/sha256', '.holdfast', '.holdfast/ingest', '.holdfast/leases']) {
    void test(`is refused when ${name} is a symbolic link`, async (t) => {
      const { directory } = newStore(t);
      const outside = path.dirname(canary(t));
      const store = openLayoutStore(directory, { create: false });
      t.after(() => store[Symbol.dispose]());
      replace(store, name, outside);
      await failure('STORE_INVALID', store.put(blob, blob.bytes));
      assert.deepEqual(fs.readdirSync(outside), ['canary']);
    });
  }

  for (const name of ['.holdfast/index.lock', '.holdfast/index.json.new']) {
    void test(`writes through no link at ${name}`, async (t) => {
      const store = newStore(t);
      await store.put(blob, blob.bytes);
      replace(store, name, canary(t));
      await store.tag('a', manifestEntry(blob)).catch(() => undefined);
      fs.rmSync(path.join(store.directory, name), { force: true });
      fs.linkSync(canary(t), path.join(store.directory, name));
      await store.tag('a', manifestEntry(blob));
      assert.equal(store.manifests().length, 1);
    });
  }

  void test('writes to no partial file that has another name', async (t) => {
    const store = newStore(t);
    (await store.ingest(blob))?.[Symbol.dispose]();
    fs.linkSync(canary(t), partialOf(store, blob.digest));
    await store.put(blob, blob.bytes);
    fs.symlinkSync(canary(t), partialOf(store, blobOf('other').digest));
    await failure('HOST_REFUSED', store.put(blobOf('other'), Buffer.from('other')));
    execFileSync('mkfifo', [partialOf(store, blobOf('third').digest)]);
    await failure('STORE_INVALID', store.put(blobOf('third'), Buffer.from('third')));
  });

  void test('has no index.json that is a link, a FIFO or a directory', async (t) => {
    const store = newStore(t);
    await store.put(blob, blob.bytes);
    const index = path.join(store.directory, 'index.json');
    const refuse = async (): Promise<void> => {
      assert.throws(() => store.manifests(), { code: 'STORE_INVALID' });
      await failure('STORE_INVALID', store.tag('a', manifestEntry(blob)));
      await failure('STORE_INVALID', collectGarbage(store));
    };
    replace(store, 'index.json', canary(t));
    await refuse();
    fs.rmSync(index);
    execFileSync('mkfifo', [index]);
    await refuse();
    fs.rmSync(index);
    fs.mkdirSync(index);
    await refuse();
  });

  void test('may hold names that are no text', async (t) => {
    const store = newStore(t);
    const strange = Buffer.concat([Buffer.from(`${store.directory}/blobs/sha256/`), Buffer.from([0xff, 0x1b])]);
    fs.writeFileSync(strange, '');
    const { problems } = await checkStore(store);
    assert.deepEqual(
      problems.map(({ path: name }) => name),
      ['blobs/sha256/\\xff\\x1b'],
    );
    assert.equal(storeReport(store).blobs.count, 0);
    fs.rmSync(strange);
  });

  void test('may have leases, records and partial files that say anything', async (t) => {
    const store = newStore(t);
    await store.put(blob, blob.bytes);
    store.markUsed(manifestEntry(blob), 'a');
    const control = path.join(store.directory, '.holdfast');
    const [record = ''] = fs.readdirSync(path.join(control, 'used'));
    const lie = `sha256-${'a'.repeat(64)}`;
    fs.copyFileSync(path.join(control, 'used', record), path.join(control, 'used', lie));
    fs.writeFileSync(path.join(control, 'leases/0123456789abcdef'), 'sha256:..\n\0\n');
    fs.writeFileSync(path.join(control, 'ingest/unknown'), '');
    for (const text of ['', '[]', 'null', '{"names":7}', '{"digest":"sha256:x"}']) {
      fs.writeFileSync(path.join(control, 'used', record), text);
      store.markUsed(manifestEntry(blob));
      assert.equal(storeReport(store).images.length, 1);
    }
    await collectGarbage(store, { unusedForDays: 1 });
    assert.ok(!fs.existsSync(path.join(control, 'leases/0123456789abcdef')));
  });

  void test('that can only be read is read', async (t) => {
    const store = newStore(t);
    await store.put(blob, blob.bytes);
    fs.rmSync(path.join(store.directory, '.holdfast'), { recursive: true });
    fs.chmodSync(path.dirname(store.directory), 0o755);
    fs.chmodSync(store.directory, 0o555);
    const { ended } = startProcess(t, ['look', store.directory, blob.digest]);
    assert.equal(await ended, '5 bytes\nHOST_REFUSED\n');
    fs.chmodSync(store.directory, 0o755);
  });
});
