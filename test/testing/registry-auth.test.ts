import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { generate } from 'selfsigned';
import {
  file,
  imageOf,
  layerOf,
  type RegistryAuth,
  registryPresets,
  startTestRegistry,
  type TestRegistry,
} from '../../src/testing/index.ts';
import { ask, type Asked } from './ask.ts';

const image = imageOf([layerOf([file('a', '1')])]);
const users = { alice: 'se:cret' };
const alice = `Basic ${Buffer.from('alice:se:cret').toString('base64')}`;
const wrong = `Basic ${Buffer.from('alice:other').toString('base64')}`;

interface TokenAnswer {
  readonly token?: string;
  readonly access_token?: string;
  readonly expires_in?: number;
  readonly issued_at?: string;
}

async function started(auth: RegistryAuth): Promise<TestRegistry> {
  const registry = await startTestRegistry({ auth: { users, ...auth } });
  registry.seed('team/app', 'latest', image);
  registry.seed('team/other', 'latest', image);
  return registry;
}

function pull(registry: TestRegistry, authorization?: string, repository = 'team/app'): Promise<Asked> {
  const headers = authorization === undefined ? {} : { authorization };
  return ask(`${registry.url}/v2/${repository}/manifests/latest`, { headers });
}

async function token(registry: TestRegistry, scopes: readonly string[], authorization = alice): Promise<TokenAnswer> {
  const query = new URLSearchParams({ service: registry.host });
  for (const scope of scopes) query.append('scope', scope);
  const { body } = await ask(`${registry.url}/token?${query.toString()}`, { headers: { authorization } });
  return JSON.parse(body.toString()) as TokenAnswer;
}

const pullScope = 'repository:team/app:pull';

void suite('basic authentication', () => {
  void test('lets a user in, and nobody else', async () => {
    await using registry = await started({ kind: 'basic' });
    const refused = await pull(registry);
    assert.deepEqual([refused.status, refused.headers['www-authenticate']], [401, 'Basic realm="test registry"']);
    assert.equal((await pull(registry, wrong)).status, 401);
    assert.equal((await pull(registry, alice)).status, 200);
    assert.equal((await ask(`${registry.url}/v2/`)).status, 401);
  });
  void test('denies a user what is not granted', async () => {
    await using registry = await started({ kind: 'basic', grants: [{ repository: /app$/, actions: ['pull'] }] });
    assert.equal((await pull(registry, alice)).status, 200);
    assert.equal((await pull(registry, alice, 'team/other')).status, 403);
  });
  void test('lets everybody pull where that is allowed, but not with wrong credentials', async () => {
    await using registry = await started({ kind: 'basic', anonymous: ['pull'] });
    assert.equal((await pull(registry)).status, 200);
    assert.equal((await pull(registry, wrong)).status, 401);
    assert.equal((await ask(`${registry.url}/v2/x/blobs/uploads/`, { method: 'POST' })).status, 401);
  });
});

