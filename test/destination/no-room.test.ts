/** File systems that fill up, and runs that were killed. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openDestination } from '../../src/destination/index.ts';
import { openReference } from '../../src/image/index.ts';
import { parseReference } from '../../src/oci/index.ts';
import { failsWith } from '../image/scratch.ts';
import { cannotMount, mountNamespace } from '../unpack/mounts.ts';
import { contentOf, deliver, imageWith, layerWith, scratch } from './scratch.ts';

const image = imageWith();

void describe('a file system without room', { skip: cannotMount ?? false }, () => {
  for (const transport of ['oci-archive', 'docker-archive']) {
    void it(`keeps nothing of a new ${transport}`, async (t) => {
      const { mountTmpfs, reach } = await mountNamespace(t);
      const path = scratch(t);
      mountTmpfs(path, 'size=100k');
      const directory = reach(path);
      await failsWith('HOST_REFUSED', deliver(`${transport}:${directory}/image.tar`, image), /ENOSPC/);
      assert.deepEqual(fs.readdirSync(directory), []);
    });
  }

  void it('keeps no part of a blob in a layout, and no name', async (t) => {
    const { mountTmpfs, reach } = await mountNamespace(t);
    const path = scratch(t);
    mountTmpfs(path, 'size=100k');
    const layout = join(reach(path), 'layout');
    const [first, second] = image.layers;
    assert.ok(first && second);
    {
      await using destination = await openDestination(parseReference(`oci:${layout}:x`));
      assert.equal(await destination.putBlob(first, contentOf(first.bytes)), 'written');
      await failsWith('HOST_REFUSED', destination.putBlob(second, contentOf(second.bytes)), /ENOSPC/);
    }
    await failsWith('IMAGE_NOT_FOUND', openReference(`oci:${layout}:x`));
    const names = fs.readdirSync(layout, { recursive: true, encoding: 'utf8' });
    const has = (digest: string): boolean => names.some((name) => name.includes(digest.slice(7)));
    assert.deepEqual([has(first.digest), has(second.digest)], [true, false]);
  });
});

void describe('what a killed run left', () => {
  void it('is removed by the next one to the same file, while that of a living one stays', async (t) => {
    const directory = scratch(t);
    const target = parseReference(`oci-archive:${directory}/image.tar`);
    await using living = await openDestination(target);
    fs.writeFileSync(join(directory, '.image.tar.holdfast-0123456789ab'), 'of a dead one');
    await deliver(`oci-archive:${directory}/image.tar`, image);
    assert.equal(fs.readdirSync(directory).length, 2);
    const layer = layerWith('living');
    assert.equal(await living.putBlob(layer, contentOf(layer.bytes)), 'written');
  });
});
