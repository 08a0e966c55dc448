/** Pulls of a real image that are killed, and pulls that run at once. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, suite, test } from 'node:test';
import { ended, type Workplace, workplace } from './command.ts';
import { labImages, whyNoLab } from './lab.ts';
import { type MeteredProxy, startMeteredProxy } from './metered-proxy.ts';
import { whyMissing } from './peers.ts';
import { type RunningPeer, startDockerRegistry } from './registry-peers.ts';

const debian = `oci:${labImages}:debian`;
const mebibyte = 1024 ** 2;

void suite('a real image on its way from a registry', { skip: whyNoLab || whyMissing('docker-registry') }, () => {
  let registry: RunningPeer;
  let digest: string;
  let size: number;
  before(async () => {
    registry = await startDockerRegistry();
    const work = workplace();
    await work.done('push', '-q', debian, `${registry.host}/debian:12`);
    const facts = JSON.parse(await work.done('inspect', '--format', 'json', debian)) as {
      digest: string;
      size: number;
    };
    ({ digest, size } = facts);
  });
  after(() => registry[Symbol.asyncDispose]());

  const isSound = async (work: Workplace, proxy: MeteredProxy): Promise<void> => {
    assert.match(await work.done('store', 'fsck'), /, all is well$/);
    const name = `${proxy.host}/debian:12`;
    assert.equal(await work.done('digest', `oci:${work.env['HOLDFAST_STORE']}:${name}`), digest);
  };

  void test('goes on where it was killed, again and again', async () => {
    const work = workplace();
    await using proxy = await startMeteredProxy(registry.host);
    proxy.delay = 4;
    for (const share of [0.3, 0.6]) {
      const child = work.start('pull', '-q', `${proxy.host}/debian:12`);
      const exit = once(child, 'exit');
      await Promise.race([proxy.passed(size * share), exit]);
      child.kill('SIGKILL');
      await exit;
      assert.equal(child.signalCode, 'SIGKILL', 'it was done before it could be killed');
      assert.match(await work.done('store', 'fsck'), /, all is well$/);
    }
    proxy.delay = 0;
    assert.equal(await work.done('pull', '-q', `${proxy.host}/debian:12`), digest);
    await isSound(work, proxy);
    // Each kill costs what was on its way, and documents, but no blob from its beginning.
    assert.ok(proxy.bytes < size + 24 * mebibyte, `${proxy.bytes} bytes for an image of ${size}`);
  });

  void test('arrives once for four who pull it at once into the same store', async () => {
    const work = workplace();
    await using proxy = await startMeteredProxy(registry.host);
    const children = Array.from({ length: 4 }, () => work.start('pull', '-q', `${proxy.host}/debian:12`));
    for (const { code, stdout, stderr } of await Promise.all(children.map(ended))) {
      assert.deepEqual([code, stdout], [0, `${digest}\n`], stderr);
    }
    await isSound(work, proxy);
    assert.ok(proxy.bytes < size + 4 * mebibyte, `${proxy.bytes} bytes for an image of ${size}`);
  });
});
