/** Destinations in a Docker Engine, without one. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Digest, HoldfastError } from '../../src/base/index.ts';
import type { Daemon } from '../../src/daemon/index.ts';
import { openDestination } from '../../src/destination/index.ts';
import { parseReference } from '../../src/oci/index.ts';
import { failsWith } from '../image/scratch.ts';
import { deliver, documentOf, imageWith, putBlobs } from './scratch.ts';

const image = imageWith();

/** A daemon that takes everything and has one ID for everything. */
class AnyDaemon implements Daemon {
  readonly address = 'unix:///of/a/test';
  received = 0;
  isComplete = false;
  isClosed = false;
  readonly #id: Digest;

  constructor(id: Digest) {
    this.#id = id;
  }

  async version() {
    return { version: '28.0.0', apiVersion: '1.48', os: 'linux', architecture: 'amd64' };
  }

  async imageId(): Promise<Digest> {
    return this.#id;
  }

  async inspectContainer(): Promise<never> {
    throw new TypeError('it has no container');
  }

  async *exportContainer(): AsyncGenerator<Uint8Array> {}

  async *saveImage(): AsyncGenerator<Uint8Array> {}

  async loadImage(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of chunks) this.received += chunk.length;
    this.isComplete = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true;
  }
}

void describe('a destination in a daemon', () => {
  void it('has the manifest where the daemon keeps manifests', async () => {
    const daemon = new AnyDaemon(image.digest);
    assert.deepEqual(await deliver('docker-daemon:app:1', image, { daemon }), { digest: image.digest });
    assert.ok(daemon.isComplete);
    assert.equal(daemon.isClosed, false, 'it stays the caller’s');
  });

  void it('has the config where it does not, and says so', async () => {
    const daemon = new AnyDaemon(image.configDigest);
    const { digest, changed } = await deliver('docker-daemon:app:1', image, { daemon });
    assert.equal(digest, image.configDigest);
    assert.match(changed ?? '', /not its manifest/);
  });

  void it('has failed when the daemon has something else afterwards', async () => {
    const daemon = new AnyDaemon(imageWith('none', { platform: 'linux/arm64' }).digest);
    await failsWith(
      'DAEMON_REFUSED',
      deliver('docker-daemon:app:1', image, { daemon }),
      /under the name now is sha256/,
    );
  });

  void it('has no name with a digest', async () => {
    const daemon = new AnyDaemon(image.digest);
    await failsWith(
      'REFERENCE_INVALID',
      deliver(`docker-daemon:app@${image.digest}`, image, { daemon }),
      /NAME\[:TAG\]/,
    );
  });

  void it('is known not to be there before anything is fetched', async () => {
    const env = { DOCKER_HOST: 'unix:///nonexistent/docker.sock' };
    await failsWith(
      'HOST_UNREACHABLE',
      openDestination(parseReference('docker-daemon:app'), { env }),
      /dockerd running/,
    );
  });

  void it('gives the daemon no end of an archive that is given up', async () => {
    const daemon = new AnyDaemon(image.digest);
    {
      await using destination = await openDestination(parseReference('docker-daemon:app'), { daemon });
      await putBlobs(destination, image);
    }
    assert.ok(daemon.received > 0);
    assert.equal(daemon.isComplete, false);
  });

  void it('fails with what the daemon says, whenever it says it', async () => {
    const refusal = new HoldfastError('DAEMON_REFUSED', { address: 'x', operation: 'load', reason: 'no space' });
    for (const taken of [0, 1, 20]) {
      const daemon = new AnyDaemon(image.digest);
      daemon.loadImage = async (chunks) => {
        let left = taken;
        for await (const chunk of chunks) if (chunk.length > 0 && left-- <= 0) break;
        throw refusal;
      };
      await assert.rejects(deliver('docker-daemon:app', image, { daemon }), refusal);
    }
    const late = new AnyDaemon(image.digest);
    late.loadImage = async (chunks) => {
      await AnyDaemon.prototype.loadImage.call(late, chunks);
      throw refusal;
    };
    await using destination = await openDestination(parseReference('docker-daemon:app'), { daemon: late });
    await putBlobs(destination, image);
    await assert.rejects(destination.finish(documentOf(image)), refusal);
  });
});
