import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isHoldfastError } from '../../src/base/index.ts';
import { quirksOf } from '../../src/registry/index.ts';
import { type FaultAction, file, imageOf, layerOf, startTestRegistry } from '../../src/testing/index.ts';
import { failure, nameIn, openClient, password } from './clients.ts';

const image = imageOf([layerOf([file('a', 'text')])]);

function answer(status: number, code: string, message = 'the message'): FaultAction {
  return { kind: 'answer', status, body: JSON.stringify({ errors: [{ code, message, detail: { any: 'thing' } }] }) };
}

const rows: readonly (readonly [title: string, action: FaultAction, code: string, text: RegExp])[] = [
  [
    'a missing manifest',
    answer(404, 'MANIFEST_UNKNOWN'),
    'IMAGE_NOT_FOUND',
    /app:1": the registry does not have it \(MANIFEST_UNKNOWN: the message\)/,
  ],
  ['a missing repository', answer(404, 'NAME_UNKNOWN'), 'IMAGE_NOT_FOUND', /there is no such repository/],
  ['404 without a reason', { kind: 'answer', status: 404 }, 'IMAGE_NOT_FOUND', /there is no such thing/],
  ['a denial', answer(403, 'DENIED'), 'ACCESS_DENIED', /denies .*app:1: DENIED: the message/],
  ['a denial with 401', answer(401, 'DENIED'), 'ACCESS_DENIED', /DENIED/],
  ['a request for credentials', answer(401, 'UNAUTHORIZED'), 'AUTH_REQUIRED', /UNAUTHORIZED: the message/],
  [
    'a rate limit',
    answer(429, 'TOOMANYREQUESTS', 'pull rate limit'),
    'RATE_LIMITED',
    /TOOMANYREQUESTS: pull rate limit/,
  ],
  ['a rate limit with another status', answer(403, 'TOOMANYREQUESTS'), 'RATE_LIMITED', /limits the rate/],
  ['an internal error', { kind: 'answer', status: 500, body: 'oops' }, 'REGISTRY_REFUSED', /answered 500 .*: oops/],
  [
    'a web page',
    { kind: 'answer', status: 502, headers: { 'content-type': 'text/html' }, body: '<html>' },
    'REGISTRY_REFUSED',
    /a proxy cannot reach it/,
  ],
  [
    'an error of another shape',
    { kind: 'answer', status: 418, body: '{"message":"no coffee"}' },
    'REGISTRY_REFUSED',
    /418 .*: no coffee/,
  ],
  [
    'errors that are no list',
    { kind: 'answer', status: 418, body: '{"errors":"x"}' },
    'REGISTRY_REFUSED',
    /it gives no reason/,
  ],
  [
    'errors of odd types',
    { kind: 'answer', status: 418, body: '{"errors":[1,{"code":7},{"message":"m"}]}' },
    'REGISTRY_REFUSED',
    /: m$/,
  ],
  ['control characters', answer(418, 'A\u001b[2J', 'b\nc\u202e'), 'REGISTRY_REFUSED', /A\\x1b\[2J: b\\nc\\u\{202e\}/],
  ['a very long message', answer(418, 'LONG', 'x'.repeat(5000)), 'REGISTRY_REFUSED', /x{200}…$/],
  [
    'a body without end',
    { kind: 'answer', status: 418, body: 'y'.repeat(200_000) },
    'REGISTRY_REFUSED',
    /it gives no reason/,
  ],
  ['a redirect without a place', { kind: 'answer', status: 302 }, 'REGISTRY_REFUSED', /answered 302/],
];

for (const [title, action, code, text] of rows) {
  void test(`tells of ${title}`, async () => {
    await using registry = await startTestRegistry();
    await using client = openClient({ retries: 0 });
    registry.seed('app', '1', image);
    registry.faults.add({ times: 99, action });
    const error = await failure(client.getManifest(nameIn(registry, 'app:1')), code);
    assert.match(error.message, text);
    assert.ok(error.message.length < 700);
  });
}

void test('gives one coded error for any body of any status', async () => {
  await using registry = await startTestRegistry();
  await using client = openClient({ retries: 0 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 400, max: 599 }), fc.oneof(fc.json(), fc.string()), async (status, body) => {
      registry.faults.add({ action: { kind: 'answer', status, body } });
      const error = await failure(client.getManifest(nameIn(registry, 'app:1')));
      assert.doesNotMatch(error.message, /\p{Cc}/u);
    }),
    { numRuns: 60 },
  );
});

void test('says at Docker Hub that a name may be wrong, to whom is not known and to whom is', async () => {
  await using registry = await startTestRegistry();
  const { host: _, ...quirks } = quirksOf('docker.io');
  await using anonymous = openClient({ quirks: () => quirks });
  registry.faults.add({ times: 99, action: answer(401, 'UNAUTHORIZED') });
  const name = nameIn(registry, 'app:1');
  assert.match(
    (await failure(anonymous.getManifest(name), 'AUTH_REQUIRED')).hint ?? '',
    /log in first.*or the name is wrong/,
  );
  await using known = openClient({ quirks: () => quirks, logins: { [registry.host]: password('a', 'bcd') } });
  assert.match(
    (await failure(known.getManifest(name), 'AUTH_REQUIRED')).hint ?? '',
    /not accepted.*or the name is wrong/,
  );
});

void test('says how to make a repository that has to be there before it is pushed to', async () => {
  await using registry = await startTestRegistry({ quirks: { repositories: 'required' } });
  await using client = openClient({ quirks: () => quirksOf('123456789012.dkr.ecr.eu-west-1.amazonaws.com') });
  const manifest = { bytes: image.manifest, digest: image.digest, mediaType: image.mediaType };
  const error = await failure(client.putManifest(nameIn(registry, 'app:1'), manifest), 'REGISTRY_REFUSED');
  assert.match(error.hint ?? '', /aws ecr create-repository/);
});

for (const registry of ['localhost:99999', 'a@b', 'a/b', 'a?b', 'a#b', '', 'a b', '[::', 'http://a']) {
  void test(`asks nobody at the registry ${JSON.stringify(registry)}`, async () => {
    await using client = openClient();
    await failure(client.checkAccess(registry), 'REFERENCE_INVALID');
    await failure(client.hasManifest({ registry, repository: 'app' }, image.digest), 'REFERENCE_INVALID');
  });
}

for (const repository of [
  '../x',
  'a/../../x',
  'a//b',
  '/a',
  'a/',
  '',
  '.',
  'a?b',
  'a#b',
  'a%2e',
  'a b',
  'A\u0000',
  `${'a'.repeat(200)}@`,
]) {
  void test(`asks nobody about the repository ${JSON.stringify(repository.slice(0, 20))}`, async () => {
    await using registry = await startTestRegistry();
    await using client = openClient();
    const work = client.hasManifest({ registry: registry.host, repository }, image.digest);
    await assert.rejects(work, (error) => isHoldfastError(error, 'REFERENCE_INVALID'));
    assert.equal(registry.requests.length, 0);
  });
}
