import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHoldfastError, parseDigest } from '../../src/base/index.ts';
import type { HttpResponse } from '../../src/http/index.ts';
import { checkRealm } from '../../src/registry/realm.ts';
import type { RegistryHost } from '../../src/registry/registry-host.ts';
import { Secrets } from '../../src/registry/secrets.ts';
import { bytesHeld, uploadLocation, withDigest } from '../../src/registry/upload-location.ts';

const accepted: readonly (readonly [registry: string, realm: string, address: string])[] = [
  ['https://registry.example', 'https://auth.example/token?a=b#c', 'https://auth.example/token?a=b'],
  ['https://registry.example', '/token', 'https://registry.example/token'],
  ['https://registry.example', '//auth.example/token', 'https://auth.example/token'],
  ['https://10.0.0.1', 'https://10.0.0.2/token', 'https://10.0.0.2/token'],
  ['http://127.0.0.1:5000', 'http://127.0.0.1:5001/token', 'http://127.0.0.1:5001/token'],
  ['http://lab.example:5000', 'http://lab.example:5000/token', 'http://lab.example:5000/token'],
  ['http://lab.example:5000', 'http://auth.lab.example/token', 'http://auth.lab.example/token'],
  ['http://localhost:5000', 'https://auth.example/token', 'https://auth.example/token'],
];

const refused: readonly (readonly [registry: string, realm: string])[] = [
  ['https://registry.example', 'http://auth.example/token'],
  ['https://registry.example', 'http://registry.example/token'],
  ['https://registry.example', 'https://127.0.0.1/token'],
  ['https://registry.example', 'https://localhost/token'],
  ['https://registry.example', 'https://localhost./token'],
  ['https://registry.example', 'https://169.254.169.254/latest/meta-data'],
  ['https://registry.example', 'https://10.1.2.3/token'],
  ['https://registry.example', 'https://0x0a010203/token'],
  ['https://registry.example', 'https://[::1]/token'],
  ['https://registry.example', 'https://[::ffff:10.0.0.1]/token'],
  ['https://registry.example', 'https://[fd00::1]/token'],
  ['https://registry.example', 'https://0/token'],
  ['https://10.0.0.1', 'https://127.0.0.1/token'],
  ['https://10.0.0.1', 'https://169.254.169.254/token'],
  ['https://registry.example', 'https://user@auth.example/token'],
  ['https://registry.example', 'file:///etc/passwd'],
  ['https://registry.example', 'data:,x'],
  ['https://registry.example', 'https://['],
  ['https://registry.example', `https://auth.example/${'a'.repeat(5000)}`],
  ['http://lab.example:5000', 'http://elsewhere.example/token'],
];

function rules(registry: string) {
  return { registry: 'the registry', base: new URL('/v2/', registry), insecureHosts: ['auth.lab.example'] };
}

for (const [registry, realm, address] of accepted) {
  void test(`${registry} may send people to ${realm} for a token`, () => {
    assert.equal(checkRealm(realm, rules(registry)).href, address);
  });
}

for (const [registry, realm] of refused) {
  void test(`${registry} may not send people to ${realm.slice(0, 60)} for a token`, () => {
    assert.throws(
      () => checkRealm(realm, rules(registry)),
      (error) => isHoldfastError(error, 'REGISTRY_PROTOCOL'),
    );
  });
}

const digest = parseDigest(`sha256:${'a'.repeat(64)}`);

function answered(url: string, headers: Readonly<Record<string, string>>): HttpResponse {
  return { url: new URL(url), header: (name: string) => headers[name] } as unknown as HttpResponse;
}

const host = { nonsense: (_: string, reason: string) => new Error(reason) } as unknown as RegistryHost;

const uploads: readonly (readonly [from: string, location: string, leadsTo: string | RegExp])[] = [
  [
    'https://a.example/v2/x/blobs/uploads/',
    '/v2/x/blobs/uploads/1?_state=a%2Bb%3D',
    'https://a.example/v2/x/blobs/uploads/1?_state=a%2Bb%3D&digest=',
  ],
  ['https://a.example/v2/x/blobs/uploads/', 'abc', 'https://a.example/v2/x/blobs/uploads/abc?digest='],
  ['https://a.example/v2/', 'https://b.example/put?sig=x/y+z', 'https://b.example/put?sig=x/y+z&digest='],
  ['http://127.0.0.1:1/v2/', 'http://127.0.0.1:2/put#part', 'http://127.0.0.1:2/put?digest='],
  ['https://a.example/v2/', 'http://a.example/put', /without encryption/],
  ['https://a.example/v2/', 'https://10.0.0.1/put', /private address/],
  ['https://a.example/v2/', 'https://localhost/put', /private address/],
  ['https://a.example/v2/', 'ftp://a.example/put', /no web address/],
  ['https://a.example/v2/', 'https://[', /does not say/],
];

for (const [from, location, leadsTo] of uploads) {
  void test(`an upload that begins at ${from} and goes on at ${location}`, () => {
    const follow = (): string => withDigest(uploadLocation(host, answered(from, { location })), digest).href;
    if (typeof leadsTo === 'string') assert.equal(follow(), `${leadsTo}${encodeURIComponent(digest)}`);
    else assert.throws(follow, leadsTo);
  });
}

void test('reads how much of an upload a registry has', () => {
  const held = (range?: string) => bytesHeld(answered('https://a.example', range === undefined ? {} : { range }));
  assert.equal(held('0-99'), 100);
  assert.equal(held('bytes=0-99'), 100);
  assert.equal(held('0-0'), 0);
  for (const range of [undefined, '', '5-99', '0--1', '0-x', '0-99999999999999999999'])
    assert.equal(held(range), undefined);
});

void test('takes the longest secrets out first, and keeps only the last ones', () => {
  const secrets = new Secrets();
  secrets.add('abc', 'abcdef', '');
  assert.equal(secrets.redact('x abcdef abc y'), 'x *** *** y');
  for (let number = 0; number < 1000; number++) secrets.add(`secret-${number}-`);
  assert.equal(secrets.redact('abc secret-999-'), 'abc ***');
});
