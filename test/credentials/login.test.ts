import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { isHoldfastError } from '../../src/base/index.ts';
import { credentialStore, login, logout } from '../../src/credentials/index.ts';
import { startTestRegistry } from '../../src/testing/index.ts';
import { auth, Home } from './home.ts';

const alice = { username: 'alice', password: 's:1' };
const kept = { kind: 'password', ...alice };

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

void suite('login stores', () => {
  void test("in Docker's file, which is made for this user only", async () => {
    using home = new Home();
    const options = home.options();
    const stored = await login('quay.io', alice, options);
    assert.deepEqual(stored, { registry: 'quay.io', storedIn: home.docker, file: home.docker });
    assert.deepEqual(home.read(home.docker), { auths: { 'quay.io': auth('alice', 's:1') } });
    assert.deepEqual([modeOf(home.docker), modeOf(dirname(home.docker))], [0o600, 0o700]);
    assert.deepEqual(await credentialStore(options).find('quay.io', 'a'), kept);
    assert.deepEqual(readdirSync(dirname(home.docker)), ['config.json']);
  });
  void test('in the file that is given or named by the environment', async () => {
    using home = new Home();
    const authfile = join(home.path, 'new/auth.json');
    assert.equal((await login('quay.io', alice, { ...home.options(), authfile })).file, authfile);
    const named = join(home.path, 'named.json');
    assert.equal((await login('quay.io', alice, home.options({ REGISTRY_AUTH_FILE: named }))).file, named);
    const docker = home.options({ DOCKER_CONFIG: join(home.path, 'docker') });
    assert.equal((await login('quay.io', alice, docker)).file, join(home.path, 'docker/config.json'));
    assert.equal(existsSync(home.docker), false);
  });
  void test('one entry and leaves everything else as it is written', async () => {
    using home = new Home();
    const before =
      '{\n    "psFormat": "{{.ID}}", "big": 12345678901234567890,\n    "auths": {"ghcr.io": {"auth": "eDp4"}}\n}\n';
    home.write(home.docker, before);
    chmodSync(home.docker, 0o644);
    await login('quay.io', alice, home.options());
    const after = readFileSync(home.docker, 'utf8');
    assert.ok(after.startsWith('{\n    "psFormat": "{{.ID}}", "big": 12345678901234567890,\n'), after);
    assert.deepEqual(Object.keys((JSON.parse(after) as { auths: object }).auths), ['ghcr.io', 'quay.io']);
    assert.equal(modeOf(home.docker), 0o600);
    await logout('quay.io', home.options());
    assert.deepEqual(home.read(home.docker), JSON.parse(before));
  });
  void test('into a file whose table is null', async () => {
    using home = new Home();
    home.write(home.docker, '{"auths": null}');
    await login('quay.io', alice, home.options());
    assert.deepEqual(home.read(home.docker), { auths: { 'quay.io': auth('alice', 's:1') } });
  });
  void test("Docker Hub under Docker's key, and removes what else meant it", async () => {
    using home = new Home();
    home.write(home.docker, { auths: { 'docker.io': auth('old', 'x'), 'https://quay.io/v2/': auth('q', 'x') } });
    assert.equal((await login('index.docker.io', alice, home.options())).registry, 'docker.io');
    await login('quay.io', alice, home.options());
    const entry = auth('alice', 's:1');
    assert.deepEqual(home.read(home.docker), { auths: { 'https://index.docker.io/v1/': entry, 'quay.io': entry } });
  });
  void test('an identity token as such', async () => {
    using home = new Home();
    await login('quay.io', { identityToken: 'refresh' }, home.options());
    assert.deepEqual(home.read(home.docker), { auths: { 'quay.io': { identitytoken: 'refresh' } } });
    const found = await credentialStore(home.options()).find('quay.io', 'a');
    assert.deepEqual(found, { kind: 'identity-token', token: 'refresh' });
  });
  void test('where a symbolic link leads, and leaves the link', async () => {
    using home = new Home();
    const real = home.write('dotfiles/docker.json', { auths: {} });
    mkdirSync(dirname(home.docker));
    symlinkSync('../dotfiles/docker.json', home.docker);
    await login('quay.io', alice, home.options());
    assert.ok(lstatSync(home.docker).isSymbolicLink());
    assert.deepEqual(home.read(real), { auths: { 'quay.io': auth('alice', 's:1') } });
  });
  void test('where a symbolic link leads to nothing yet', async () => {
    using home = new Home();
    mkdirSync(dirname(home.docker));
    symlinkSync(join(home.path, 'dotfiles/docker.json'), home.docker);
    await login('quay.io', alice, home.options());
    assert.ok(lstatSync(home.docker).isSymbolicLink());
    assert.ok(lstatSync(join(home.path, 'dotfiles/docker.json')).isFile());
  });
  void test('with the helper of the file, which gets an empty entry', async () => {
    using home = new Home();
    home.keeper('one');
    home.write(home.docker, { auths: { 'quay.io': auth('old', 'plain') }, credsStore: 'one' });
    const stored = await login('quay.io', alice, home.options());
    assert.deepEqual(stored, { registry: 'quay.io', storedIn: 'docker-credential-one', file: home.docker });
    assert.deepEqual(home.read(home.docker), { auths: { 'quay.io': {} }, credsStore: 'one' });
    assert.deepEqual(home.calls(), ['store {"ServerURL":"quay.io","Username":"alice","Secret":"s:1"}']);
    assert.deepEqual(await credentialStore(home.options()).find('quay.io', 'a'), kept);
  });
  void test('an identity token with a helper under the user <token>', async () => {
    using home = new Home();
    home.keeper('one');
    home.write(home.docker, { credHelpers: { 'quay.io': 'one' } });
    await login('quay.io', { identityToken: 'refresh' }, home.options());
    assert.deepEqual(home.calls(), ['store {"ServerURL":"quay.io","Username":"<token>","Secret":"refresh"}']);
  });
  void test('many registries at once without losing one', async () => {
    using home = new Home();
    const hosts = Array.from({ length: 20 }, (_, number) => `r${number}.test`);
    await Promise.all(hosts.map((host) => login(host, alice, home.options())));
    assert.deepEqual(Object.keys((home.read(home.docker) as { auths: object }).auths), hosts);
  });
});

