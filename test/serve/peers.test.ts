/** skopeo, podman and docker push to the registry and pull from it. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { hash } from 'bcryptjs';
import { openImage, openReference } from '../../src/image/index.ts';
import { type RegistryOptions, startRegistry } from '../../src/serve/index.ts';
import { directory, file, hardlink, imageOf, indexOf, layerOf, writeLayout } from '../../src/testing/index.ts';
import { isRoot, missing, run, startDockerd } from './programs.ts';
import { scratchDirectory } from './registries.ts';

const built = imageOf([
  layerOf([directory('a/'), file('a/b', 'x'), hardlink('a/c', 'a/b')]),
  layerOf([file('d', 'y'.repeat(100_000))], { compression: 'gzip' }),
]);
const other = imageOf([layerOf([file('e', 'z')])], { platform: 'linux/arm64' });

interface Work {
  readonly path: string;
  /** The directory that is served. */
  readonly layout: string;
  /** `127.0.0.1:PORT` */
  readonly host: string;
}

/** A registry in a directory of its own, beside a layout `source` that holds `v1` and `index`. */
async function work(test: TestContext, options: Partial<RegistryOptions> = {}): Promise<Work> {
  const scratch = scratchDirectory();
  const layout = join(scratch.path, 'layout');
  writeLayout(join(scratch.path, 'source'), { v1: built, index: indexOf([built, other]) });
  const registry = await startRegistry({ directory: layout, address: '127.0.0.1:0', ...options });
  test.after(async () => {
    await registry[Symbol.asyncDispose]();
    scratch[Symbol.dispose]();
  });
  return { path: scratch.path, layout, host: `127.0.0.1:${registry.port}` };
}

const skopeo = (...args: readonly string[]): Promise<string> => run('skopeo', '--insecure-policy', ...args);
const insecure = { to: '--dest-tls-verify=false', from: '--src-tls-verify=false' };

async function digestIn(layout: string, name: string): Promise<string> {
  return (await openReference(`oci:${layout}:${name}`)).digest;
}

void describe('skopeo and serve', { skip: missing('skopeo') }, () => {
  void it('copies an image in and out with the same digest', async (t) => {
    const { path, layout, host } = await work(t);
    await skopeo('copy', insecure.to, `oci:${path}/source:v1`, `docker://${host}/team/app:1.2`);
    assert.equal(await digestIn(layout, 'team/app:1.2'), built.digest);
    await skopeo('copy', insecure.from, `docker://${host}/team/app:1.2`, `oci:${path}/out:x`);
    assert.equal(await digestIn(join(path, 'out'), 'x'), built.digest);
    const inspected = await skopeo('inspect', '--tls-verify=false', `docker://${host}/team/app@${built.digest}`);
    assert.equal((JSON.parse(inspected) as { Digest: string }).Digest, built.digest);
  });

  void it('copies a whole index, lists tags and deletes', async (t) => {
    const { path, layout, host } = await work(t);
    await skopeo('copy', '--all', insecure.to, `oci:${path}/source:index`, `docker://${host}/multi`);
    assert.equal(await digestIn(layout, 'multi:latest'), await digestIn(join(path, 'source'), 'index'));
    await skopeo('copy', '--all', insecure.from, `docker://${host}/multi`, `oci:${path}/out:x`);
    assert.equal(await digestIn(join(path, 'out'), 'x'), await digestIn(layout, 'multi:latest'));
    await skopeo('copy', insecure.to, `oci:${path}/source:v1`, `docker://${host}/multi:one`);
    const tags = JSON.parse(await skopeo('list-tags', '--tls-verify=false', `docker://${host}/multi`)) as object;
    assert.deepEqual((tags as { Tags: string[] }).Tags, ['latest', 'one']);
    await skopeo('delete', '--tls-verify=false', `docker://${host}/multi:latest`);
    await assert.rejects(skopeo('inspect', '--tls-verify=false', `docker://${host}/multi:latest`), /manifest unknown/);
  });

  void it('pulls what skopeo put into the layout, by the name it has there', async (t) => {
    const { path, layout, host } = await work(t);
    for (const name of ['debian', 'v1', 'team/app:2', 'localhost:5000/with/host:3']) {
      await skopeo('copy', `oci:${path}/source:v1`, `oci:${layout}:${name}`);
    }
    for (const name of ['debian', 'v1:latest', 'team/app:2', 'with/host:3']) {
      const raw = await skopeo('inspect', '--raw', '--tls-verify=false', `docker://${host}/${name}`);
      assert.equal(raw, built.manifest.toString(), name);
    }
  });

  void it('logs in with a password, and with a token in its place', async (t) => {
    const users = scratchDirectory();
    t.after(() => users[Symbol.dispose]());
    const htpasswd = join(users.path, 'users');
    fs.writeFileSync(htpasswd, `ann:${await hash('secret', 4)}\n`);
    const { path, layout, host } = await work(t, { htpasswd, token: 'token-text' });
    const push = (tag: string, creds: readonly string[]): Promise<string> =>
      skopeo('copy', insecure.to, ...creds, `oci:${path}/source:v1`, `docker://${host}/app:${tag}`);
    await push('a', ['--dest-creds', 'ann:secret']);
    await push('b', ['--dest-creds', 'anybody:token-text']);
    for (const tag of ['a', 'b']) assert.equal(await digestIn(layout, `app:${tag}`), built.digest);
    await assert.rejects(push('d', ['--dest-creds', 'ann:wrong']), /unauthorized|authentication/i);
    await assert.rejects(push('e', ['--dest-no-creds']), /unauthorized|authentication/i);
  });
});

