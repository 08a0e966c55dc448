import assert from 'node:assert/strict';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { connectRegistry } from '../../src/registry/index.ts';
import { file, imageOf, layerOf, startTestRegistry, writeLayout } from '../../src/testing/index.ts';
import { copyImage, tagImage } from '../../src/transfer/index.ts';
import { isHoldfastError } from '../../src/base/index.ts';

const image = imageOf([layerOf([file('a', 'text')])]);

function home(test: TestContext, conf?: string): { HOME: string; CONTAINERS_REGISTRIES_CONF?: string } {
  const directory = fs.mkdtempSync(join(tmpdir(), 'holdfast-connect-'));
  test.after(() => fs.rmSync(directory, { recursive: true }));
  const path = join(directory, 'registries.conf');
  fs.writeFileSync(path, conf ?? '');
  return { HOME: directory, CONTAINERS_REGISTRIES_CONF: path };
}

void describe('a connection to registries', () => {
  void it('asks the mirror of a flag first, also where a file has mirrors for a longer prefix', async (t) => {
    await using own = await startTestRegistry();
    await using configured = await startTestRegistry();
    own.seed('cache/library/app', 'v1', image);
    const env = home(
      t,
      `[[registry]]\nprefix = "docker.io/library"\n[[registry.mirror]]\nlocation = "${configured.host}/x"\n`,
    );
    await using client = connectRegistry({ env, mirrors: [`docker.io=http://${own.host}/cache/`] });
    const found = await client.resolve({ registry: 'docker.io', repository: 'library/app', tag: 'v1' });
    assert.equal(found.digest, image.digest);
    assert.equal(configured.requests.length, 0);
  });

  void it('reads settings only when a registry is asked', async (t) => {
    const env = home(t, 'this is no TOML');
    const directory = env.HOME;
    writeLayout(join(directory, 'a'), { t: image });
    const local = await copyImage(`oci:${directory}/a:t`, `oci:${directory}/b:t`, { network: { env } });
    assert.equal(local.digest, image.digest);
    const remote = copyImage(`oci:${directory}/a:t`, 'docker://127.0.0.1:1/a:t', { network: { env } });
    await assert.rejects(remote, (error) => isHoldfastError(error, 'SETTINGS_INVALID'));
  });

  void it('refuses a mirror that is none', (t) => {
    const env = home(t);
    for (const mirror of ['', 'docker.io=', 'http://', 'a b']) {
      assert.throws(
        () => connectRegistry({ env, mirrors: [mirror] }),
        (error) => isHoldfastError(error, 'USAGE'),
      );
    }
  });

  void it('is not made for what needs no registry, however broken the settings are', async (t) => {
    const env = home(t, 'this is no TOML [');
    assert.throws(
      () => connectRegistry({ env }),
      (error) => isHoldfastError(error, 'SETTINGS_INVALID'),
    );
    const layout = join(env.HOME, 'layout');
    writeLayout(layout, { v1: image });
    await tagImage(`oci:${layout}:v1`, 'v2', { network: { env } });
    const { digest } = await copyImage(`oci:${layout}:v2`, `oci:${env.HOME}/other:v1`, { network: { env } });
    assert.equal(digest, image.digest);
  });
});
