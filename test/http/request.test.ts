import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { test } from 'node:test';
import { everythingSaid, failureOf, testClient } from './client.ts';
import { readAll, serveHttp, serveSockets, text } from './servers.ts';

void test('asks for no encoding, says who it is, and gives bodies as they were sent', async () => {
  const sent = gzipSync('hello');
  await using server = await serveHttp((_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': sent.length }).end(sent);
  });
  await using client = testClient();
  const response = await client.request({
    method: 'GET',
    url: server.url('/x'),
    headers: { accept: 'a/b', 'accept-encoding': 'gzip' },
  });
  assert.deepEqual(Buffer.from(await response.bytes(1000)), sent);
  const [seen] = server.seen;
  assert.equal(seen?.headers['accept-encoding'], 'identity');
  assert.match(seen?.headers['user-agent'] ?? '', /^holdfast\/\d+\.\d+\.\d+/);
  assert.equal(seen?.headers.accept, 'a/b');
});

void test('gives status, url and headers in any case, each line apart', async () => {
  await using server = await serveHttp((_request, response) => {
    response
      .writeHead(
        404,
        [
          ['Link', '<a>'],
          ['link', '<b>'],
          ['X-Ü', 'x'],
        ]
          .slice(0, 2)
          .flat(),
      )
      .end();
  });
  await using client = testClient();
  const response = await client.request({ method: 'GET', url: server.url('/a?b=c') });
  assert.equal(response.status, 404);
  assert.equal(response.url.href, server.url('/a?b=c').href);
  assert.deepEqual(response.headers('LINK'), ['<a>', '<b>']);
  assert.equal(response.header('Link'), '<a>, <b>');
  assert.equal(response.header('nothing'), undefined);
  assert.deepEqual(response.headers('nothing'), []);
  await response.discard();
});

void test('uses a connection again, also after HEAD and after a body that was dropped', async () => {
  await using server = await serveHttp((_request, response) => text(response, 200, 'hello'));
  await using client = testClient();
  for (const method of ['GET', 'HEAD', 'GET', 'HEAD'] as const) {
    const response = await client.request({ method, url: server.url('/') });
    assert.equal(response.header('content-length'), '5');
    await response.discard();
  }
  await (await client.request({ method: 'GET', url: server.url('/') })).bytes(5);
  assert.equal(server.connections, 1);
});

void test('sends no more requests to a host at once than it may', async () => {
  let running = 0;
  let most = 0;
  await using server = await serveHttp((_request, response) => {
    most = Math.max(most, ++running);
    setTimeout(() => {
      running--;
      text(response, 200, 'x');
    }, 10);
  });
  for (const [options, expected] of [
    [{}, 6],
    [{ requestsPerHost: 2 }, 2],
  ] as const) {
    most = 0;
    await using client = testClient(options);
    const ask = async (): Promise<void> => {
      await (await client.request({ method: 'GET', url: server.url('/') })).bytes(10);
    };
    await Promise.all(Array.from({ length: 20 }, ask));
    assert.equal(most, expected);
  }
});

void test('counts a body that is being read as a request, and not one that nobody reads', async () => {
  await using server = await serveHttp((request, response) => {
    if (request.url === '/endless') {
      response.writeHead(200);
      const timer = setInterval(() => response.write(Buffer.alloc(1000)), 5);
      response.on('close', () => clearInterval(timer));
    } else text(response, 200, 'x');
  });
  await using client = testClient({ requestsPerHost: 1 });
  const endless = await client.request({ method: 'GET', url: server.url('/endless') });
  const reading = endless.body[Symbol.asyncIterator]();
  await reading.next();
  let isAnswered = false;
  const second = client.request({ method: 'GET', url: server.url('/') }).then((response) => {
    isAnswered = true;
    return response.discard();
  });
  for (let until = performance.now() + 300; performance.now() < until;) await reading.next();
  assert.equal(isAnswered, false);
  await second;
  await reading.return?.();
});