void describe('podman and serve', { skip: missing('podman', 'skopeo') || (isRoot ? false : 'not root') }, () => {
  void it('pulls an image, pushes it under another name and finds it there again', async (t) => {
    const { path, layout, host } = await work(t);
    const flags = ['--root', `${path}/root`, '--runroot', `${path}/run`, '--storage-driver', 'vfs'];
    const podman = (...args: readonly string[]): Promise<string> => run('podman', ...flags, ...args);
    await skopeo('copy', insecure.to, `oci:${path}/source:v1`, `docker://${host}/app:1`);
    const id = (await podman('pull', '--quiet', '--tls-verify=false', `${host}/app:1`)).trim();
    assert.equal(`sha256:${id}`, built.configDigest);
    await podman('push', '--quiet', '--tls-verify=false', id, `${host}/pushed/by/podman:x`);
    await using image = await openImage(`oci:${layout}:pushed/by/podman:x`);
    assert.equal(image.manifest.config.digest, built.configDigest);
    await podman('rmi', '--all', '--force');
    assert.equal((await podman('pull', '--quiet', '--tls-verify=false', `${host}/pushed/by/podman:x`)).trim(), id);
  });
});

void describe(
  'docker and serve',
  { skip: missing('dockerd', 'docker', 'skopeo') || (isRoot ? false : 'not root') },
  () => {
    void it(
      'pulls an image, pushes it under another name and finds it there again',
      { timeout: 120_000 },
      async (t) => {
        const { path, layout, host } = await work(t);
        await using daemon = await startDockerd(join(path, 'docker'));
        const docker = daemon.run;
        await skopeo('copy', insecure.to, `oci:${path}/source:v1`, `docker://${host}/app:1`);
        const pulled = await docker('pull', `${host}/app:1`);
        assert.match(pulled, new RegExp(built.digest));
        await docker('tag', `${host}/app:1`, `${host}/pushed/by/docker:x`);
        const pushed = await docker('push', `${host}/pushed/by/docker:x`);
        assert.match(pushed, new RegExp(await digestIn(layout, 'pushed/by/docker:x')));
        await using image = await openImage(`oci:${layout}:pushed/by/docker:x`);
        assert.equal(image.manifest.config.digest, built.configDigest);
        await docker('rmi', `${host}/app:1`, `${host}/pushed/by/docker:x`);
        await docker('pull', '--quiet', `${host}/pushed/by/docker:x`);
        const id = await docker('image', 'inspect', '--format', '{{.Id}}', `${host}/pushed/by/docker:x`);
        assert.equal(id.trim(), built.configDigest);
      },
    );

    void it('logs in', { timeout: 120_000 }, async (t) => {
      const { path, host } = await work(t, { token: 'token-text' });
      await using daemon = await startDockerd(join(path, 'docker'));
      const docker = daemon.run;
      await assert.rejects(docker('login', '--username', 'me', '--password', 'wrong', host), /unauthorized|401/i);
      assert.match(await docker('login', '--username', 'me', '--password', 'token-text', host), /Login Succeeded/);
    });
  },
);