void suite('login refuses', () => {
  void test('when the helper does, and changes no file', async () => {
    using home = new Home();
    home.helper('one', 'cat; exit 1');
    home.write(home.docker, { credsStore: 'one' });
    const error: unknown = await login('quay.io', alice, home.options()).catch((error: unknown) => error);
    assert.ok(isHoldfastError(error, 'CREDENTIALS_INVALID'));
    assert.doesNotMatch(error.message, /s:1/);
    assert.deepEqual(home.read(home.docker), { credsStore: 'one' });
  });
  void test('a malformed file, and leaves it', async () => {
    using home = new Home();
    for (const content of [
      '{"auths": {',
      '[]',
      '{"auths": {}, "auths": {}}',
      '{"auths": {"quay.io": {}, "quay.io": {}}}',
    ]) {
      home.write(home.docker, content);
      await assert.rejects(login('quay.io', alice, home.options()), (error) =>
        isHoldfastError(error, 'CREDENTIALS_INVALID'),
      );
      assert.equal(readFileSync(home.docker, 'utf8'), content);
    }
  });
  void test('a user name with a colon, or none', async () => {
    using home = new Home();
    for (const username of ['', 'a:b']) {
      await assert.rejects(login('quay.io', { username, password: 'x' }, home.options()), (error) =>
        isHoldfastError(error, 'USAGE'),
      );
    }
  });
  void test('what is no host', async () => {
    using home = new Home();
    await assert.rejects(login('quay.io/team', alice, home.options()), (error) =>
      isHoldfastError(error, 'REFERENCE_INVALID'),
    );
  });
  void test('a file that cannot be written', async () => {
    using home = new Home();
    home.write('plain', '');
    const authfile = join(home.path, 'loop');
    symlinkSync('loop', authfile);
    await assert.rejects(login('quay.io', alice, { ...home.options(), authfile }), (error) =>
      isHoldfastError(error, 'CREDENTIALS_INVALID'),
    );
    const below = { ...home.options(), authfile: join(home.path, 'plain/auth.json') };
    await assert.rejects(login('quay.io', alice, below), (error) => isHoldfastError(error, 'CREDENTIALS_INVALID'));
  });
});

