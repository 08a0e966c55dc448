import assert from 'node:assert/strict';
import { test } from 'node:test';
import { warningTexts } from '../../src/http/announcements.ts';
import { redactUrl } from '../../src/http/redact-url.ts';
import { testClient } from './client.ts';
import { serveHttp, text } from './servers.ts';

void test('tells each warning of a host once, with control characters escaped', async () => {
  await using server = await serveHttp((request, response) => {
    const path = request.url ?? '';
    text(response, 200, '', {
      warning: path === '/2' ? '299 - "other"' : '299 - "your \\"token\\" expires\u0085 in 3 d\u00e9"',
    });
  });
  await using client = testClient();
  for (const path of ['/1', '/2', '/1', '/3']) {
    await (await client.request({ method: 'GET', url: server.url(path) })).discard();
  }
  const warnings = client.eventsOf('host-warning');
  assert.equal(warnings.length, 2);
  assert.ok(warnings.every(({ host }) => host === server.host));
  assert.match(warnings[0]?.text ?? '', /^your "token" expires/);

  assert.doesNotMatch(warnings[0]?.text ?? '', /[\x00-\x1f\x7f-\x9f]/);
});

void test('reads the warnings that registries may send and no others', () => {
  assert.deepEqual(warningTexts(['299 - "a"', '299 - "b", 299 - "c, d"']), ['a', 'b', 'c, d']);
  assert.deepEqual(warningTexts(['299 - "say \\"x\\" \\\\ y"']), ['say "x" \\ y']);
  assert.deepEqual(warningTexts(['110 - "stale"', '299 proxy "x"', '299 - x', '299 - "unfinished', '']), []);
});

void test('a warning that repeats the credentials does not show them', async () => {
  await using server = await serveHttp((request, response) =>
    text(response, 200, '', { warning: `299 - "bad token ${request.headers.authorization?.split(' ')[1]}"` }),
  );
  await using client = testClient();
  const authorization = 'Bearer SECRET-TOKEN';
  await (await client.request({ method: 'GET', url: server.url('/'), authorization })).discard();
  assert.deepEqual(
    client.eventsOf('host-warning').map((event) => event.text),
    ['bad token …'],
  );
});

void test('tells the rate limit when it has changed', async () => {
  const limits = ['100;w=21600 99;w=21600', '100;w=21600 99;w=21600', '100;w=21600 98;w=21600', ' 97', '10 x'];
  let next = 0;
  await using server = await serveHttp((_request, response) => {
    const [limit = '', remaining = ''] = (limits[next++] ?? '').split(' ');
    text(response, 200, '', { 'RateLimit-Limit': limit, 'RateLimit-Remaining': remaining });
  });
  await using client = testClient();
  for (const _ of limits) await (await client.request({ method: 'GET', url: server.url('/') })).discard();
  const { host } = server;
  assert.deepEqual(client.eventsOf('rate-limit'), [
    { kind: 'rate-limit', host, remaining: 99, limit: 100, window: 21600 },
    { kind: 'rate-limit', host, remaining: 98, limit: 100, window: 21600 },
    { kind: 'rate-limit', host, remaining: 97, limit: undefined, window: undefined },
  ]);
});

void test('tells each request and its status, without credentials', async () => {
  await using server = await serveHttp((request, response) => {
    if (request.url?.startsWith('/start')) text(response, 307, '', { location: '/end?X-Amz-Signature=SECRET' });
    else text(response, 404);
  });
  await using client = testClient();
  const url = server.url('/start?token=SECRET&n=100');
  url.username = 'user';
  url.password = 'SECRET';
  await (await client.request({ method: 'GET', url, authorization: 'Bearer SECRET' })).discard();
  assert.deepEqual(client.eventsOf('request'), [
    { kind: 'request', method: 'GET', url: `http://${server.host}/start?token=…&n=…`, status: 307 },
    { kind: 'request', method: 'GET', url: `http://${server.host}/end?X-Amz-Signature=…`, status: 404 },
  ]);
  assert.doesNotMatch(JSON.stringify(client.events), /SECRET/);
  assert.ok(server.seen.every(({ headers }) => !(headers.host ?? '').includes('user')));
});

void test('a URL is shown without user, query values and fragment', () => {
  for (const [url, shown] of [
    ['https://u:p@h:5000/v2/a?b=c&d=e%20f&g#frag', 'https://h:5000/v2/a?b=…&d=…&…'],
    ['https://h/', 'https://h/'],
    ['https://h/?', 'https://h/'],
    ['https://h/?SECRET', 'https://h/?…'],
    ['https://h/a%0ab', 'https://h/a%0ab'],
  ] as const) {
    assert.equal(redactUrl(new URL(url)), shown);
  }
});
