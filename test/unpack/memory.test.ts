import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import zlib from 'node:zlib';
import { parseDiffId } from '../../src/base/index.ts';
import {
  type BuiltLayer,
  directory,
  file,
  imageOf,
  layerOf,
  sha256Of,
  sparseFile,
  tarBlocks,
  writeLayout,
} from '../../src/testing/index.ts';
import { runDriver, scratch } from './scratch.ts';

const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
const mebibyte = 1024 ** 2;
/** What a process needs that unpacks one small file is about 100 MiB. */
const mostKilobytes = 300 * 1024;

/** A layer with one file of zeros, made without ever holding it. */
async function zerosLayer(megabytes: number): Promise<BuiltLayer> {
  const size = megabytes * mebibyte;
  const head = tarBlocks([directory('./', own), { ...file('zeros', '', own), size }]);
  const gzip = zlib.createGzip({ level: 1 });
  const hash = createHash('sha256');
  const compressed: Buffer[] = [];
  gzip.on('data', (chunk: Buffer) => compressed.push(chunk));
  const write = (bytes: Buffer): Promise<void> => {
    hash.update(bytes);
    return gzip.write(bytes) ? Promise.resolve() : new Promise((resolve) => gzip.once('drain', resolve));
  };
  await write(head);
  const zeros = Buffer.alloc(mebibyte);
  for (let count = 0; count < megabytes; count++) await write(zeros);
  await write(Buffer.alloc(1024));
  const ended = once(gzip, 'end');
  gzip.end();
  await ended;
  const bytes = Buffer.concat(compressed);
  const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
  const diffId = parseDiffId(`sha256:${hash.digest('hex')}`);
  return { bytes, digest: sha256Of(bytes), size: bytes.length, mediaType, tar: Buffer.alloc(0), diffId };
}

function layoutOf(t: TestContext, layer: BuiltLayer): string {
  const layout = path.join(scratch(t), 'layout');
  writeLayout(layout, { latest: imageOf([layer]) });
  return `oci:${layout}:latest`;
}

void describe('memory', () => {
  void it('does not grow with the size of a file', async (t) => {
    const reference = layoutOf(t, await zerosLayer(400));
    const parent = scratch(t);
    const unpacked = runDriver({ reference, target: path.join(parent, 'root') });
    assert.equal(unpacked.error, undefined);
    assert.equal(fs.statSync(path.join(parent, 'root', 'zeros')).size, 400 * mebibyte);
    const exported = runDriver({ command: 'export', reference, target: path.join(parent, 'out.tar') });
    assert.equal(exported.error, undefined);
    for (const { peakKilobytes = 0 } of [unpacked, exported]) {
      assert.ok(peakKilobytes < mostKilobytes, `${Math.round(peakKilobytes / 1024)} MiB`);
    }
    t.diagnostic(`${unpacked.peakKilobytes} and ${exported.peakKilobytes} KiB`);
  });

  void it('does not grow with the size of a hole, and neither does the disk', (t) => {
    const entries = [
      directory('./', own),
      sparseFile('hole', 900 * 1024 ** 3, [{ offset: 400 * 1024 ** 3, data: 'in the middle' }], own),
    ];
    const reference = layoutOf(t, layerOf(entries));
    const parent = scratch(t);
    const unpacked = runDriver({ reference, target: path.join(parent, 'root') });
    assert.equal(unpacked.error, undefined);
    const facts = fs.statSync(path.join(parent, 'root', 'hole'));
    assert.deepEqual([facts.size, facts.blocks < 100], [900 * 1024 ** 3, true]);
    const exported = runDriver({ command: 'export', reference, target: path.join(parent, 'out.tar') });
    assert.equal(exported.error, undefined);
    assert.ok(fs.statSync(path.join(parent, 'out.tar')).size < 10_000);
    for (const { peakKilobytes = 0 } of [unpacked, exported]) assert.ok(peakKilobytes < mostKilobytes);
  });
});