void suite('logout removes', () => {
  void test('every key of the host from the file, and says so', async () => {
    using home = new Home();
    const auths = { 'quay.io': auth('a', 'x'), 'https://quay.io/v1/': auth('b', 'x'), 'ghcr.io': auth('c', 'x') };
    home.write(home.docker, { auths });
    const gone = await logout('quay.io', home.options());
    assert.deepEqual(gone, { registry: 'quay.io', removedFrom: [home.docker], stillIn: [] });
    assert.deepEqual(home.read(home.docker), { auths: { 'ghcr.io': auth('c', 'x') } });
  });
  void test('nothing where there is nothing, and makes no file', async () => {
    using home = new Home();
    assert.deepEqual((await logout('quay.io', home.options())).removedFrom, []);
    assert.equal(existsSync(home.docker), false);
  });
  void test('from the helper too', async () => {
    using home = new Home();
    home.keeper('one', { 'quay.io': ['alice', 'x'] });
    home.write(home.docker, { auths: { 'quay.io': {} }, credsStore: 'one' });
    assert.deepEqual((await logout('quay.io', home.options())).removedFrom, ['docker-credential-one']);
    assert.deepEqual(home.calls(), ['get quay.io', 'erase quay.io']);
    assert.deepEqual(home.read(home.docker), { auths: {}, credsStore: 'one' });
  });
  void test('an entry that is broken', async () => {
    using home = new Home();
    home.write(home.docker, { auths: { 'quay.io': { auth: '*' } } });
    assert.deepEqual((await logout('quay.io', home.options())).removedFrom, [home.docker]);
  });
  void test('nothing from the files of Podman, and names those that still know the registry', async () => {
    using home = new Home();
    home.write(home.docker, { auths: { 'quay.io': auth('a', 'x') } });
    home.write(home.podman, { auths: { 'quay.io': auth('b', 'x') } });
    home.write(home.session, 'not JSON');
    assert.deepEqual((await logout('quay.io', home.options())).stillIn, [home.podman]);
    assert.deepEqual(home.read(home.podman), { auths: { 'quay.io': auth('b', 'x') } });
  });
});

void suite('with real tools,', () => {
  for (const tool of ['skopeo', 'podman']) {
    const isThere = spawnSync(tool, ['--version']).status === 0;
    void test(`${tool} and holdfast find what the other has stored`, { skip: !isThere }, async () => {
      using home = new Home();
      await using registry = await startTestRegistry({ auth: { kind: 'basic', users: { alice: 's:1' } } });
      const authfile = join(home.path, 'auth.json');
      const options = { ...home.options(), authfile };
      const { host } = registry;
      await login(host, alice, options);
      const { output } = await run(tool, ['login', '--get-login', '--authfile', authfile, host]);
      assert.equal(output.trim(), 'alice');
      await login('docker.io', alice, options);
      const hub = await run(tool, ['login', '--get-login', '--authfile', authfile, 'docker.io']);
      assert.equal(hub.output.trim(), 'alice');
      await logout(host, options);
      const args = ['login', '--tls-verify=false', '--authfile', authfile, '-u', 'alice', '-p', 's:1', host];
      assert.equal((await run(tool, args)).code, 0);
      assert.deepEqual(await credentialStore(options).find(host, 'a'), kept);
    });
  }
});

function run(program: string, args: readonly string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    let output = '';
    child.stdout.on('data', (piece: Buffer) => (output += piece.toString()));
    child.on('close', (code) => resolve({ code, output }));
  });
}