void test('lets an upload feed on a download from the same host', async () => {
  await using server = await serveHttp((request, response) => {
    if (request.method === 'GET') text(response, 200, 'x'.repeat(100));
    else void readAll(request).then((body) => text(response, 201, String(body.length)));
  });
  await using client = testClient({ requestsPerHost: 1 });
  const content = {
    size: 100,
    open: async function* () {
      const source = await client.request({ method: 'GET', url: server.url('/') });
      yield* source.body;
    },
  };
  const put = async (): Promise<string> => {
    const body = { content, position: 0, length: 100 };
    const response = await client.request({ method: 'PUT', url: server.url('/'), body });
    return Buffer.from(await response.bytes(10)).toString();
  };
  assert.deepEqual(await Promise.all([put(), put(), put()]), ['100', '100', '100']);
});

void test('refuses a body that is longer than what is wanted of it', async () => {
  await using server = await serveHttp((_request, response) => text(response, 200, 'x'.repeat(100)));
  await using client = testClient();
  const ask = async (limit: number): Promise<Uint8Array> =>
    (await client.request({ method: 'GET', url: server.url('/m') })).bytes(limit);
  assert.equal((await ask(100)).length, 100);
  const error = await failureOf(ask(99));
  assert.equal(error.code, 'REGISTRY_PROTOCOL');
  assert.match(error.message, /longer than 99 bytes/);
});

void test('answers to HEAD and 204 have an empty body', async () => {
  await using server = await serveHttp((request, response) => {
    if (request.method === 'HEAD') text(response, 200, 'x'.repeat(100));
    else response.writeHead(204).end();
  });
  await using client = testClient();
  for (const method of ['HEAD', 'DELETE'] as const) {
    const response = await client.request({ method, url: server.url('/') });
    assert.equal((await response.bytes(0)).length, 0);
  }
});

void test('an interim answer is not the answer', async () => {
  await using server = await serveHttp((_request, response) => {
    response.writeEarlyHints({ link: '</x>; rel=preload' });
    text(response, 200, 'x');
  });
  await using client = testClient();
  const response = await client.request({ method: 'GET', url: server.url('/') });
  assert.equal(response.status, 200);
  await response.discard();
});

void test('what is not HTTP is a wrong answer', async () => {
  await using server = await serveSockets((socket) =>
    socket.once('data', () => socket.end('220 mail.example ESMTP secret-of-somebody\r\n')),
  );
  await using client = testClient();
  const error = await failureOf(client.request({ method: 'GET', url: server.url('/') }));
  assert.equal(error.code, 'REGISTRY_PROTOCOL');
  assert.match(error.message, /is not HTTP/);
  assert.doesNotMatch(everythingSaid(error), /secret-of-somebody/);
});

void test('headers without end are a wrong answer', async () => {
  await using server = await serveSockets((socket) =>
    socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\n${`x: ${'y'.repeat(1000)}\r\n`.repeat(100)}\r\n`)),
  );
  await using client = testClient();
  const error = await failureOf(client.request({ method: 'GET', url: server.url('/') }));
  assert.equal(error.code, 'REGISTRY_PROTOCOL');
});

void test('asks nothing that is not http', async () => {
  await using client = testClient();
  const error = await failureOf(client.request({ method: 'GET', url: new URL('file:///etc/passwd') }));
  assert.equal(error.code, 'REGISTRY_PROTOCOL');
});

void test('a closed client ends what is under way and accepts nothing more', async () => {
  await using server = await serveHttp(() => undefined);
  const client = testClient();
  const pending = failureOf(client.request({ method: 'GET', url: server.url('/') }));
  await new Promise((resolve) => setTimeout(resolve, 50));
  await client[Symbol.asyncDispose]();
  assert.match((await pending).message, /the client was closed/);
  const later = await failureOf(client.request({ method: 'GET', url: server.url('/') }));
  assert.match(later.message, /the client was closed/);
});
