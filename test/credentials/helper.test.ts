import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { isHoldfastError } from '../../src/base/index.ts';
import { type Credential, type CredentialOptions, credentialStore } from '../../src/credentials/index.ts';
import { auth, Home } from './home.ts';

function find(options: CredentialOptions, registry = 'quay.io', signal?: AbortSignal): Promise<Credential | undefined> {
  return credentialStore(options).find(registry, 'team/app', signal);
}

async function refused(options: CredentialOptions, registry = 'quay.io'): Promise<string> {
  const error: unknown = await find(options, registry).catch((error: unknown) => error);
  assert.ok(isHoldfastError(error, 'CREDENTIALS_INVALID'), String(error));
  return `${error.message} ${JSON.stringify(error.data)} ${String(error.cause)}`;
}

const alice = { kind: 'password', username: 'alice', password: 's:1' } as const;

void suite('a helper', () => {
  void test('is asked for the host on its input', async () => {
    using home = new Home();
    home.keeper('one', { 'quay.io': ['alice', 's:1'] });
    home.write(home.docker, { credsStore: 'one' });
    assert.deepEqual(await find(home.options()), alice);
    assert.deepEqual(home.calls(), ['get quay.io']);
  });
  void test('of the registry goes before that of all, and both before what the file has', async () => {
    using home = new Home();
    home.keeper('one', { 'quay.io': ['alice', 's:1'], 'ghcr.io': ['bob', 'x'] });
    home.helper('other', 'echo \'{"Username": "other", "Secret": "x"}\'');
    const auths = { 'quay.io': auth('file', 'x'), 'ghcr.io': auth('file', 'x') };
    home.write(home.docker, { auths, credHelpers: { 'https://quay.io': 'one' }, credsStore: 'other' });
    assert.deepEqual(await find(home.options()), alice);
    assert.deepEqual(await find(home.options(), 'ghcr.io'), { kind: 'password', username: 'other', password: 'x' });
  });
  void test('that does not find credentials leaves it to the file, and that to nobody', async () => {
    using home = new Home();
    home.keeper('one');
    home.write(home.docker, { auths: { 'ghcr.io': auth('alice', 's:1') }, credsStore: 'one' });
    assert.equal(await find(home.options()), undefined);
    assert.deepEqual(await find(home.options(), 'ghcr.io'), alice);
  });
  void test('with an empty name means none', async () => {
    using home = new Home();
    home.write(home.docker, { credHelpers: { 'quay.io': '' }, credsStore: 'missing' });
    assert.equal(await find(home.options()), undefined);
  });
  void test('of a path is asked for that path, before anything of the host', async () => {
    using home = new Home();
    home.keeper('one', { 'quay.io/team': ['alice', 's:1'] });
    home.write(home.docker, { auths: { 'quay.io': auth('host', 'x') }, credHelpers: { 'quay.io/team': 'one' } });
    assert.deepEqual(await find(home.options()), alice);
  });
  void test("is asked for Docker Hub by Docker's name, then by Podman's", async () => {
    using home = new Home();
    home.keeper('one', { 'docker.io': ['alice', 's:1'] });
    home.write(home.docker, { credHelpers: { 'docker.io': 'one' } });
    assert.deepEqual(await find(home.options(), 'docker.io'), alice);
    assert.deepEqual(home.calls(), ['get https://index.docker.io/v1/', 'get docker.io']);
  });
  void test('says by its user that the secret is an identity token', async () => {
    using home = new Home();
    home.keeper('one', { 'quay.io': ['<token>', 'refresh'] });
    home.write(home.docker, { credsStore: 'one' });
    assert.deepEqual(await find(home.options()), { kind: 'identity-token', token: 'refresh' });
  });
  void test('that fails otherwise is an error, which tells nothing of what it said', async () => {
    using home = new Home();
    home.helper('one', 'echo "the secret is hunter2"; echo hunter2 >&2; exit 3');
    home.write(home.docker, { credsStore: 'one' });
    const text = await refused(home.options());
    assert.match(text, /docker-credential-one.*"get\\?" failed with exit code 3/);
    assert.doesNotMatch(text, /hunter2/);
  });
  for (const [name, output] of [
    ['no JSON', 'hunter2'],
    ['something else', '["hunter2"]'],
    ['a secret that is no text', '{"Username": "a", "Secret": ["hunter2"]}'],
  ] as const) {
    void test(`that answers with ${name} is an error, which does not tell it`, async () => {
      using home = new Home();
      home.helper('one', `echo '${output}'`);
      home.write(home.docker, { credsStore: 'one' });
      const text = await refused(home.options());
      assert.match(text, /has not answered in the way/);
      assert.doesNotMatch(text, /hunter2/);
    });
  }
  void test('that answers with nothing at all knows nothing', async () => {
    using home = new Home();
    home.helper('one', `echo '{"Username": "", "Secret": ""}'`);
    home.write(home.docker, { credsStore: 'one' });
    assert.equal(await find(home.options()), undefined);
  });
  void test('that is not on the PATH is an error', async () => {
    using home = new Home();
    home.write(home.docker, { credsStore: 'one' });
    assert.match(await refused(home.options()), /not on the PATH/);
    home.keeper('one');
    chmodSync(join(home.path, 'bin/docker-credential-one'), 0o644);
    assert.match(await refused(home.options()), /not on the PATH/);
  });
  void test('is not taken from the working directory', async () => {
    using home = new Home();
    home.keeper('one', { 'quay.io': ['alice', 's:1'] });
    home.write(home.docker, { credsStore: 'one' });
    const PATH = `:.:${join('..', home.path, 'bin')}`;
    assert.match(await refused(home.options({ PATH })), /not on the PATH/);
  });
  for (const name of ['../one', 'a/b', '/bin/sh', 'x y', 'x\0', 'é']) {
    void test(`cannot have the name ${JSON.stringify(name)}`, async () => {
      using home = new Home();
      home.keeper('one');
      home.write(home.docker, { credsStore: name });
      assert.match(await refused(home.options()), /cannot be the name/);
    });
  }
  void test('whose name is no text is an error', async () => {
    using home = new Home();
    home.write(home.docker, { credHelpers: { 'quay.io': 7 } });
    assert.match(await refused(home.options()), /credHelpers is not text/);
  });
  void test('that does not answer is ended', async () => {
    using home = new Home();
    home.helper('one', 'exec sleep 30');
    home.write(home.docker, { credsStore: 'one' });
    const start = performance.now();
    assert.match(await refused({ ...home.options(), helperTimeout: 100 }), /has not answered within 0\.1 s/);
    assert.ok(performance.now() - start < 5000);
  });
  void test('that leaves its output open behind it is not waited for', async () => {
    using home = new Home();
    home.helper('one', `echo '{"Username": "alice", "Secret": "s:1"}'; sleep 2 &`);
    home.write(home.docker, { credsStore: 'one' });
    const start = performance.now();
    assert.deepEqual(await find(home.options()), alice);
    assert.ok(performance.now() - start < 1500);
  });
  void test('that says too much is ended', async () => {
    using home = new Home();
    home.helper('one', 'exec cat /dev/zero');
    home.write(home.docker, { credsStore: 'one' });
    assert.match(await refused(home.options()), /more than \d+ bytes/);
  });
  void test('that does not read its input is understood', async () => {
    using home = new Home();
    home.helper('one', `exec 0<&-; echo '{"Username": "alice", "Secret": "s:1"}'`);
    home.write(home.docker, { credsStore: 'one' });
    assert.deepEqual(await find(home.options()), alice);
  });
  void test('that is no program is an error', async () => {
    using home = new Home();
    chmodSync(home.write('bin/docker-credential-one', '\x7fELF nonsense'), 0o755);
    home.write(home.docker, { credsStore: 'one' });
    assert.match(await refused(home.options()), /docker-credential-one/);
  });
  void test('is ended when the lookup is given up', async () => {
    using home = new Home();
    home.helper('one', 'exec sleep 30');
    home.write(home.docker, { credsStore: 'one' });
    const reason = new Error('enough');
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 50);
    await assert.rejects(find(home.options(), 'quay.io', controller.signal), reason);
  });
});
