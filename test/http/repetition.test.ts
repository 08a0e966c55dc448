import assert from 'node:assert/strict';
import type { RequestListener, ServerResponse } from 'node:http';
import { test } from 'node:test';
import type { HttpOptions, HttpRequest } from '../../src/http/index.ts';
import { delayBefore, parseRetryAfter } from '../../src/http/repetition.ts';
import { failureOf, testClient } from './client.ts';
import { readAll, serveHttp, serveSockets, text } from './servers.ts';

type Step = (response: ServerResponse) => void;

const status =
  (code: number, headers: Record<string, string> = {}): Step =>
  (response) =>
    text(response, code, 'busy', headers);
const ok = status(200);
const reset: Step = (response) => void response.socket?.resetAndDestroy();
const hangUp: Step = (response) => void response.socket?.end();

/** Each request gets the next step, the last one again and again. */
function script(...steps: readonly [Step, ...Step[]]): RequestListener {
  let next = 0;
  return (_request, response) => (steps[Math.min(next++, steps.length - 1)] ?? steps[0])(response);
}

async function ask(
  listener: RequestListener,
  request: Partial<HttpRequest> = {},
  options: HttpOptions = {},
): Promise<{
  readonly status: number;
  readonly attempts: number;
  readonly delays: readonly number[];
  readonly reasons: readonly string[];
}> {
  await using server = await serveHttp(listener);
  await using client = testClient(options);
  const response = await client.request({ method: 'GET', url: server.url('/'), ...request });
  await response.discard();
  const retries = client.eventsOf('retry');
  assert.ok(retries.every(({ host }) => host === server.host));
  assert.deepEqual(
    retries.map(({ attempt }) => attempt),
    retries.map((_, index) => index + 1),
  );
  return {
    status: response.status,
    attempts: server.seen.length,
    delays: retries.map(({ delay }) => delay),
    reasons: retries.map(({ reason }) => reason),
  };
}

void test('repeats what may be answered differently in a moment', async () => {
  for (const code of [408, 429, 499, 500, 502, 503, 504, 522]) {
    const { status: end, attempts, reasons } = await ask(script(status(code), ok));
    assert.deepEqual([end, attempts, reasons], [200, 2, [`status ${code}`]]);
  }
  for (const step of [reset, hangUp]) {
    const { status: end, attempts } = await ask(script(step, step, ok));
    assert.deepEqual([end, attempts], [200, 3]);
  }
});

void test('does not repeat what is an answer', async () => {
  for (const code of [200, 204, 304, 400, 401, 403, 404, 405, 413, 416, 501]) {
    const { status: end, attempts } = await ask(script(status(code)));
    assert.deepEqual([end, attempts], [code, 1]);
  }
});

void test('gives the last answer as it is when it never gets better', async () => {
  assert.deepEqual(await ask(script(status(503))).then(({ status, attempts }) => [status, attempts]), [503, 6]);
  const twice = await ask(script(status(429)), {}, { retries: 2 });
  assert.deepEqual([twice.status, twice.attempts], [429, 3]);
});

void test('throws the last failure when there never is an answer', async () => {
  await using server = await serveHttp(script(reset));
  await using client = testClient({ retries: 3 });
  const error = await failureOf(client.request({ method: 'GET', url: server.url('/') }));
  assert.equal(error.code, 'TRANSFER_INTERRUPTED');
  assert.match(error.message, /reset|too early/);
  assert.equal(server.seen.length, 4);
});

void test('repeats other methods only when told to', async () => {
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
    assert.equal((await ask(script(status(503), ok), { method })).status, 503);
    assert.equal((await ask(script(status(503), ok), { method, isRepeatable: true })).status, 200);
  }
  assert.equal((await ask(script(status(503), ok), { isRepeatable: false })).attempts, 1);
});

void test('throws at once when a request that may not be repeated is not answered', async () => {
  await using server = await serveHttp(script(reset, ok));
  await using client = testClient();
  const body = Buffer.from('x');
  const error = await failureOf(client.request({ method: 'POST', url: server.url('/'), body }));
  assert.equal(error.code, 'TRANSFER_INTERRUPTED');
  assert.equal(server.seen.length, 1);
});

void test('gives up early where nothing listens', async () => {
  const server = await serveHttp(ok as unknown as RequestListener);
  await server[Symbol.asyncDispose]();
  await using client = testClient();
  const error = await failureOf(client.request({ method: 'GET', url: server.url('/') }));
  assert.equal(error.code, 'HOST_UNREACHABLE');
  assert.match(error.message, /connection refused/);
  assert.match(error.message, new RegExp(server.host));
  assert.equal(client.eventsOf('retry').length, 2);
});

