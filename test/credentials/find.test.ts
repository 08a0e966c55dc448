import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { isHoldfastError } from '../../src/base/index.ts';
import { type CredentialOptions, credentialStore, givenCredential } from '../../src/credentials/index.ts';
import { auth, Home } from './home.ts';

/** The user that is found, or the token. */
async function found(
  options: CredentialOptions,
  registry: string,
  repository = 'team/app',
): Promise<string | undefined> {
  const credential = await credentialStore(options).find(registry, repository);
  return credential?.kind === 'password' ? credential.username : credential?.token;
}

async function refused(options: CredentialOptions, registry = 'quay.io'): Promise<string> {
  const error: unknown = await credentialStore(options)
    .find(registry, 'team/app')
    .catch((error: unknown) => error);
  assert.ok(isHoldfastError(error, 'CREDENTIALS_INVALID'), String(error));
  return `${error.message} ${error.stack ?? ''} ${String(error.cause)}`;
}

const entries = (...keys: string[]): unknown => ({
  auths: Object.fromEntries(keys.map((key) => [key, { username: key, password: 'x' }])),
});
const known = (user: string, host = 'quay.io'): unknown => ({ auths: { [host]: auth(user, 'x') } });

void suite('credentials are found', () => {
  void test('nowhere, when there is no file', async () => {
    using home = new Home();
    assert.equal(await found(home.options(), 'quay.io'), undefined);
  });
  void test("in Docker's file before those of Podman, and in the session's before the user's", async () => {
    using home = new Home();
    home.write(home.podman, known('podman'));
    assert.equal(await found(home.options(), 'quay.io'), 'podman');
    home.write(home.session, known('session'));
    assert.equal(await found(home.options(), 'quay.io'), 'session');
    home.write(home.docker, known('docker'));
    assert.equal(await found(home.options(), 'quay.io'), 'docker');
  });
  void test('in another file when the first does not know the registry', async () => {
    using home = new Home();
    home.write(home.docker, { auths: { 'quay.io': {}, 'ghcr.io': auth('other', 'x') } });
    home.write(home.podman, known('podman'));
    assert.equal(await found(home.options(), 'quay.io'), 'podman');
  });
  void test('below XDG_CONFIG_HOME where that is set', async () => {
    using home = new Home();
    home.write('xdg/containers/auth.json', known('xdg'));
    home.write(home.podman, known('podman'));
    assert.equal(await found(home.options({ XDG_CONFIG_HOME: join(home.path, 'xdg') }), 'quay.io'), 'xdg');
  });
  void test('in $DOCKER_CONFIG/config.json alone where that is set', async () => {
    using home = new Home();
    home.write(home.docker, known('docker'));
    home.write(home.podman, known('podman'));
    const options = home.options({ DOCKER_CONFIG: join(home.path, 'other') });
    assert.equal(await found(options, 'quay.io'), undefined);
    home.write('other/config.json', known('other'));
    assert.equal(await found(options, 'quay.io'), 'other');
  });
  void test('in REGISTRY_AUTH_FILE alone where that is set', async () => {
    using home = new Home();
    home.write(home.docker, known('docker'));
    const path = join(home.path, 'auth.json');
    const options = home.options({ REGISTRY_AUTH_FILE: path, DOCKER_CONFIG: join(home.path, '.docker') });
    assert.equal(await found(options, 'quay.io'), undefined);
    home.write(path, known('file'));
    assert.equal(await found(options, 'quay.io'), 'file');
  });
  void test('in the authfile alone where one is given, which must be there', async () => {
    using home = new Home();
    home.write(home.docker, known('docker'));
    const authfile = join(home.path, 'mine.json');
    const options = { ...home.options({ REGISTRY_AUTH_FILE: home.docker }), authfile };
    assert.match(await refused(options), /mine\.json": the file does not exist/);
    home.write(authfile, known('mine'));
    assert.equal(await found(options, 'quay.io'), 'mine');
  });
  void test('again when a file has changed', async () => {
    using home = new Home();
    const store = credentialStore(home.options());
    assert.equal(await store.find('quay.io', 'a'), undefined);
    home.write(home.docker, known('later'));
    assert.equal((await store.find('quay.io', 'a'))?.kind, 'password');
  });
});

void suite('the key of a credential is', () => {
  void test('the repository, then what it is in, then the host', async () => {
    using home = new Home();
    home.write(home.docker, entries('quay.io', 'quay.io/team', 'quay.io/team/app'));
    assert.equal(await found(home.options(), 'quay.io', 'team/app'), 'quay.io/team/app');
    assert.equal(await found(home.options(), 'quay.io', 'team/other'), 'quay.io/team');
    assert.equal(await found(home.options(), 'quay.io', 'teams/app'), 'quay.io');
  });
  void test('the more specific one also when it is in a later file', async () => {
    using home = new Home();
    home.write(home.docker, known('docker'));
    home.write(home.podman, known('podman', 'quay.io/team'));
    assert.equal(await found(home.options(), 'quay.io', 'team/app'), 'podman');
    assert.equal(await found(home.options(), 'quay.io', 'x/app'), 'docker');
  });
  for (const key of [
    'registry.test:5000',
    'https://registry.test:5000',
    'http://registry.test:5000/',
    'https://registry.test:5000/v1/',
    'https://registry.test:5000/v2/',
    'registry.test:5000/v2',
    'registry.test:5000/v1/',
    'Registry.Test:5000',
  ]) {
    void test(`the host, written as ${key}`, async () => {
      using home = new Home();
      home.write(home.docker, entries(key));
      assert.equal(await found(home.options(), 'registry.test:5000'), key);
      assert.equal(await found(home.options(), 'registry.test'), undefined);
      assert.equal(await found(home.options(), 'other.registry.test:5000'), undefined);
    });
  }
  void test("Docker's own for Docker Hub, or one of its hosts", async () => {
    const keys = ['https://index.docker.io/v1/', 'docker.io', 'index.docker.io', 'https://registry-1.docker.io'];
    for (const key of keys) {
      using home = new Home();
      home.write(home.docker, entries(key));
      for (const host of ['docker.io', 'index.docker.io', 'registry-1.docker.io']) {
        assert.equal(await found(home.options(), host), key);
      }
    }
  });
  void test('the one that is written today, before older forms', async () => {
    using home = new Home();
    home.write(home.docker, entries('index.docker.io', 'docker.io', 'https://index.docker.io/v1/'));
    assert.equal(await found(home.options(), 'docker.io'), 'https://index.docker.io/v1/');
  });
  void test('not one of the tokens that Docker keeps below that of its Hub', async () => {
    using home = new Home();
    home.write(
      home.docker,
      entries('https://index.docker.io/v1/refresh-token', 'https://index.docker.io/v1/access-token'),
    );
    assert.equal(await found(home.options(), 'docker.io'), undefined);
  });
  void test('no name that objects have by themselves', async () => {
    using home = new Home();
    home.write(home.docker, '{"auths": {"__proto__": {"auth": "eDp4"}}}');
    assert.equal(await found(home.options(), 'constructor'), undefined);
  });
  void test('never that of another host', async () => {
    const host = fc.stringMatching(/^[a-z0-9]{1,3}(\.[a-z0-9]{1,3}){1,2}(:[0-9]{1,2})?$/);
    await fc.assert(
      fc.asyncProperty(host, host, async (own, other) => {
        fc.pre(own !== other);
        using home = new Home();
        home.write(home.docker, entries(own, `https://${own}/v1/`, `${own}/${other}`));
        assert.equal(await found(home.options(), other, 'x'), undefined);
      }),
      { numRuns: 40 },
    );
  });
});

void suite('an entry', () => {
  const cases: readonly (readonly [string, unknown, unknown])[] = [
    ['has a name and a password in base64', auth('me', 'p'), { kind: 'password', username: 'me', password: 'p' }],
    ['may have colons in its password', auth('me', 'a:b:c'), { kind: 'password', username: 'me', password: 'a:b:c' }],
    ['may be padded with NUL', auth('me', 'p\0\0'), { kind: 'password', username: 'me', password: 'p' }],
    ['may have an empty password', auth('me', ''), { kind: 'password', username: 'me', password: '' }],
    ['may have characters beyond ASCII', auth('ü', 'pä'), { kind: 'password', username: 'ü', password: 'pä' }],
    ['may go without padding', { auth: 'bWU6cA' }, { kind: 'password', username: 'me', password: 'p' }],
    ['may have both apart', { username: 'me', password: 'p' }, { kind: 'password', username: 'me', password: 'p' }],
    ['may have an identity token', { ...auth('0', ''), identitytoken: 't' }, { kind: 'identity-token', token: 't' }],
    ['may say so by its user', auth('<token>', 't'), { kind: 'identity-token', token: 't' }],
    ['may have a registry token', { ...auth('0', '1'), registrytoken: 't' }, { kind: 'registry-token', token: 't' }],
    ['may be empty', {}, undefined],
    ['may have empty fields', { auth: '', identitytoken: null, email: 'x' }, undefined],
  ];
  for (const [name, entry, credential] of cases) {
    void test(name, async () => {
      using home = new Home();
      home.write(home.docker, { auths: { 'quay.io': entry } });
      assert.deepEqual(await credentialStore(home.options()).find('quay.io', 'a'), credential);
    });
  }
  const broken: readonly (readonly [string, unknown, RegExp])[] = [
    [
      'is refused when it is not base64',
      { auth: 'sec*ret' },
      /entry of \\?"quay\.io\\?" has an \\?"auth\\?" that is not/,
    ],
    ['is refused without a colon', { auth: Buffer.from('secret').toString('base64') }, /without a colon/],
    ['is refused when a field is no text', { auth: 7, x: 'secret' }, /is not what it should be/],
    ['is refused when it is no object', 'secret', /is not what it should be/],
  ];
  for (const [name, entry, message] of broken) {
    void test(`${name}, without telling what it is, and only for its own registry`, async () => {
      using home = new Home();
      home.write(home.docker, { auths: { 'quay.io': entry, 'ghcr.io': auth('me', 'p') } });
      const text = await refused(home.options());
      assert.match(text, message);
      assert.doesNotMatch(text, /sec\*?ret|c2Vjcm/);
      assert.equal(await found(home.options(), 'ghcr.io'), 'me');
    });
  }
});

void suite('a file', () => {
  for (const [name, content] of [
    ['that is no JSON', '{"auths": {"quay.io": {"auth": "c2VjcmV0"'],
    ['that is no object', '["c2VjcmV0"]'],
    ['whose auths are no object', '{"auths": "c2VjcmV0"}'],
    ['whose credsStore is no text', '{"credsStore": {"c2VjcmV0": 1}}'],
  ] as const) {
    void test(`${name} is refused by name, without its content`, async () => {
      using home = new Home();
      home.write(home.docker, content);
      const text = await refused(home.options());
      assert.ok(text.includes(home.docker));
      assert.doesNotMatch(text, /c2Vj/);
    });
  }
  for (const content of [
    '',
    ' \n',
    '{}',
    '{"auths": null, "credHelpers": null}',
    '{"psFormat": "x", "credsStore": ""}',
  ]) {
    void test(`${JSON.stringify(content)} knows nothing`, async () => {
      using home = new Home();
      home.write(home.docker, content);
      assert.equal(await found(home.options(), 'quay.io'), undefined);
    });
  }
  void test('that is a directory is refused', async () => {
    using home = new Home();
    mkdirSync(home.docker, { recursive: true });
    assert.match(await refused(home.options()), /this is not a file/);
  });
  void test('that is a pipe to which nobody writes is refused', async () => {
    using home = new Home();
    mkdirSync(dirname(home.docker));
    assert.equal(spawnSync('mkfifo', [home.docker]).status, 0);
    assert.match(await refused(home.options()), /this is not a file/);
  });
  void test('that is larger than any is refused', async () => {
    using home = new Home();
    home.write(home.docker, ' '.repeat(4 * 1024 * 1024 + 1));
    assert.match(await refused(home.options()), /larger than/);
  });
  void test('may be the null device', async () => {
    using home = new Home();
    assert.equal(await found({ ...home.options(), authfile: '/dev/null' }, 'quay.io'), undefined);
  });
});

void test('what is no host is refused', async () => {
  using home = new Home();
  for (const registry of ['', 'a b', '-x', 'host/path', 'a\nb', 'user@host']) {
    await assert.rejects(
      credentialStore(home.options()).find(registry, 'a'),
      (error) => isHoldfastError(error, 'REFERENCE_INVALID'),
      registry,
    );
  }
});

void test('a given credential is for its registry only', async () => {
  const credential = { kind: 'registry-token', token: 't' } as const;
  const store = givenCredential('index.docker.io', credential);
  assert.equal(await store.find('docker.io', 'a'), credential);
  assert.equal(await store.find('quay.io', 'a'), undefined);
});