void suite('bearer tokens', () => {
  void test('are asked for with realm, service and scope', async () => {
    await using registry = await started({ kind: 'bearer' });
    const { status, headers } = await pull(registry);
    const challenge = `Bearer realm="${registry.url}/token",service="${registry.host}",scope="${pullScope}"`;
    assert.deepEqual([status, headers['www-authenticate']], [401, challenge]);
    const mount = await ask(`${registry.url}/v2/a/blobs/uploads/?mount=x&from=b`, { method: 'POST' });
    assert.match(mount.headers['www-authenticate'] ?? '', /scope="repository:a:pull,push repository:b:pull"/);
  });
  void test('open what they were made for', async () => {
    await using registry = await started({ kind: 'bearer' });
    const given = await token(registry, [pullScope]);
    assert.equal((await pull(registry, `Bearer ${given.token}`)).status, 200);
    const other = await pull(registry, `Bearer ${given.token}`, 'team/other');
    assert.equal(other.status, 401);
    assert.match(other.headers['www-authenticate'] ?? '', /error="insufficient_scope"/);
    assert.equal((await pull(registry, 'Bearer nonsense')).status, 401);
  });
  void test('are recorded', async () => {
    await using registry = await started({ kind: 'bearer' });
    const given = await token(registry, [pullScope, 'repository:x:push']);
    const [recorded] = registry.tokenRequests;
    assert.deepEqual(recorded?.scopes, [pullScope, 'repository:x:push']);
    assert.deepEqual([recorded.user, recorded.service, recorded.token], ['alice', registry.host, given.token]);
    await token(registry, [], wrong);
    assert.deepEqual([registry.tokenRequests[1]?.user, registry.tokenRequests[1]?.status], [undefined, 401]);
  });
  void test('may be made for the first scope only', async () => {
    await using registry = await started({ kind: 'bearer', scopes: 'first' });
    const given = await token(registry, ['repository:team/other:pull', pullScope]);
    assert.equal((await pull(registry, `Bearer ${given.token}`)).status, 401);
    assert.equal((await pull(registry, `Bearer ${given.token}`, 'team/other')).status, 200);
  });
  void test('expire, and can be revoked', async () => {
    await using registry = await started({ kind: 'bearer' });
    const given = await token(registry, [pullScope]);
    registry.revokeTokens();
    assert.equal((await pull(registry, `Bearer ${given.token}`)).status, 401);
    await using brief = await started({ kind: 'bearer', lifetime: 0, expiresIn: 3600 });
    const expired = await token(brief, [pullScope]);
    assert.equal(expired.expires_in, 3600);
    assert.equal((await pull(brief, `Bearer ${expired.token}`)).status, 401);
  });
  void test('come in the fields that are asked for', async () => {
    const auth = { kind: 'bearer', tokenField: 'access_token', expiresIn: 'absent', issuedAt: 'absent' } as const;
    await using registry = await started(auth);
    assert.deepEqual(Object.keys(await token(registry, [pullScope])), ['access_token']);
  });
  void test('are given for a refresh token by POST, unless that is refused', async () => {
    const identityTokens = { 'refresh-me': 'alice' };
    const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'refresh-me', scope: pullScope });
    await using registry = await started({ kind: 'bearer', identityTokens });
    form.set('service', registry.host);
    const { status, body } = await ask(`${registry.url}/token`, { method: 'POST', body: Buffer.from(String(form)) });
    assert.equal(status, 200);
    const { access_token: given } = JSON.parse(body.toString()) as TokenAnswer;
    assert.equal((await pull(registry, `Bearer ${given}`)).status, 200);
    await using refusing = await started({ kind: 'bearer', identityTokens, oauth2: 405 });
    assert.equal((await ask(`${refusing.url}/token`, { method: 'POST', body: Buffer.from(String(form)) })).status, 405);
  });
  void test('of another registry are good when it was asked for this service', async () => {
    await using authority = await started({ kind: 'bearer' });
    await using registry = await started({ kind: 'bearer', realm: `${authority.url}/token`, service: 'registry.test' });
    assert.match(
      (await pull(registry)).headers['www-authenticate'] ?? '',
      new RegExp(`realm="${authority.url}/token"`),
    );
    const made = await ask(`${authority.url}/token?service=registry.test&scope=${pullScope}`, {
      headers: { authorization: alice },
    });
    const { token: given } = JSON.parse(made.body.toString()) as TokenAnswer;
    assert.equal((await pull(registry, `Bearer ${given}`)).status, 200);
    assert.equal((await pull(authority, `Bearer ${given}`)).status, 401);
  });
  void test('are refused where a token would allow less', async () => {
    await using registry = await started({ kind: 'bearer', deniedToken: 403, anonymous: ['pull'], users: {} });
    const ok = await ask(`${registry.url}/token?service=${registry.host}&scope=${pullScope}`);
    assert.equal(ok.status, 200);
    assert.equal((await ask(`${registry.url}/token?scope=repository:team/app:pull,push`)).status, 403);
  });
  void test('are accepted as they are where they are known', async () => {
    await using registry = await started({ kind: 'bearer', registryTokens: { pat: 'alice' } });
    assert.equal((await pull(registry, 'Bearer pat')).status, 200);
  });
});

void test('a challenge can be anything, and several', async () => {
  const challenges = ['Negotiate', 'bearer Realm="{realm}", scope="{scope}"'];
  await using registry = await started({ kind: 'bearer', realm: '/token', challenges });
  const response = await fetch(`${registry.url}/v2/team/app/manifests/latest`);
  assert.equal(response.headers.get('www-authenticate'), `Negotiate, bearer Realm="/token", scope="${pullScope}"`);
  await using silent = await started({ kind: 'bearer', challenges: [] });
  assert.equal((await pull(silent)).headers['www-authenticate'], undefined);
});

void test('a preset takes users without losing its own settings', async () => {
  await using registry = await startTestRegistry({ preset: registryPresets.gitlab, auth: { users } });
  registry.seed('team/app', 'latest', image);
  assert.match((await pull(registry)).headers['www-authenticate'] ?? '', /\/jwt\/auth",service="container_registry"/);
});

void test('speaks https with a given certificate', async () => {
  const days = new Date(Date.now() + 86_400_000);
  const pems = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    keyType: 'ec',
    notAfterDate: days,
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  await using registry = await startTestRegistry({ tls: { key: pems.private, cert: pems.cert } });
  assert.equal((await ask(`${registry.url}/v2/`, { ca: pems.cert })).status, 200);
  assert.notEqual((await ask(`${registry.url}/v2/`)).error, undefined);
});