void test('opens the content anew for each attempt', async () => {
  const bodies: string[] = [];
  const opened: number[] = [];
  const content = {
    size: 26,
    open: async function* (position: number) {
      opened.push(position);
      yield Buffer.from('abcdefghijklmnopqrstuvwxyz'.slice(position));
    },
  };
  await using server = await serveHttp((request, response) => {
    void readAll(request).then((body) => {
      bodies.push(body.toString());
      text(response, bodies.length < 3 ? 503 : 201);
    });
  });
  await using client = testClient();
  const body = { content, position: 2, length: 5 };
  const response = await client.request({ method: 'PUT', url: server.url('/'), body, isRepeatable: true });
  await response.discard();
  assert.equal(response.status, 201);
  assert.deepEqual(bodies, ['cdefg', 'cdefg', 'cdefg']);
  assert.deepEqual(opened, [2, 2, 2]);
});

void test('waits longer each time, with jitter', () => {
  for (let repetition = 1; repetition <= 12; repetition++) {
    const most = Math.min(20_000, 500 * 2 ** (repetition - 1));
    const delays = Array.from({ length: 50 }, () => delayBefore(repetition, undefined));
    assert.ok(delays.every((delay) => delay >= most / 2 && delay <= most));
    assert.ok(new Set(delays).size > 10);
  }
});

void test('reads Retry-After in seconds and as a date', () => {
  const date = 'Wed, 21 Oct 2026 07:28:00 GMT';
  assert.equal(parseRetryAfter('7', undefined), 7000);
  assert.equal(parseRetryAfter(' 0 ', undefined), 0);
  assert.equal(parseRetryAfter('Wed, 21 Oct 2026 07:28:09 GMT', date), 9000);
  assert.equal(parseRetryAfter('Wed, 21 Oct 2026 07:27:00 GMT', date), 0);
  const soon = parseRetryAfter(new Date(Date.now() + 5000).toUTCString(), undefined) ?? 0;
  assert.ok(soon > 3000 && soon <= 5000);
  for (const nonsense of [undefined, '', '-1', 'soon', '1e9', '99999999999', 'NaN']) {
    assert.equal(parseRetryAfter(nonsense, date), undefined);
  }
});

void test('honours Retry-After, and leaves a wait of more than a minute to the caller', async () => {
  const scale = { delayScale: 0.001 };
  const { delays } = await ask(
    script(status(503, { 'retry-after': '30' }), status(429, { 'retry-after': '60' }), ok),
    {},
    scale,
  );
  assert.deepEqual(delays, [30, 60]);
  const long = await ask(script(status(429, { 'retry-after': '61' }), ok), {}, scale);
  assert.deepEqual([long.status, long.delays], [429, []]);
  const date = new Date(Date.now() + 20_000).toUTCString();
  const [delay = 0] = (await ask(script(status(429, { 'retry-after': date }), ok), {}, scale)).delays;
  assert.ok(delay > 15 && delay <= 21, String(delay));
});

void test('a host that is asked too much is left alone by the requests that wait in its queue, too', async () => {
  const times: number[] = [];
  await using server = await serveHttp((_request, response) => {
    times.push(performance.now());
    if (times.length === 1) text(response, 429, '', { 'retry-after': '20' });
    else text(response, 200);
  });
  await using other = await serveHttp((_request, response) => text(response, 200));
  await using client = testClient({ requestsPerHost: 1, delayScale: 0.02 });
  const ask = async (url: URL): Promise<void> => (await client.request({ method: 'GET', url })).discard();
  const all = Promise.all([ask(server.url('/1')), ask(server.url('/2')), ask(server.url('/3'))]);
  await ask(other.url('/'));
  assert.ok(times.length <= 1, 'another host is not kept waiting');
  await all;
  assert.equal(times.length, 4);
  assert.ok((times[1] ?? 0) - (times[0] ?? 0) >= 390, `${(times[1] ?? 0) - (times[0] ?? 0)} ms`);
});

void test('a storm of 429 ends with everything answered', async () => {
  let busy = 12;
  await using server = await serveHttp((_request, response) => {
    if (busy-- > 0) text(response, 429, '', { 'retry-after': '1' });
    else text(response, 200);
  });
  await using client = testClient();
  const ask = async (): Promise<number> => {
    const response = await client.request({ method: 'GET', url: server.url('/') });
    await response.discard();
    return response.status;
  };
  assert.deepEqual(new Set(await Promise.all(Array.from({ length: 20 }, ask))), new Set([200]));
});

void test('an answer that ends early is not asked for again once it has begun', async () => {
  let requests = 0;
  await using server = await serveSockets((socket) =>
    socket.once('data', () => {
      requests++;
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello');
    }),
  );
  await using client = testClient();
  const response = await client.request({ method: 'GET', url: server.url('/') });
  await failureOf(response.bytes(10));
  assert.equal(requests, 1);
});
