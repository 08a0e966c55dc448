import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';
import { controlFileName } from '../../src/store/layout.ts';
import { checkStore, collectGarbage, type LayoutStore, openLayoutStore, storeReport } from '../../src/store/index.ts';
import { type BuiltImage, file, imageOf, indexOf, jsonBytes, layerOf, sha256Of } from '../../src/testing/index.ts';
import { type Blob, blobOf, newStore, opened, partialOf, pathOf, putImage, temporary } from './scratch-store.ts';

const base = layerOf([file('base', 'base')]);
const imageWith = (text: string): BuiltImage => imageOf([base, layerOf([file('own', text)])]);
const old = new Date(Date.now() - 100 * 24 * 3600 * 1000);

/** A store whose makers are gone: nothing is claimed. */
async function storeOf(
  t: Parameters<typeof temporary>[0],
  fill: (store: LayoutStore) => Promise<void>,
): Promise<LayoutStore> {
  const directory = path.join(temporary(t), 'layout');
  {
    using store = openLayoutStore(directory, { create: true });
    await fill(store);
  }
  return opened(t, directory);
}

async function put(store: LayoutStore, ...blobs: Blob[]): Promise<void> {
  for (const blob of blobs) await store.put(blob, blob.bytes);
}

/** A referrer as `cosign` makes them. */
function referrerOf(image: BuiltImage, text: string): BuiltImage {
  const subject = { mediaType: image.mediaType, digest: image.digest, size: image.size };
  return imageOf([layerOf([file('signature', text)])], { manifestDocument: { subject } });
}

function has(store: LayoutStore, image: Pick<BuiltImage, 'digest'>): boolean {
  return fs.existsSync(pathOf(store, image.digest));
}

function age(store: LayoutStore, image: Pick<BuiltImage, 'digest'>): void {
  const used = path.join(store.directory, '.holdfast/used', controlFileName(image.digest));
  for (const name of [used, pathOf(store, image.digest)]) {
    if (fs.existsSync(name)) fs.utimesSync(name, old, old);
  }
}

