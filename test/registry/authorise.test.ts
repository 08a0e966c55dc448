import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { Credential, CredentialStore } from '../../src/credentials/index.ts';
import {
  file,
  imageOf,
  layerOf,
  type RegistryAuth,
  registryPresets,
  startTestRegistry,
  type TestRegistry,
} from '../../src/testing/index.ts';
import { blobOf, collect, contentOf, descriptorOf, failure, nameIn, openClient, password, trace } from './clients.ts';

const image = imageOf([layerOf([file('a', 'text')])]);
const users = { alice: 'secret' };
const alice = password('alice', 'secret');

async function guarded(auth: RegistryAuth): Promise<TestRegistry> {
  const registry = await startTestRegistry({ auth: { kind: 'bearer', users, ...auth } });
  registry.seed('app', '1', image);
  return registry;
}

const fitting: readonly (readonly [title: string, auth: RegistryAuth, credential?: Credential])[] = [
  ['anonymously with a token', { anonymous: ['pull'] }],
  ['with a token for a password', {}, alice],
  ['by Basic', { kind: 'basic' }, alice],
  [
    'with an identity token by POST',
    { identityTokens: { refresh: 'alice' } },
    { kind: 'identity-token', token: 'refresh' },
  ],
  [
    'with a registry token as it is',
    { registryTokens: { given: 'alice' } },
    { kind: 'registry-token', token: 'given' },
  ],
  ['with a token in the field "token"', { tokenField: 'token' }, alice],
  ['with a token in the field "access_token"', { tokenField: 'access_token' }, alice],
  ['from a token server at a relative address', { realm: '/token' }, alice],
  ['with a realm that has a query of its own', { realm: '/token?account=a%20b&scope=other:x:y' }, alice],
  ['from a token server that reads only the first scope', { scopes: 'first' }, alice],
  [
    'when both schemes are offered',
    { challenges: ['Basic realm="x"', 'Bearer realm="{realm}",service="{service}"'] },
    alice,
  ],
  [
    'when both schemes are offered in one line',
    { challenges: ['Negotiate, Basic realm="x, y", bearer REALM="{realm}", Service={service}'] },
    alice,
  ],
  ['by Basic where nothing is asked for', { kind: 'basic', challenges: [] }, alice],
];

for (const [title, auth, credential] of fitting) {
  void test(`pulls ${title}`, async () => {
    await using registry = await guarded(auth);
    await using client = openClient(credential === undefined ? {} : { logins: { [registry.host]: credential } });
    assert.equal((await client.getManifest(nameIn(registry, 'app:1'))).digest, image.digest);
    assert.equal((await client.resolve(nameIn(registry, 'app:1'))).digest, image.digest);
  });
}

void test('asks for a token once, with the wanted scope first, and keeps the query of the realm', async () => {
  await using registry = await guarded({ realm: '/token?account=a%20b', service: 'the service' });
  await using client = openClient({ logins: { [registry.host]: alice } });
  const name = nameIn(registry, 'app:1');
  await Promise.all([1, 2, 3].map(() => client.getManifest(name)));
  await client.resolve(name);
  assert.deepEqual(
    registry.tokenRequests.map(({ url }) => url),
    ['/token?account=a%20b&service=the%20service&scope=repository%3Aapp%3Apull'],
  );
});

void test('asks for a token before it is refused, once it knows where', async () => {
  await using registry = await guarded({});
  registry.seed('other', '1', image);
  await using client = openClient({ logins: { [registry.host]: alice } });
  await client.getManifest(nameIn(registry, 'app:1'));
  registry.clearRequests();
  await client.getManifest(nameIn(registry, 'other:1'));
  assert.deepEqual(
    trace(registry).map((line) => line.split('?')[0]),
    ['GET /token', 'GET /v2/other/manifests/1 200'],
  );
});

void test('adds what is wanted later to what it had', async () => {
  await using registry = await guarded({});
  await using client = openClient({ logins: { [registry.host]: alice } });
  await client.getManifest(nameIn(registry, 'app:1'));
  const blob = blobOf(1000);
  await client.putBlob(nameIn(registry, 'app'), descriptorOf(blob), contentOf(blob), { mountFrom: ['other'] });
  await client.deleteManifest(nameIn(registry, 'app:1'));
  assert.deepEqual(
    registry.tokenRequests.map(({ scopes }) => scopes),
    [
      ['repository:app:pull'],
      ['repository:app:pull,push'],
      ['repository:app:pull,push', 'repository:other:pull'],
      ['repository:app:pull,push,delete', 'repository:other:pull'],
    ],
  );
});

