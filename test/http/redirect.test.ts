import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { test } from 'node:test';
import { resolveRedirect } from '../../src/http/redirect.ts';
import { everythingSaid, failureOf, testClient } from './client.ts';
import { certificate, serveHttp, serveHttps, text, type Seen } from './servers.ts';

void test('follows every kind of redirect for GET and HEAD, with the same method', async () => {
  await using server = await serveHttp((request, response) => {
    const code = Number(request.url?.slice(1));
    if (code > 0) text(response, code, 'moved', { location: 'end' });
    else text(response, 200, 'there');
  });
  await using client = testClient();
  for (const code of [301, 302, 303, 307, 308]) {
    for (const method of ['GET', 'HEAD'] as const) {
      const response = await client.request({ method, url: server.url(`/${code}`), headers: { range: 'bytes=1-' } });
      assert.equal(Buffer.from(await response.bytes(100)).toString(), method === 'GET' ? 'there' : '');
      assert.equal(response.url.href, server.url('/end').href);
      const last = server.seen.at(-1);
      assert.deepEqual([last?.method, last?.path, last?.headers.range], [method, '/end', 'bytes=1-']);
    }
  }
});

void test('gives a redirect back that it is not to follow, or that leads nowhere', async () => {
  await using server = await serveHttp((request, response) => {
    if (request.url === '/nowhere') text(response, 302);
    else text(response, Number(request.url?.slice(1)), '', { location: '/end' });
  });
  await using client = testClient();
  const get = async (path: string, followsRedirects: boolean): Promise<number> => {
    const response = await client.request({ method: 'GET', url: server.url(path), followsRedirects });
    await response.discard();
    return response.status;
  };
  assert.equal(await get('/302', false), 302);
  assert.equal(await get('/nowhere', true), 302);
  for (const code of [300, 304, 305]) assert.equal(await get(`/${code}`, true), code);
});

void test('follows ten redirects and no more', async () => {
  await using server = await serveHttp((request, response) => {
    const left = Number(request.url?.slice(1));
    if (left === 0) text(response, 200);
    else text(response, 302, '', { location: `/${left - 1}` });
  });
  await using client = testClient();
  const response = await client.request({ method: 'GET', url: server.url('/10') });
  await response.discard();
  assert.equal(response.status, 200);
  const error = await failureOf(client.request({ method: 'GET', url: server.url('/11') }));
  assert.equal(error.code, 'REGISTRY_PROTOCOL');
  assert.match(error.message, /more than 10 times/);
});

void test('what is repeated on the way to the end counts for the whole way', async () => {
  let busy = 4;
  await using server = await serveHttp((request, response) => {
    if (request.url === '/' && busy-- > 2) text(response, 503);
    else if (request.url === '/') text(response, 302, '', { location: '/end' });
    else text(response, 503);
  });
  await using client = testClient({ retries: 3 });
  const response = await client.request({ method: 'GET', url: server.url('/') });
  await response.discard();
  assert.deepEqual([response.status, server.seen.length], [503, 5]);
});

/**
 * Promise 15. `a` is asked with credentials; each row is the way from there, and for each stop whether it must see them.
 * Origins differ by host (127.0.0.1, localhost), port (a, b) and scheme (t speaks TLS).
 */
const ways: readonly (readonly (readonly [stop: string, sees: boolean])[])[] = [
  [
    ['a', true],
    ['a', true],
    ['a', true],
  ],
  [
    ['a', true],
    ['b', false],
  ],
  [
    ['a', true],
    ['a.localhost', false],
  ],
  [
    ['a', true],
    ['t', false],
  ],
  [
    ['a', true],
    ['a', true],
    ['b', false],
    ['b', false],
  ],
  [
    ['a', true],
    ['b', false],
    ['a', false],
  ],
  [
    ['a', true],
    ['b', false],
    ['a', false],
    ['a', false],
  ],
  [
    ['a', true],
    ['a.localhost', false],
    ['a', false],
  ],
  [
    ['a', true],
    ['t', false],
    ['t', false],
  ],
  [
    ['t', true],
    ['t', true],
  ],
];

