/** Debian's registry behind a password, and behind a certificate of an authority that nobody knows. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { hash } from 'bcryptjs';
import { file, imageOf, layerOf, writeLayout } from '../../src/testing/index.ts';
import { certificate } from '../http/servers.ts';
import { type Ended, ended, peer, type Workplace, workplace } from './command.ts';
import { whyMissing } from './peers.ts';
import { type RunningPeer, startDockerRegistry } from './registry-peers.ts';
import { startTunnel, type Tunnel } from './tunnel.ts';

const image = imageOf([layerOf([file('a', 'text')])]);
const password = 'pa55 wörd:with-colon';

/** A workplace with a layout of one image. */
function prepared(): { readonly work: Workplace; readonly source: string } {
  const work = workplace();
  writeLayout(join(work.path, 'layout'), { v1: image });
  return { work, source: `oci:${join(work.path, 'layout')}:v1` };
}

void suite('docker-registry with passwords', { skip: whyMissing('docker-registry', 'skopeo', 'podman') }, () => {
  let registry: RunningPeer;
  let at: string;
  before(async () => {
    const { path } = workplace();
    const htpasswd = join(path, 'htpasswd');
    fs.writeFileSync(htpasswd, `ann:${await hash(password, 5)}\n`);
    registry = await startDockerRegistry({ htpasswd });
    at = `${registry.host}/app:v1`;
  });
  after(() => registry[Symbol.asyncDispose]());

  const login = async (work: Workplace, typed: string, ...flags: readonly string[]): Promise<Ended> => {
    const child = work.start('login', '-u', 'ann', '--password-stdin', ...flags, registry.host);
    child.stdin?.end(typed);
    return ended(child);
  };

  void test('lets in who has logged in, until they log out', async () => {
    const { work, source } = prepared();
    const refused = await work.fails(5, 'push', '--progress', 'none', source, at);
    assert.match(refused, /AUTH_REQUIRED\]\nhint: log in first: holdfast login 127\.0\.0\.1:\d+\n$/);
    const authfile = join(work.path, 'auth.json');
    const { code, stdout, stderr } = await login(work, `${password}\n`, '--authfile', authfile);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, `logged in to ${registry.host}; the credentials are in ${authfile}\n`);
    assert.equal(await work.done('push', '-q', '--authfile', authfile, source, at), image.digest);
    assert.equal(await work.done('pull', '-q', '--authfile', authfile, at), image.digest);
    await work.fails(5, 'tags', at);
    await work.done('logout', '--authfile', authfile, registry.host);
    await work.fails(5, 'tags', '--authfile', authfile, at);
  });

  void test('refuses another password, of which nothing is kept', async () => {
    const { work } = prepared();
    const { code, stdout, stderr } = await login(work, 'wrong');
    assert.deepEqual([code, stdout], [5, '']);
    assert.match(stderr, /refuses the login: .* \[AUTH_REQUIRED\]\nhint: check the user and the password/);
    assert.equal(fs.existsSync(join(work.path, 'home')), false);
  });

  void test('knows who Holdfast has logged in, when skopeo and podman ask', async () => {
    const { work, source } = prepared();
    const authfile = join(work.path, 'auth.json');
    assert.equal((await login(work, password, '--authfile', authfile)).code, 0);
    await work.done('push', '-q', '--authfile', authfile, source, at);
    const flags = ['--authfile', authfile, '--tls-verify=false'];
    const raw = await peer(work.env, 'skopeo', 'inspect', '--raw', ...flags, `docker://${at}`);
    assert.equal(raw, image.manifest.toString());
    const podman = await peer(work.env, 'podman', 'login', '--get-login', '--authfile', authfile, registry.host);
    assert.equal(podman, 'ann\n');
  });

  for (const [program, command] of [
    ['skopeo', ['login']],
    ['podman', ['login']],
  ] as const) {
    void test(`knows who ${program} has logged in, when Holdfast asks`, async () => {
      const { work, source } = prepared();
      const authfile = join(work.path, 'auth.json');
      const flags = ['--authfile', authfile, '--tls-verify=false', '-u', 'ann', '-p', password];
      await peer(work.env, program, ...command, ...flags, registry.host);
      assert.equal(await work.done('push', '-q', '--authfile', authfile, source, at), image.digest);
      const byVariable = work.with({ REGISTRY_AUTH_FILE: authfile });
      assert.equal(await byVariable.done('digest', at), image.digest);
      await work.done('logout', '--authfile', authfile, registry.host);
      const known = spawn(program, ['login', '--get-login', '--authfile', authfile, registry.host], { env: work.env });
      assert.notEqual((await ended(known)).code, 0);
    });
  }
});

void suite('docker-registry with a certificate', { skip: whyMissing('docker-registry', 'skopeo') }, () => {
  // Certificates of this machine itself are never checked.
  const host = 'registry.example';
  let registry: RunningPeer;
  let tunnel: Tunnel;
  let authority: string;
  before(async () => {
    const issuer = await certificate('Lab', { isAuthority: true });
    authority = issuer.cert;
    registry = await startDockerRegistry({ tls: await certificate('registry', { names: [host], issuer }) });
    tunnel = await startTunnel(registry.host);
  });
  after(async () => {
    await tunnel[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  void test('is refused, with what to do about it', async () => {
    const { work, source } = prepared();
    const said = await work.with(tunnel.env).fails(6, 'push', '--progress', 'none', source, `${host}/app:v1`);
    assert.match(said, /no secure connection to "registry\.example": .* authority .* not known here .*\[TLS_REFUSED\]/);
    assert.match(said, /\nhint: add its CA to ~\/\.docker\/certs\.d\/registry\.example\/ca\.crt, or .*--insecure\n$/);
  });

  for (const home of ['.docker', '.config/containers', 'xdg/containers']) {
    void test(`is trusted by ~/${home}/certs.d, and skopeo reads what was pushed`, async () => {
      const { work, source } = prepared();
      const directory = join(work.path, 'home', home, 'certs.d', host);
      fs.mkdirSync(directory, { recursive: true });
      fs.writeFileSync(join(directory, 'ca.crt'), authority);
      const xdg = home.startsWith('xdg') ? { XDG_CONFIG_HOME: join(work.path, 'home/xdg') } : {};
      const own = work.with({ ...tunnel.env, ...xdg });
      assert.equal(await own.done('push', '-q', source, `${host}/app:v1`), image.digest);
      assert.equal(await own.done('pull', '-q', `${host}/app:v1`), image.digest);
      const raw = ['inspect', '--raw', '--cert-dir', directory, `docker://${host}/app:v1`];
      assert.equal(await peer(own.env, 'skopeo', ...raw), image.manifest.toString());
    });
  }

  void test('is not asked for one with --insecure', async () => {
    const { work, source } = prepared();
    const own = work.with(tunnel.env);
    assert.equal(await own.done('push', '-q', '--insecure', source, `${host}/app:v2`), image.digest);
    assert.match(await own.done('tags', '--insecure', `${host}/app`), /v2/);
  });
});