void test('pushes without a mount where the source may not be read', async () => {
  await using registry = await guarded({
    deniedToken: 403,
    grants: [{ repository: 'app', actions: ['pull', 'push'] }],
  });
  registry.seedBlob('secret', blobOf(1000));
  await using client = openClient({ logins: { [registry.host]: alice } });
  const blob = blobOf(1000);
  const mountFrom = ['secret'];
  assert.equal(
    await client.putBlob(nameIn(registry, 'app'), descriptorOf(blob), contentOf(blob), { mountFrom }),
    'uploaded',
  );
});

void test('keeps the tokens of repositories apart', async () => {
  await using registry = await guarded({});
  registry.seed('other', '1', image);
  const bob = password('bob', 'hidden');
  await using other = await guarded({ users: { ...users, bob: 'hidden' } });
  other.seed('other', '1', image);
  await using client = openClient({ logins: { [other.host]: alice, [`${other.host}/other`]: bob } });
  await client.getManifest(nameIn(other, 'app:1'));
  await client.getManifest(nameIn(other, 'other:1'));
  assert.deepEqual(
    other.tokenRequests.map(({ user, scopes }) => [user, ...scopes]),
    [
      ['alice', 'repository:app:pull'],
      ['bob', 'repository:other:pull'],
    ],
  );
});

void test('renews a token before it ends, and one that is refused', async () => {
  await using registry = await guarded({ expiresIn: 100, issuedAt: '1999-01-01T00:00:00Z' });
  let now = 1000;
  await using client = openClient({ logins: { [registry.host]: alice }, now: () => now });
  const pull = async (): Promise<number> => {
    await client.getManifest(nameIn(registry, 'app:1'));
    return registry.tokenRequests.length;
  };
  assert.equal(await pull(), 1);
  now += 89;
  assert.equal(await pull(), 1);
  now += 2;
  assert.equal(await pull(), 2);
  registry.revokeTokens();
  assert.equal(await pull(), 3);
});

for (const expiresIn of ['absent', 1, -5] as const) {
  void test(`uses a token for a minute that is said to live ${expiresIn}`, async () => {
    await using registry = await guarded({ expiresIn });
    let now = 0;
    await using client = openClient({ logins: { [registry.host]: alice }, now: () => now });
    await client.getManifest(nameIn(registry, 'app:1'));
    now = 45;
    await client.getManifest(nameIn(registry, 'app:1'));
    assert.equal(registry.tokenRequests.length, 1);
    now = 55;
    await client.getManifest(nameIn(registry, 'app:1'));
    assert.equal(registry.tokenRequests.length, 2);
  });
}

void test('goes on with an upload whose token ended meanwhile', async () => {
  await using registry = await guarded({});
  await using client = openClient({ logins: { [registry.host]: alice }, chunkBytes: 50_000 });
  const blob = blobOf(200_000);
  const revoked = new Set<number>();
  const content = {
    size: blob.length,
    async *open(position: number) {
      if (position >= 100_000 && !revoked.has(position)) registry.revokeTokens();
      revoked.add(position);
      yield* contentOf(blob).open(position);
    },
  };
  registry.faults.add({ match: { method: 'PUT' }, action: { kind: 'answer', status: 503 } });
  await client.putBlob(nameIn(registry, 'app'), descriptorOf(blob), content);
  assert.deepEqual(await collect(client.getBlob(nameIn(registry, 'app'), descriptorOf(blob), 0)), blob);
});

for (const oauth2 of [400, 401, 404, 405]) {
  void test(`asks by GET when a POST for a token is answered with ${oauth2}`, async () => {
    await using registry = await guarded({ oauth2, users: { '<token>': 'refresh' } });
    await using client = openClient({ logins: { [registry.host]: { kind: 'identity-token', token: 'refresh' } } });
    await client.getManifest(nameIn(registry, 'app:1'));
    assert.deepEqual(
      registry.tokenRequests.map(({ method }) => method),
      ['POST', 'GET'],
    );
    assert.equal(registry.tokenRequests[0]?.parameters['grant_type'], 'refresh_token');
  });
}

