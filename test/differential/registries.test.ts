/** Real images through real registries, both ways, with skopeo as the judge of every digest. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { file, imageOf, indexOf, jsonBytes, layerOf, sha256Of, writeLayout } from '../../src/testing/index.ts';
import { peer, sha256Text, type Workplace, workplace } from './command.ts';
import { labImages, whyNoLab } from './lab.ts';
import { whyMissing } from './peers.ts';
import { registryPeers, type RunningPeer } from './registry-peers.ts';

const debian = `oci:${labImages}:debian`;
const plain = { to: '--dest-tls-verify=false', from: '--src-tls-verify=false' };

for (const registryPeer of registryPeers) {
  const { name, programs } = registryPeer;
  void suite(`a real image and ${name}`, { skip: whyNoLab || whyMissing('skopeo', ...programs) }, () => {
    let registry: RunningPeer;
    let work: Workplace;
    before(async () => {
      registry = await registryPeer.start();
      work = workplace();
    });
    after(() => registry[Symbol.asyncDispose]());

    const skopeo = (...argv: readonly string[]): Promise<string> =>
      peer(work.env, 'skopeo', '--insecure-policy', ...argv);
    const at = (image: string): string => `docker://${registry.host}/${image}`;
    const judged = async (image: string): Promise<string> =>
      sha256Text(await skopeo('inspect', '--raw', '--tls-verify=false', at(image)));

    void test('is found by skopeo under its digest where Holdfast has pushed it', async () => {
      const digest = await work.done('push', '-q', debian, at('pushed:v1'));
      assert.equal(digest, await work.done('digest', debian));
      assert.equal(await judged('pushed:v1'), digest);
      assert.equal(await judged(`pushed@${digest}`), digest);
      const out = join(work.path, 'skopeo-pulled');
      await skopeo('copy', '--quiet', plain.from, at('pushed:v1'), `oci:${out}:v1`);
      assert.equal(await work.done('digest', `oci:${out}:v1`), digest);
    });

    for (const [form, flags] of Object.entries({
      'as it is': [],
      'as a Docker manifest': ['--format', 'v2s2'],
      'with zstd layers': ['--dest-compress-format', 'zstd'],
    })) {
      void test(`is what skopeo has pushed ${form}, file for file`, async () => {
        const image = `skopeo:${form.replaceAll(' ', '-')}`;
        await skopeo('copy', '--quiet', plain.to, ...flags, debian, at(image));
        const digest = await judged(image);
        assert.equal(await work.done('pull', '-q', at(image)), digest);
        assert.equal(sha256Text(await work.done('manifest', at(image))), digest);
        // All of it is in the local store by now, and does not depend on who served it.
        if (name === registryPeers[0]?.name) assert.equal(await exported(work, at(image)), await flatDebian(work));
      });
    }

    void test('is copied between repositories without moving a byte', async () => {
      await work.done('push', '-q', debian, at('one:v1'));
      const copied = await json<{ blobs: Record<'existed' | 'mounted' | 'bytes', number> }>(
        work,
        'copy',
        at('one:v1'),
        at('two/three:v1'),
      );
      const { existed, mounted, bytes } = copied.blobs;
      assert.deepEqual([existed + mounted, bytes], [4, 0]);
      assert.equal(await judged('two/three:v1'), await work.done('digest', debian));
    });

    void test('has the tags that skopeo lists', async () => {
      await work.done('push', '-q', debian, at('many:a'));
      for (const tag of ['b', 'c.d', 'E_1-x']) await work.done('tag', '-q', at('many:a'), tag);
      const listed = JSON.parse(await skopeo('list-tags', '--tls-verify=false', at('many'))) as { Tags: string[] };
      const { tags } = await json<{ tags: string[] }>(work, 'tags', at('many'));
      assert.deepEqual(tags, listed.Tags);
      assert.deepEqual(tags.toSorted(), ['E_1-x', 'a', 'b', 'c.d']);
      assert.equal(await judged('many:c.d'), await work.done('digest', debian));
    });

    void test('is one of the images of an index, which stays whole both ways', async () => {
      const { layout, digest } = await indexWithDebian(work);
      assert.equal(await work.done('copy', '-q', '--all', layout, at('index:v1')), digest);
      assert.equal(await judged('index:v1'), digest);
      const out = join(work.path, 'index-by-skopeo');
      await skopeo('copy', '--quiet', '--all', plain.from, at('index:v1'), `oci:${out}:v1`);
      await skopeo('copy', '--quiet', '--all', plain.to, `oci:${out}:v1`, at('index:v2'));
      assert.equal(await work.done('pull', '-q', '--all', at('index:v2')), digest);
      const amd64 = await work.done('digest', '--platform', 'linux/amd64', at('index:v2'));
      assert.equal(amd64, await work.done('digest', debian));
    });

    void test('is gone for skopeo when Holdfast has deleted its digest, with all tags', async () => {
      await work.done('push', '-q', debian, at('gone:v1'));
      const digest = await work.done('tag', '-q', at('gone:v1'), 'v2');
      await work.done('delete', at(`gone@${digest}`));
      for (const tag of ['v1', 'v2']) await assert.rejects(judged(`gone:${tag}`), /unknown/);
      await work.with({ HOLDFAST_STORE: join(work.path, 'empty') }).fails(4, 'digest', at('gone:v1'));
    });

    void test('loses one tag and keeps the others when a tag is deleted', async () => {
      await work.done('push', '-q', debian, at('tagged:v1'));
      const digest = await work.done('tag', '-q', at('tagged:v1'), 'v2');
      await work.done('delete', at('tagged:v1'));
      await assert.rejects(judged('tagged:v1'), /unknown/);
      assert.equal(await judged('tagged:v2'), digest);
    });

    void test('takes along what refers to it, and skopeo reads that', async () => {
      const { layout, signature } = await signedDebian(work);
      const copied = await json<{ referrers: number }>(work, 'copy', '--referrers', layout, at('signed:v1'));
      assert.equal(copied.referrers, 1);
      assert.equal(await judged(`signed@${signature}`), signature);
      const { referrers } = await json<{ referrers: object[] }>(work, 'referrers', at('signed:v1'));
      assert.deepEqual(
        referrers.map((one) => ({ ...one, size: 0 })),
        [{ digest: signature, mediaType: ociManifest, size: 0, artifactType: 'application/example.sbom' }],
      );
      const back = `oci:${join(work.path, 'signed-back')}:v1`;
      await work.done('copy', '-q', '--referrers', at('signed:v1'), back);
      assert.equal(await work.done('referrers', '-q', back), signature);
    });
  });
}

const ociManifest = 'application/vnd.oci.image.manifest.v1+json';

async function json<Result>(work: Workplace, ...argv: readonly string[]): Promise<Result> {
  return JSON.parse(await work.done(...argv, '--format', 'json')) as Result;
}

let flat: Promise<string> | undefined;

function flatDebian(work: Workplace): Promise<string> {
  flat ??= exported(work, debian);
  return flat;
}

/** The digest of an image as one archive. */
async function exported(work: Workplace, image: string): Promise<string> {
  const path = join(work.path, 'flat.tar');
  await work.done('export', '-q', image, '-o', path);
  return sha256Of(fs.readFileSync(path));
}