void suite('removing garbage', () => {
  void test('takes what no image reaches, and nothing else', async (t) => {
    const image = imageWith('a');
    const inside = imageWith('b');
    const [orphan, other] = [blobOf('orphan'), blobOf('other', 'sha512')];
    const store = await storeOf(t, async (filled) => {
      await filled.tag('one', await putImage(filled, image));
      await filled.tag('many', await putImage(filled, indexOf([inside, indexOf([imageWith('c')])])));
      await put(filled, orphan, other);
    });
    const dry = await collectGarbage(store, { dryRun: true });
    assert.ok(has(store, orphan));
    const report = await collectGarbage(store);
    assert.deepEqual({ ...report, dryRun: true }, dry);
    assert.deepEqual(report.blobs.map(({ digest }) => digest).sort(), [orphan.digest, other.digest].sort());
    assert.equal(report.freedBytes, orphan.size + other.size);
    assert.ok(!has(store, orphan) && !has(store, other));
    assert.deepEqual((await checkStore(store)).problems, []);
    assert.deepEqual((await collectGarbage(store)).blobs, []);
  });

  void test('takes images that were not used for long, and keeps what others share with them', async (t) => {
    const [fresh, stale, nameless] = [imageWith('fresh'), imageWith('stale'), imageWith('nameless')];
    const store = await storeOf(t, async (filled) => {
      for (const image of [fresh, stale]) {
        const descriptor = await putImage(filled, image);
        filled.markUsed(descriptor);
        await filled.tag(image === fresh ? 'fresh' : 'stale', descriptor);
      }
      await filled.tag(undefined, await putImage(filled, nameless));
    });
    age(store, stale);
    age(store, nameless);
    assert.deepEqual((await collectGarbage(store)).images, []);
    const report = await collectGarbage(store, { unusedForDays: 30 });
    assert.deepEqual(
      report.images.map(({ name, digest, lastUsed }) => [name, digest, lastUsed?.split('.')[0]]),
      [
        ['stale', stale.digest, String(Math.floor(old.getTime() / 1000))],
        [undefined, nameless.digest, String(Math.floor(old.getTime() / 1000))],
      ],
    );
    assert.deepEqual([has(store, fresh), has(store, stale), has(store, nameless)], [true, false, false]);
    assert.deepEqual(
      storeReport(store).images.map(({ name }) => name),
      ['fresh'],
    );
    assert.deepEqual((await checkStore(store)).problems, []);
  });

  void test('keeps what was used lately without being named, and forgets it later', async (t) => {
    const image = imageWith('a');
    const store = await storeOf(t, async (filled) => {
      const descriptor = await putImage(filled, image);
      filled.markUsed(descriptor, 'example.com/a:1');
      filled.markUsed(descriptor, 'example.com/a:2');
      filled.remove(base.digest);
    });
    assert.deepEqual((await collectGarbage(store, { unusedForDays: 30 })).blobs, []);
    const images = storeReport(store).images.map(({ name, listed, complete }) => ({ name, listed, complete }));
    assert.deepEqual(images, [
      { name: 'example.com/a:1', listed: false, complete: false },
      { name: 'example.com/a:2', listed: false, complete: false },
    ]);
    age(store, image);
    assert.equal((await collectGarbage(store, { unusedForDays: 30 })).blobs.length, 3);
    assert.deepEqual(storeReport(store).images, []);
    assert.deepEqual(fs.readdirSync(path.join(store.directory, '.holdfast/used')), []);
  });

  void test('keeps signatures as long as what they are about', async (t) => {
    const image = imageWith('signed');
    const [signature, listed] = [referrerOf(image, 'signature'), referrerOf(image, 'listed')];
    const onSignature = referrerOf(signature, 'on the signature');
    const fallback = indexOf([referrerOf(image, 'fallback')]);
    const lost = referrerOf(imageWith('gone'), 'lost');
    const store = await storeOf(t, async (filled) => {
      await filled.tag('signed', await putImage(filled, image));
      await filled.tag(undefined, await putImage(filled, listed));
      await filled.tag(image.digest.replace(':', '-'), await putImage(filled, fallback));
      for (const referrer of [signature, onSignature, lost]) await putImage(filled, referrer);
    });
    for (const referrer of [listed, fallback]) age(store, referrer);
    await collectGarbage(store, { unusedForDays: 30 });
    for (const kept of [image, signature, onSignature, listed, fallback]) assert.ok(has(store, kept));
    assert.ok(!has(store, lost));
    age(store, image);
    assert.equal((await collectGarbage(store, { unusedForDays: 30 })).images.length, 3);
    assert.equal(storeReport(store).blobs.count, 0);
  });

  void test('takes nothing that a running process was given or asked for', async (t) => {
    const image = imageWith('a');
    const [given, asked, found] = ['given', 'asked', 'found'].map((text) => blobOf(text));
    assert.ok(given && asked && found);
    const store = await storeOf(t, async (filled) => {
      await put(filled, asked, found);
      await filled.tag('old', await putImage(filled, image));
    });
    age(store, image);
    {
      using other = openLayoutStore(store.directory, { create: false });
      await put(other, given);
      assert.equal(await other.ingest(asked), undefined);
      other.open(found.digest)?.[Symbol.dispose]();
      other.open(image.digest)?.[Symbol.dispose]();
      const report = await collectGarbage(store, { unusedForDays: 30 });
      assert.deepEqual([report.blobs, report.images], [[], []]);
    }
    assert.equal((await collectGarbage(store, { unusedForDays: 30 })).blobs.length, 7);
  });

  void test('takes partial downloads that nobody is at', async (t) => {
    const store = newStore(t);
    const [active, recent, stale] = ['active', 'recent', 'stale'].map((text) => blobOf(text));
    assert.ok(active && recent && stale);
    using held = await store.ingest(active);
    held?.write(active.bytes.subarray(0, 3));
    for (const blob of [recent, stale]) fs.writeFileSync(partialOf(store, blob.digest), 'xyz');
    for (const blob of [active, stale]) fs.utimesSync(partialOf(store, blob.digest), old, old);
    assert.equal(storeReport(store).partials.length, 3);
    const dry = await collectGarbage(store, { dryRun: true });
    const { partials, freedBytes } = await collectGarbage(store);
    assert.deepEqual([partials, freedBytes], [[{ digest: stale.digest, bytes: 3 }], 3]);
    assert.deepEqual(dry.partials, partials);
    assert.deepEqual(
      storeReport(store)
        .partials.map(({ digest }) => digest)
        .sort(),
      [active.digest, recent.digest].sort(),
    );
  });

  void test('reads documents that refer to each other in a circle, or are no documents', async (t) => {
    const nested = jsonBytes({
      schemaVersion: 2,
      manifests: JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`) as unknown,
    });
    const store = await storeOf(t, async (filled) => {
      for (const bytes of [
        nested,
        Buffer.from('{"manifests"'),
        Buffer.from('[1]'),
        Buffer.from(' {"subject":{"digest":7}}'),
      ]) {
        const descriptor = { digest: sha256Of(bytes), size: bytes.length };
        await filled.put(descriptor, bytes);
        await filled.tag(undefined, { mediaType: 'text/plain', ...descriptor });
      }
    });
    assert.deepEqual((await collectGarbage(store, { unusedForDays: 1 })).blobs, []);
    assert.equal(storeReport(store).images.length, 4);
  });

  void test('stops when its signal says so', async (t) => {
    const reason = new Error('enough');
    await assert.rejects(collectGarbage(newStore(t), { signal: AbortSignal.abort(reason) }), reason);
  });
});