const refused: readonly (readonly [title: string, auth: RegistryAuth, code: string, credential?: Credential])[] = [
  ['without credentials', {}, 'AUTH_REQUIRED'],
  ['without credentials by Basic', { kind: 'basic' }, 'AUTH_REQUIRED'],
  ['with a wrong password', {}, 'AUTH_REQUIRED', password('alice', 'wr0ng-pass')],
  ['with a wrong password by Basic', { kind: 'basic' }, 'AUTH_REQUIRED', password('alice', 'wr0ng-pass')],
  ['with a wrong identity token', {}, 'AUTH_REQUIRED', { kind: 'identity-token', token: 'wr0ng-pass' }],
  ['with a wrong registry token', {}, 'AUTH_REQUIRED', { kind: 'registry-token', token: 'wr0ng-pass' }],
  ['without the right', { grants: [] }, 'AUTH_REQUIRED', alice],
  ['without the right by Basic', { kind: 'basic', grants: [] }, 'ACCESS_DENIED', alice],
  ['without the right to a token', { grants: [], deniedToken: 403 }, 'ACCESS_DENIED', alice],
  ['by a scheme nobody knows', { challenges: ['Negotiate'] }, 'AUTH_REQUIRED', alice],
  ['by a realm that is no address', { realm: 'http://[' }, 'REGISTRY_PROTOCOL', alice],
  ['by a realm with a password', { realm: 'http://a:b@127.0.0.1/' }, 'REGISTRY_PROTOCOL', alice],
  ['by a realm of another kind', { realm: 'file:///etc/passwd' }, 'REGISTRY_PROTOCOL', alice],
  ['by a realm elsewhere without encryption', { realm: 'http://auth.example/token' }, 'REGISTRY_PROTOCOL', alice],
];

for (const [title, auth, code, credential] of refused) {
  void test(`is refused ${title}: ${code}`, async () => {
    await using registry = await guarded(auth);
    await using client = openClient(credential === undefined ? {} : { logins: { [registry.host]: credential } });
    const error = await failure(client.getManifest(nameIn(registry, 'app:1')), code);
    assert.ok(!JSON.stringify([error.message, error.hint, error.data]).includes('wr0ng-pass'));
    if (code === 'AUTH_REQUIRED') assert.match(error.hint ?? '', /holdfast login 127\.0\.0\.1/);
    assert.ok(registry.requests.length < 8);
  });
}

