import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { failureOf, testClient } from './client.ts';
import { serveHttp, serveSockets } from './servers.ts';

const megabyte = Buffer.alloc(1 << 20, 7);

void test('streams a large body whole and in bounded memory', async (context) => {
  const size = 100;
  await using server = await serveHttp((_request, response) => {
    response.writeHead(200, { 'content-length': size << 20 });
    let sent = 0;
    const more = (): void => {
      while (sent++ < size) if (!response.write(megabyte)) return void response.once('drain', more);
      response.end();
    };
    more();
  });
  await using client = testClient();
  const start = performance.now();
  const response = await client.request({ method: 'GET', url: server.url('/') });
  let bytes = 0;
  const before = process.memoryUsage().external;
  for await (const chunk of response.body) bytes += chunk.length;
  assert.equal(bytes, size << 20);
  const rate = bytes / 1e6 / ((performance.now() - start) / 1000);
  context.diagnostic(`${rate.toFixed(0)} MB/s with server and client in one thread`);
  assert.ok(process.memoryUsage().external - before < 100e6);
});

void test('gives a body of very many tiny pieces whole, in order', async () => {
  const pieces = 300_000;
  const body = Buffer.from(Array.from({ length: pieces }, (_, at) => 97 + (at % 26)));
  const framed = Buffer.concat([...body].map((byte) => Buffer.from([0x31, 0x0d, 0x0a, byte, 0x0d, 0x0a])));
  await using server = await serveSockets((socket) =>
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      socket.end(Buffer.concat([framed, Buffer.from('0\r\n\r\n')]));
    }),
  );
  await using client = testClient();
  const response = await client.request({ method: 'GET', url: server.url('/') });
  assert.ok(body.equals(await response.bytes(pieces)));
});

void test('a body shorter than its Content-Length is an interrupted transfer, after what has arrived', async () => {
  await using server = await serveSockets((socket) =>
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello')),
  );
  await using client = testClient();
  const response = await client.request({ method: 'GET', url: server.url('/v2/x?sig=SECRET') });
  let seen = '';
  const error = await failureOf(
    (async () => {
      for await (const chunk of response.body) seen += Buffer.from(chunk).toString();
    })(),
  );
  assert.equal(seen, 'hello');
  assert.equal(error.code, 'TRANSFER_INTERRUPTED');
  assert.match(error.message, /closed too early|shorter/);
  assert.doesNotMatch(error.message, /SECRET/);
});

void test('a chunked body that is cut, and a connection that is reset, are interrupted transfers', async () => {
  for (const end of ['end', 'resetAndDestroy'] as const) {
    await using server = await serveSockets((socket) =>
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n');
        setTimeout(() => socket[end](), 20);
      }),
    );
    await using client = testClient();
    const response = await client.request({ method: 'GET', url: server.url('/') });
    assert.equal((await failureOf(response.bytes(100))).code, 'TRANSFER_INTERRUPTED');
  }
});

void test('a body without a length ends with its connection', async () => {
  await using server = await serveSockets((socket) =>
    socket.once('data', () => socket.end('HTTP/1.0 200 OK\r\n\r\nhello')),
  );
  await using client = testClient();
  const response = await client.request({ method: 'GET', url: server.url('/') });
  assert.equal(Buffer.from(await response.bytes(5)).toString(), 'hello');
});

void test('a loop that is left early ends the transfer', async () => {
  const closed = Promise.withResolvers<void>();
  await using server = await serveHttp((_request, response) => {
    response.on('close', closed.resolve);
    response.writeHead(200);
    const timer = setInterval(() => response.write(megabyte), 1);
    response.on('close', () => clearInterval(timer));
  });
  await using client = testClient();
  const response = await client.request({ method: 'GET', url: server.url('/') });
  for await (const _chunk of response.body) break;
  await closed.promise;
});

// These wait, so they wait together.
void describe('silence', { concurrency: true }, () => {
  void test('a body that falls silent is an interrupted transfer', async () => {
    await using server = await serveHttp((_request, response) => {
      response.writeHead(200, { 'content-length': 10 });
      response.write('hello');
    });
    await using client = testClient({ idleTimeout: 100 });
    const response = await client.request({ method: 'GET', url: server.url('/') });
    const error = await failureOf(response.bytes(100));
    assert.equal(error.code, 'TRANSFER_INTERRUPTED');
    assert.match(error.message, /no data for 0\.1 s/);
  });

  void test('a slow reader is no silent server', async () => {
    await using server = await serveHttp((_request, response) => response.end(Buffer.alloc(8 << 20)));
    await using client = testClient({ idleTimeout: 100 });
    const response = await client.request({ method: 'GET', url: server.url('/') });
    let bytes = 0;
    for await (const chunk of response.body) {
      if (bytes === 0) await new Promise((resolve) => setTimeout(resolve, 400));
      bytes += chunk.length;
    }
    assert.equal(bytes, 8 << 20);
  });

  void test('a host that accepts a connection and says nothing is given up on', async () => {
    await using server = await serveSockets(() => undefined);
    await using client = testClient({ idleTimeout: 100, retries: 0 });
    const error = await failureOf(client.request({ method: 'GET', url: server.url('/') }));
    assert.equal(error.code, 'TRANSFER_INTERRUPTED');
    assert.match(error.message, /no answer for 0\.1 s/);
  });

  void test('discarding drops a short rest and cuts a long one, and never fails', async () => {
    await using server = await serveHttp((request, response) => {
      response.writeHead(200);
      if (request.url === '/silent') response.write('x');
      else response.end(Buffer.alloc(request.url === '/short' ? 1000 : 50 << 20));
    });
    await using client = testClient();
    for (const path of ['/short', '/short', '/long', '/silent', '/short']) {
      const response = await client.request({ method: 'GET', url: server.url(path) });
      await response.discard();
      await response.discard();
    }
    assert.equal(server.connections, 3);
  });

  void test('does not take in what is not read', async () => {
    let sent = 0;
    await using server = await serveHttp((_request, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed) {
          sent += megabyte.length;
          if (!response.write(megabyte)) return void response.once('drain', more);
        }
      };
      more();
    });
    await using client = testClient();
    const response = await client.request({ method: 'GET', url: server.url('/') });
    const reading = response.body[Symbol.asyncIterator]();
    await reading.next();
    await new Promise((resolve) => setTimeout(resolve, 200));
    // What the kernel keeps for both ends is some megabytes.
    assert.ok(sent < 40e6, `${sent} bytes were taken in`);
    await reading.return?.();
  });
});

void test('a body that almost stands still is broken, and a reader that takes its time is not', async () => {
  await using server = await serveHttp((request, response) => {
    response.writeHead(200);
    if (request.url === '/whole') return void response.end(Buffer.alloc(3 << 20, 'x'));
    const timer = setInterval(() => response.write('x'), 20);
    response.once('close', () => clearInterval(timer));
  });
  await using client = testClient({ idleTimeout: 300 });
  const slow = await client.request({ method: 'GET', url: server.url('/slow') });
  const error = await failureOf(slow.bytes(1000));
  assert.equal(error.code, 'TRANSFER_INTERRUPTED');
  assert.match(error.message, /almost no data for 0\.3 s/);
  const whole = await client.request({ method: 'GET', url: server.url('/whole') });
  let size = 0;
  for await (const chunk of whole.body) {
    if (size === 0) await new Promise((resolve) => void setTimeout(resolve, 700));
    size += chunk.length;
  }
  assert.equal(size, 3 << 20);
});
