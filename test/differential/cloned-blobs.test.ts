/** On a file system that can share bytes between files, blobs are cloned. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { file, imageOf, layerOf, writeLayout } from '../../src/testing/index.ts';
import { copyImage } from '../../src/transfer/index.ts';
import { isInstalled, run } from './programs.ts';
import { freshPath, isRoot } from './scratch.ts';

const skip = isRoot ? !isInstalled('mkfs.btrfs') && 'mkfs.btrfs is not installed' : 'needs root';
const image = imageOf([layerOf([file('large', 'x'.repeat(300_000))], { compression: 'none' })]);

/** A file system of its own, in a file; gone with the test. */
function btrfs(t: TestContext): string {
  const place = freshPath();
  const [disk, mount] = [join(place, 'disk'), join(place, 'mount')];
  fs.mkdirSync(mount, { recursive: true });
  fs.closeSync(fs.openSync(disk, 'w'));
  fs.truncateSync(disk, 150_000_000);
  run('mkfs.btrfs', '--quiet', disk);
  run('mount', '-o', 'loop', disk, mount);
  t.after(() => run('umount', mount));
  return mount;
}

void suite('Btrfs', { skip }, () => {
  void test('lets blobs share their bytes, and nothing else', async (t) => {
    const place = btrfs(t);
    writeLayout(join(place, 'one'), { v1: image });
    const outcomes = new Map<string, string>();
    const { blobs } = await copyImage(`oci:${place}/one:v1`, `oci:${place}/two:v1`, {
      onEvent: (event) => void (event.kind === 'blob-done' && outcomes.set(event.digest, event.outcome)),
    });
    assert.deepEqual([blobs.shared, blobs.copied], [2, 0]);
    assert.deepEqual(new Set(outcomes.values()), new Set(['cloned']));
    const [layer] = image.layers;
    const blob = (layout: string): string => join(place, layout, 'blobs/sha256', layer?.digest.slice(7) ?? '');
    assert.notEqual(fs.statSync(blob('one')).ino, fs.statSync(blob('two')).ino);
    fs.writeFileSync(blob('one'), 'damaged');
    assert.deepEqual(fs.readFileSync(blob('two')), layer?.bytes);
  });
});