void test('takes secrets out of what a registry says', async () => {
  await using registry = await guarded({ kind: 'basic' });
  const basic = Buffer.from('alice:wr0ng-pass').toString('base64');
  const body = JSON.stringify({ errors: [{ code: 'DENIED', message: `Basic ${basic} wr0ng-pass\u001b[31m` }] });
  registry.faults.add({ match: { nth: 2 }, times: 9, action: { kind: 'answer', status: 403, body } });
  await using client = openClient({ logins: { [registry.host]: password('alice', 'wr0ng-pass') } });
  const error = await failure(client.getManifest(nameIn(registry, 'app:1')), 'ACCESS_DENIED');
  assert.match(error.message, /DENIED: Basic \*\*\* \*\*\*\\\\x1b\[31m|DENIED: Basic \*\*\* \*\*\*\\x1b\[31m/);
});

void test('asks again for credentials that were refused', async () => {
  await using registry = await guarded({});
  const logins: Record<string, Credential> = { [registry.host]: password('alice', 'old') };
  await using client = openClient({ logins });
  await failure(client.getManifest(nameIn(registry, 'app:1')), 'AUTH_REQUIRED');
  logins[registry.host] = alice;
  assert.equal((await client.getManifest(nameIn(registry, 'app:1'))).digest, image.digest);
});

void test('checks whether credentials are accepted', async () => {
  await using registry = await guarded({});
  await using good = openClient({ logins: { [registry.host]: alice } });
  await good.checkAccess(registry.host);
  await using bad = openClient({ logins: { [registry.host]: password('alice', 'wrong') } });
  await failure(bad.checkAccess(registry.host), 'AUTH_REQUIRED');
  registry.setQuirks({ ping: 404 });
  await failure(good.checkAccess(registry.host), 'REGISTRY_PROTOCOL');
});

void test('ends the answer of a registry whose challenge is refused', { timeout: 5000 }, async () => {
  const closed = Promise.withResolvers<void>();
  await using registry = await serve((_, response) => {
    response.on('close', closed.resolve);
    response.writeHead(401, { 'www-authenticate': 'Bearer realm="ftp://a/"', 'content-length': 1_000_000 });
    response.write('never all of it');
  });
  await using client = openClient();
  await failure(client.getManifest({ registry: registry.host, repository: 'app', tag: '1' }), 'REGISTRY_PROTOCOL');
  await closed.promise;
});

void test('leaves no lookup of credentials behind when it is closed', async () => {
  await using registry = await guarded({ kind: 'basic' });
  const asked = Promise.withResolvers<AbortSignal | undefined>();
  const find: CredentialStore['find'] = (_host, _repository, signal) => {
    asked.resolve(signal);
    return Promise.withResolvers<undefined>().promise;
  };
  const client = openClient({ credentials: { find } });
  const controller = new AbortController();
  const work = client.getManifest(nameIn(registry, 'app:1'), { signal: controller.signal });
  const signal = await asked.promise;
  const reason = new Error('enough');
  controller.abort(reason);
  await assert.rejects(work, reason);
  assert.equal(signal?.aborted, false, 'others may wait for it too');
  await client[Symbol.asyncDispose]();
  assert.equal(signal.aborted, true);
});

async function serve(handle: RequestListener): Promise<AsyncDisposable & { readonly host: string }> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

void test('gives a token server elsewhere the password, and where that redirects to nothing', async () => {
  const seen: (string | undefined)[] = [];
  await using last = await serve((request, response) => {
    seen.push(`last ${request.headers.authorization}`);
    response.end(JSON.stringify({ token: 'abc' }));
  });
  await using first = await serve((request, response) => {
    seen.push(`first ${request.headers.authorization?.slice(0, 6)}`);
    response.writeHead(302, { location: `http://${last.host}${request.url}` }).end();
  });
  await using registry = await guarded({ realm: `http://${first.host}/token`, registryTokens: { abc: 'alice' } });
  await using client = openClient({ logins: { [registry.host]: alice } });
  await client.getManifest(nameIn(registry, 'app:1'));
  assert.deepEqual(seen, ['first Basic ', 'last undefined']);
});

for (const [title, body] of [
  ['no JSON', 'token'],
  ['no token', '{}'],
  ['a token that no header can hold', JSON.stringify({ token: 'a\r\nx: y' })],
  ['a token that is no text', JSON.stringify({ token: 7 })],
  ['more than 64 KiB', JSON.stringify({ token: 'a'.repeat(70_000) })],
] as const) {
  void test(`refuses a token server that gives ${title}`, async () => {
    await using server = await serve((_, response) => response.end(body));
    await using registry = await guarded({ realm: `http://${server.host}/token` });
    await using client = openClient({ logins: { [registry.host]: alice } });
    await failure(client.getManifest(nameIn(registry, 'app:1')), 'REGISTRY_PROTOCOL');
  });
}

void test('gives a bearer token to the registry that asked for it, and to no other', async () => {
  await using registry = await guarded({});
  await using other = await guarded(registryPresets.dockerHub.auth);
  await using client = openClient({ logins: { [registry.host]: alice } });
  await client.getManifest(nameIn(registry, 'app:1'));
  await client.getManifest(nameIn(other, 'app:1'));
  const given = new Set(registry.tokenRequests.map(({ token }) => `Bearer ${token}`));
  assert.ok(other.requests.every(({ headers }) => !given.has(headers['authorization'] ?? '')));
  assert.ok(other.tokenRequests.every(({ headers }) => headers['authorization'] === undefined));
});

void test('lets one request be stopped while others wait for the same token', async () => {
  await using registry = await guarded({});
  await using client = openClient({ logins: { [registry.host]: alice } });
  registry.faults.add({ match: { path: /^\/token/ }, action: { kind: 'delay', milliseconds: 100 } });
  const reason = new Error('enough');
  const name = nameIn(registry, 'app:1');
  const stopped = client.getManifest(name, { signal: AbortSignal.any([AbortSignal.timeout(50)]) });
  const [first, second] = await Promise.allSettled([stopped, client.getManifest(name)]);
  assert.equal(first.status, 'rejected');
  assert.equal(second.status, 'fulfilled');
  await assert.rejects(client.getManifest(name, { signal: AbortSignal.abort(reason) }), reason);
});

void test('leaves no failure of a token behind that nobody waits for', async () => {
  await using registry = await guarded({});
  const wrong = password('alice', 'wrong');
  await using client = openClient({ logins: { [registry.host]: wrong } });
  registry.faults.add({ times: 9, match: { path: /^\/token/ }, action: { kind: 'delay', milliseconds: 30 } });
  for (const delay of [1, 5, 10, 20, 40]) {
    const work = client.getManifest(nameIn(registry, 'app:1'), { signal: AbortSignal.timeout(delay) });
    await assert.rejects(work);
  }
  await new Promise((resolve) => setTimeout(resolve, 60));
});