void test('credentials go to the first origin, and never again once a redirect has left it', async () => {
  const all: (Seen & { readonly name: string })[] = [];
  let location = (_path: string): string | undefined => undefined;
  const listener =
    (name: string) =>
    (request: IncomingMessage, response: ServerResponse): void => {
      all.push({ name, method: 'GET', path: request.url ?? '', headers: request.headers });
      const next = location(request.url ?? '');
      if (next === undefined) text(response, 200);
      else text(response, 307, '', { location: next });
    };
  await using a = await serveHttp(listener('a'));
  await using b = await serveHttp(listener('b'));
  await using t = await serveHttps(await certificate('t'), listener('t'));
  await using client = testClient();
  const origins: Readonly<Record<string, string>> = {
    a: `http://127.0.0.1:${a.port}`,
    'a.localhost': `http://localhost:${a.port}`,
    b: `http://127.0.0.1:${b.port}`,
    t: `https://127.0.0.1:${t.port}`,
  };
  for (const way of ways) {
    all.length = 0;
    const urls = way.map(([stop], index) => `${origins[stop]}/${index}`);
    location = (path) => urls[Number(path.slice(1)) + 1];
    const response = await client.request({
      method: 'GET',
      url: new URL(urls[0] ?? ''),
      authorization: 'Bearer SECRET',
      headers: { accept: 'x/y', cookie: 'c=SECRET', authorization: 'Bearer SECRET', 'proxy-authorization': 'SECRET' },
    });
    await response.discard();
    const label = way.map(([stop]) => stop).join(' → ');
    assert.deepEqual(
      all.map(({ headers }) => headers.authorization),
      way.map(([, sees]) => (sees ? 'Bearer SECRET' : undefined)),
      label,
    );
    const others = all.map(({ headers }) => [headers.cookie, headers['proxy-authorization'], headers.accept]);
    assert.deepEqual(
      others,
      way.map(() => [undefined, undefined, 'x/y']),
      label,
    );
  }
});

/** From where, to where, and why not; undefined when it may be followed. */
const redirects: readonly (readonly [from: string, location: string, refusal: RegExp | undefined])[] = [
  ['https://r.example/v2/x', '/y', undefined],
  ['https://r.example/v2/x', 'y?sig=1', undefined],
  ['https://r.example/v2/x', '//cdn.example/y', undefined],
  ['https://r.example/v2/x', 'https://cdn.example/y', undefined],
  ['http://r.example/v2/x', 'https://cdn.example/y', undefined],
  ['http://r.example/v2/x', 'http://cdn.example/y', undefined],
  ['https://r.example/v2/x', 'http://cdn.example/y', /from https to http/],
  ['https://r.example/v2/x', 'http://r.example/y', /from https to http/],
  ['https://127.0.0.1/v2/x', 'http://127.0.0.1/y', /from https to http/],
  ['https://r.example/v2/x', 'https://10.0.0.1/y', /private address/],
  ['https://r.example/v2/x', 'https://192.168.1.1/y', /private address/],
  ['https://r.example/v2/x', 'https://[fd00::1]/y', /private address/],
  ['https://r.example/v2/x', 'https://169.254.169.254/latest/meta-data', /link-local address/],
  ['https://r.example/v2/x', 'https://0xa9fea9fe/', /link-local address/],
  ['https://r.example/v2/x', 'https://localhost/y', /loopback address/],
  ['https://r.example/v2/x', 'https://localhost./y', /loopback address/],
  ['https://r.example/v2/x', 'https://127.0.0.1/y', /loopback address/],
  ['https://r.example/v2/x', 'https://2130706433/y', /loopback address/],
  ['https://r.example/v2/x', 'https://0177.1/y', /loopback address/],
  ['https://r.example/v2/x', 'https://0/y', /loopback address/],
  ['https://r.example/v2/x', 'https://[::1]/y', /loopback address/],
  ['https://r.example/v2/x', 'https://[::ffff:127.0.0.1]/y', /loopback address/],
  ['https://r.example/v2/x', 'https://[::ffff:a9fe:a9fe]/y', /link-local address/],
  ['https://10.0.0.1/v2/x', 'https://10.0.0.2/y', undefined],
  ['https://10.0.0.1/v2/x', 'https://cdn.example/y', undefined],
  ['https://10.0.0.1/v2/x', 'https://169.254.169.254/y', /link-local address/],
  ['https://10.0.0.1/v2/x', 'https://127.0.0.1/y', /loopback address/],
  ['https://127.0.0.1/v2/x', 'https://localhost:5001/y', undefined],
  ['https://127.0.0.1/v2/x', 'https://10.0.0.2/y', undefined],
  ['https://r.example/v2/x', 'https://user:SECRET@cdn.example/y', /holds credentials/],
  ['https://r.example/v2/x', 'https://SECRET@cdn.example/y', /holds credentials/],
  ['https://r.example/v2/x', 'file:///etc/passwd', /scheme file/],
  ['https://r.example/v2/x', 'ftp://cdn.example/y', /scheme ftp/],
  ['https://r.example/v2/x', 'https://', /not a URL/],
  ['https://r.example/v2/x', 'http://[', /not a URL/],
];