/** An index of the real image and a small one for another platform. */
async function indexWithDebian(work: Workplace): Promise<{ readonly layout: string; readonly digest: string }> {
  const path = join(work.path, 'index');
  const small = imageOf([layerOf([file('a', 'arm')])], { platform: 'linux/arm64' });
  writeLayout(path, { arm: indexOf([small]) });
  await work.done('copy', '-q', debian, `oci:${path}:amd`);
  const { size } = await json<{ size: number }>(work, 'digest', debian);
  const document = JSON.parse(String(indexOf([small]).bytes)) as { manifests: object[] };
  const digest = await work.done('digest', debian);
  document.manifests.push({
    mediaType: ociManifest,
    digest,
    size,
    platform: { os: 'linux', architecture: 'amd64' },
  });
  return { layout: `oci:${path}:both`, digest: addToLayout(path, jsonBytes(document), 'both') };
}

/** The real image in a layout with an artifact that refers to it. */
async function signedDebian(work: Workplace): Promise<{ readonly layout: string; readonly signature: string }> {
  const path = join(work.path, 'signed');
  const { digest, size } = await json<{ digest: string; size: number }>(work, 'digest', debian);
  const sbom = imageOf([], {
    config: {},
    configDocument: { rootfs: { type: 'layers', diff_ids: [] } },
    manifestDocument: { subject: { mediaType: ociManifest, digest, size }, artifactType: 'application/example.sbom' },
  });
  writeLayout(path, { sbom });
  await work.done('copy', '-q', debian, `oci:${path}:v1`);
  return { layout: `oci:${path}:v1`, signature: sbom.digest };
}

/** Puts an index under a name into a layout, as any other tool might. */
function addToLayout(path: string, bytes: Uint8Array, name: string): string {
  const digest = sha256Of(bytes);
  fs.writeFileSync(join(path, 'blobs/sha256', digest.slice(7)), bytes);
  const file = join(path, 'index.json');
  const index = JSON.parse(fs.readFileSync(file, 'utf8')) as { manifests: object[] };
  index.manifests.push({
    mediaType: 'application/vnd.oci.image.index.v1+json',
    digest,
    size: bytes.length,
    annotations: { 'org.opencontainers.image.ref.name': name },
  });
  fs.writeFileSync(file, JSON.stringify(index));
  return digest;
}
