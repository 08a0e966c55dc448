import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { HoldfastError } from '../../src/base/index.ts';
import { failureOf, testClient } from './client.ts';
import { readAll, serveHttp, serveSockets, text } from './servers.ts';

/** Content whose chunks are overwritten as soon as the next is asked for, as those of decoders are. */
function borrowed(
  size: number,
  chunkSize = 100_000,
): { size: number; open(position: number): AsyncGenerator<Uint8Array> } {
  return {
    size,
    open: async function* (position: number) {
      const chunk = Buffer.alloc(chunkSize);
      for (let at = position; at < size;) {
        const length = Math.min(chunkSize, size - at);
        for (let index = 0; index < length; index += 100) chunk[index] = (at + index) % 251;
        yield chunk.subarray(0, length);
        chunk.fill(0xee);
        at += length;
      }
    },
  };
}

async function hashOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}

void test('sends bytes and parts of a content with their length', async () => {
  await using server = await serveHttp((request, response) => {
    void readAll(request).then((body) =>
      text(response, 201, `${request.headers['content-length']} ${body.toString()}`),
    );
  });
  await using client = testClient();
  const letters = Buffer.from('abcdefghij');
  const content = {
    size: 10,
    open: async function* (position: number) {
      yield letters.subarray(position, position + 2);
      yield letters.subarray(position + 2);
    },
  };
  const bodies = [
    [Buffer.from('hello'), '5 hello'],
    [new Uint8Array(Buffer.from('..hello..')).subarray(2, 7), '5 hello'],
    [new Uint8Array(0), '0 '],
    [{ content, position: 0, length: 10 }, '10 abcdefghij'],
    [{ content, position: 3, length: 4 }, '4 defg'],
    [{ content, position: 10, length: 0 }, '0 '],
    [undefined, '0 '],
  ] as const;
  for (const [body, expected] of bodies) {
    for (const method of ['PUT', 'PATCH', 'POST'] as const) {
      const request = { method, url: server.url('/'), ...(body === undefined ? {} : { body }) };
      const response = await client.request(request);
      assert.equal(Buffer.from(await response.bytes(100)).toString(), expected);
    }
  }
});

void test('sends a large content whole, though its chunks are valid only for a moment', async (context) => {
  const size = 100e6;
  await using server = await serveHttp((request, response) => {
    void hashOf(request).then((hash) => text(response, 201, hash));
  });
  await using client = testClient();
  const body = { content: borrowed(size), position: 1000, length: size - 1000 };
  const expected = await hashOf(borrowed(size).open(1000));
  const start = performance.now();
  const response = await client.request({ method: 'PUT', url: server.url('/'), body });
  assert.equal(Buffer.from(await response.bytes(100)).toString(), expected);
  context.diagnostic(`${(size / 1e3 / (performance.now() - start)).toFixed(0)} MB/s, hashed on the way`);
});

void test('an error of the content is the error of the request, and no reason to repeat it', async () => {
  await using server = await serveHttp((request, response) => {
    void readAll(request).then(
      () => text(response, 201),
      () => undefined,
    );
  });
  await using client = testClient();
  const failure = new HoldfastError('BLOB_MISSING', { digest: 'sha256:x', where: 'gone' });
  const content = {
    size: 10,
    open: async function* () {
      yield Buffer.from('x');
      throw failure;
    },
  };
  const body = { content, position: 0, length: 10 };
  const error = await failureOf(client.request({ method: 'PUT', url: server.url('/'), body, isRepeatable: true }));
  assert.equal(error, failure);
  assert.equal(client.eventsOf('retry').length, 0);
});

void test('a content that is shorter than it says is an error of its own, a longer one is cut', async () => {
  await using server = await serveHttp((request, response) => {
    void readAll(request).then(
      (body) => text(response, 201, body.toString()),
      () => undefined,
    );
  });
  await using client = testClient();
  const content = {
    size: 20,
    open: async function* () {
      yield Buffer.from('0123456789');
    },
  };
  const put = (length: number) =>
    client.request({ method: 'PUT', url: server.url('/'), body: { content, position: 0, length } });
  assert.equal((await failureOf(put(20))).code, 'SIZE_MISMATCH');
  assert.equal(Buffer.from(await (await put(3)).bytes(100)).toString(), '012');
});

void test('an answer that comes before the body was read is the answer, and the source is closed', async () => {
  for (const code of [401, 413, 201]) {
    await using server = await serveHttp((_request, response) => text(response, code, 'early'));
    await using client = testClient();
    let isClosed = false;
    const source = borrowed(200e6);
    const content = {
      size: source.size,
      open: async function* (position: number) {
        try {
          yield* source.open(position);
        } finally {
          isClosed = true;
        }
      },
    };
    const body = { content, position: 0, length: source.size };
    const response = await client.request({ method: 'PUT', url: server.url('/'), body });
    assert.equal(response.status, code);
    assert.equal(Buffer.from(await response.bytes(100)).toString(), 'early');
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.ok(isClosed);
  }
});

/** In a thread of its own, for it has to close while this one is writing. */
const hastyServer = `
  const { createServer } = require('node:net');
  const { parentPort } = require('node:worker_threads');
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.pause();
      const answer = 'HTTP/1.1 413 Too Large\\r\\nconnection: close\\r\\ncontent-length: 5\\r\\n\\r\\nearly';
      socket.write(answer, () => socket.resetAndDestroy());
    });
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

void test('an answer is not lost when the server resets the connection behind it', async () => {
  const worker = new Worker(hastyServer, { eval: true });
  const [port] = (await once(worker, 'message')) as [number];
  for (let round = 0; round < 20; round++) {
    await using client = testClient();
    const body = { content: borrowed(50e6), position: 0, length: 50e6 };
    const response = await client.request({ method: 'PATCH', url: new URL(`http://127.0.0.1:${port}/`), body });
    assert.equal(response.status, 413);
    assert.equal(Buffer.from(await response.bytes(100)).toString(), 'early');
  }
  await worker.terminate();
});

void test('a server that stops reading is given up on', async () => {
  await using server = await serveSockets((socket) => void socket.once('data', () => socket.pause()));
  await using client = testClient({ idleTimeout: 30 });
  const body = { content: borrowed(50e6), position: 0, length: 50e6 };
  const error = await failureOf(client.request({ method: 'PUT', url: server.url('/'), body }));
  assert.equal(error.code, 'TRANSFER_INTERRUPTED');
});

void test('a redirect of an upload is for the caller to follow', async () => {
  await using server = await serveHttp((_request, response) => text(response, 307, '', { location: '/elsewhere' }));
  await using client = testClient();
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
    const response = await client.request({ method, url: server.url('/') });
    await response.discard();
    assert.deepEqual([response.status, response.header('location')], [307, '/elsewhere']);
  }
  assert.equal(server.seen.length, 4);
});