void test('goes only where it is safe to go', async () => {
  for (const [from, location, refusal] of redirects) {
    const label = `${from} → ${location}`;
    const work = Promise.resolve().then(() => resolveRedirect(new URL(from), location, 'GET x'));
    if (refusal === undefined) assert.equal((await work).href, new URL(location, from).href, label);
    else {
      const error = await failureOf(work);
      assert.equal(error.code, 'REGISTRY_PROTOCOL', label);
      assert.match(error.message, refusal, label);
      assert.doesNotMatch(everythingSaid(error), /SECRET/, label);
    }
  }
});

void test('refuses a redirect from https to http on the wire, too', async () => {
  await using plain = await serveHttp((_request, response) => text(response, 200));
  await using server = await serveHttps(await certificate('t'), (_request, response) =>
    text(response, 302, '', { location: plain.url('/x').href }),
  );
  await using client = testClient();
  const error = await failureOf(
    client.request({ method: 'GET', url: server.url('/'), authorization: 'Bearer SECRET' }),
  );
  assert.equal(error.code, 'REGISTRY_PROTOCOL');
  assert.match(error.message, /from https to http/);
  assert.equal(plain.seen.length, 0);
});

void test('refuses a redirect from https to a host of this machine that speaks only http', async () => {
  await using plain = await serveHttp((_request, response) => text(response, 200));
  await using server = await serveHttps(await certificate('t'), (_request, response) =>
    text(response, 302, '', { location: `https://127.0.0.1:${plain.port}/` }),
  );
  await using client = testClient();
  await (await client.request({ method: 'GET', url: new URL(`https://127.0.0.1:${plain.port}/known`) })).discard();
  const error = await failureOf(client.request({ method: 'GET', url: server.url('/') }));
  assert.equal(error.code, 'TLS_REFUSED');
  assert.deepEqual(
    plain.seen.map(({ path }) => path),
    ['/known'],
  );
});

void test('the caller may refuse a redirect', async () => {
  await using server = await serveHttp((_request, response) => text(response, 302, '', { location: '/realm' }));
  await using client = testClient();
  const refusal = new Error('not there');
  const asked: string[] = [];
  const pending = client.request({
    method: 'GET',
    url: server.url('/token'),
    checkRedirect: (to, from) => {
      asked.push(`${from.pathname} ${to.pathname}`);
      throw refusal;
    },
  });
  await assert.rejects(pending, (error) => error === refusal);
  assert.deepEqual(asked, ['/token /realm']);
  assert.equal(server.seen.length, 1);
});
