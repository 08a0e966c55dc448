/** Indexes of which only some content is wanted, and bytes that are one thing here and another there. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { mediaTypes } from '../../src/oci/index.ts';
import {
  type Descriptor,
  file,
  imageOf,
  indexOf,
  jsonBytes,
  layerOf,
  sha256Of,
  type TestRegistry,
} from '../../src/testing/index.ts';
import { failsWith, places } from './places.ts';

const intel = imageOf([layerOf([file('intel', 'one')])]);
const arm = imageOf([layerOf([file('arm', 'two')])], { platform: 'linux/arm64' });
const inner = indexOf([intel]);

function entryOf(bytes: Uint8Array, mediaType: string): Descriptor {
  return { mediaType, digest: sha256Of(bytes), size: bytes.length };
}

/** An index whose entries say nothing of platforms. */
function seedIndex(registry: TestRegistry, manifests: readonly Descriptor[]): string {
  for (const image of [intel, arm, inner]) registry.seed('app', undefined, image);
  const bytes = jsonBytes({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests });
  return registry.seedManifest('app', 'v1', bytes, mediaTypes.ociIndex);
}

const entries = {
  intel: entryOf(intel.manifest, intel.mediaType),
  arm: entryOf(arm.manifest, arm.mediaType),
  inner: entryOf(inner.bytes, inner.mediaType),
};

void describe('a sparse copy', () => {
  for (const [title, manifests] of [
    ['judges entries without a platform by their config', [entries.intel, entries.arm]],
    ['minds no index inside the index that has nothing of what is wanted', [entries.inner, entries.arm]],
  ] as const) {
    void it(title, async (t) => {
      const all = await places(t);
      const { registry, directory } = all;
      const digest = seedIndex(registry, manifests);
      const target = join(directory, 'sparse');
      const options = { all: true, platforms: ['linux/arm64'] };
      const result = await all.copy(`${registry.host}/app:v1`, `oci:${target}:v1`, options);
      assert.equal(result.digest, digest);
      const blobs = new Set(fs.readdirSync(join(target, 'blobs/sha256')));
      assert.ok(blobs.has(arm.digest.slice(7)));
      assert.equal(blobs.has(intel.digest.slice(7)), false);
    });
  }

  void it('finds out that nothing is wanted, however deep the index is', async (t) => {
    const all = await places(t);
    const { registry, directory } = all;
    seedIndex(registry, [entries.inner, entries.arm]);
    const target = join(directory, 'none');
    const options = { all: true, platforms: ['linux/s390x'] };
    await failsWith('PLATFORM_NOT_FOUND', all.copy(`${registry.host}/app:v1`, `oci:${target}:v1`, options));
    await failsWith('IMAGE_NOT_FOUND', all.copy(`oci:${target}:v1`, `oci:${directory}/again:v1`));
  });
});

void describe('bytes that are a blob in one place and a manifest in another', () => {
  void it('are copied as both', async (t) => {
    const all = await places(t);
    const { registry, directory } = all;
    registry.seedBlob('app', arm.manifest);
    seedIndex(registry, [{ ...entries.arm, mediaType: 'application/octet-stream' }, entries.arm]);
    const archive = `oci-archive:${directory}/both.tar:v1`;
    await all.copy(`${registry.host}/app:v1`, archive, { all: true });
    await all.copy(archive, `${registry.host}/both:v1`, { all: true });
    assert.ok(registry.manifest('both', arm.digest));
    assert.ok(registry.content.repository('both').blobs.has(arm.digest));
  });
});
