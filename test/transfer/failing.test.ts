/** Copies of which a part goes wrong. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { openSource } from '../../src/image/index.ts';
import { blobPath, file, imageOf, layerOf } from '../../src/testing/index.ts';
import { assertNames, failsWith, places } from './places.ts';

const one = layerOf([file('one', Buffer.alloc(300_000, 'noise'))], { compression: 'none' });
const two = layerOf([file('two', Buffer.alloc(300_000, 'other'))], { compression: 'none' });
const image = imageOf([one, two]);

void it('ends at once when one blob is wrong, though another never comes', { timeout: 10_000 }, async (t) => {
  const all = await places(t);
  const { registry, directory } = all;
  registry.seed('app', 'v1', image);
  registry.faults.add(
    { match: { method: 'GET', path: new RegExp(two.digest) }, times: 9, action: { kind: 'hang', afterBytes: 1000 } },
    { match: { method: 'GET', path: new RegExp(one.digest) }, times: 9, action: { kind: 'corrupt', byte: 5 } },
  );
  await failsWith('DIGEST_MISMATCH', all.copy(`${registry.host}/app:v1`, `oci:${directory}/layout:v1`));
});

void it('fetches again what it finds damaged in the local store', async (t) => {
  const all = await places(t);
  const { registry, directory, network } = all;
  registry.seed('app', 'v1', image);
  const reference = `${registry.host}/app:v1`;
  {
    await using source = await openSource(reference, { network });
    using blob = await source.openBlob(one);
    await blob.delivery?.arrived;
    await blob.delivery?.settle();
  }
  const stored = join(directory, 'store', blobPath(one.digest));
  const bytes = fs.readFileSync(stored);
  bytes[1000] = (bytes[1000] ?? 0) ^ 1;
  fs.writeFileSync(stored, bytes);
  await failsWith('DIGEST_MISMATCH', all.copy(reference, `oci:${directory}/layout:v1`));
  assert.equal(fs.existsSync(stored), false);
  await all.copy(reference, `oci:${directory}/layout:v1`);
});

void it('copies what a tag means where its digest is told wrongly, or is gone already', async (t) => {
  const all = await places(t, { quirks: { manifestDigest: 'wrong' } });
  const { registry } = all;
  registry.seed('app', 'v1', image);
  await assertNames(all, `${registry.host}/app:v1`, image.digest);
  registry.setQuirks({ manifestDigest: 'right' });
  const other = imageOf([one]);
  registry.seed('app', 'v1', other);
  registry.faults.add({
    match: { method: 'GET', path: /manifests\/sha256:/ },
    action: { kind: 'answer', status: 404 },
  });
  await assertNames(all, `${registry.host}/app:v1`, other.digest);
});
