import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { testClient } from './client.ts';
import { serveHttp, text } from './servers.ts';

const reason = new Error('enough');

async function rejectsWithReason(work: Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error) => error === reason);
}

void test('an aborted signal rejects with its reason before anything is sent', async () => {
  await using server = await serveHttp((_request, response) => text(response, 200));
  await using client = testClient();
  const signal = AbortSignal.abort(reason);
  await rejectsWithReason(client.request({ method: 'GET', url: server.url('/'), signal }));
  assert.equal(server.seen.length, 0);
});

void test('aborting rejects with its reason while nothing is answered', async () => {
  const closed = Promise.withResolvers<void>();
  const controller = new AbortController();
  await using server = await serveHttp((_request, response) => {
    response.on('close', closed.resolve);
    setTimeout(() => controller.abort(reason), 10);
  });
  await using client = testClient();
  const pending = client.request({ method: 'GET', url: server.url('/'), signal: controller.signal });
  await rejectsWithReason(pending);
  await closed.promise;
});

void test('aborting rejects with its reason in the middle of a body', async () => {
  await using server = await serveHttp((_request, response) => {
    response.writeHead(200);
    response.write('hello');
  });
  await using client = testClient();
  const controller = new AbortController();
  const response = await client.request({ method: 'GET', url: server.url('/'), signal: controller.signal });
  const reading = response.body[Symbol.asyncIterator]();
  await reading.next();
  setTimeout(() => controller.abort(reason), 20);
  await rejectsWithReason(Promise.resolve(reading.next()));
});

void test('aborting rejects with its reason when the whole body is there and was not read', async () => {
  await using server = await serveHttp((_request, response) => text(response, 200, 'hello'));
  await using client = testClient();
  const controller = new AbortController();
  const response = await client.request({ method: 'GET', url: server.url('/'), signal: controller.signal });
  controller.abort(reason);
  await rejectsWithReason(response.bytes(100));
  await response.discard();
});

void test('aborting an answer that nobody reads harms nobody', async () => {
  await using server = await serveHttp((_request, response) => {
    response.writeHead(200);
    response.write('hello');
  });
  await using client = testClient();
  const controller = new AbortController();
  await client.request({ method: 'GET', url: server.url('/'), signal: controller.signal });
  controller.abort(reason);
  await new Promise((resolve) => setTimeout(resolve, 20));
});

void test('aborting rejects with its reason while waiting for a turn, and gives the turn to the next', async () => {
  const held = Promise.withResolvers<ServerResponse>();
  await using server = await serveHttp((request, response) => {
    if (request.url === '/first') held.resolve(response);
    else text(response, 200);
  });
  await using client = testClient({ requestsPerHost: 1 });
  const first = client.request({ method: 'GET', url: server.url('/first') });
  const controller = new AbortController();
  const second = client.request({ method: 'GET', url: server.url('/second'), signal: controller.signal });
  const third = client.request({ method: 'GET', url: server.url('/third') });
  const answer = await held.promise;
  controller.abort(reason);
  await rejectsWithReason(second);
  text(answer, 200);
  await (await first).discard();
  await (await third).discard();
  assert.deepEqual(
    server.seen.map(({ path }) => path),
    ['/first', '/third'],
  );
});

void test('aborting rejects with its reason between attempts', async () => {
  const controller = new AbortController();
  await using server = await serveHttp((_request, response) => {
    text(response, 503, '', { 'retry-after': '60' });
    setTimeout(() => controller.abort(reason), 50);
  });
  await using client = testClient({ delayScale: 1 });
  const pending = client.request({ method: 'GET', url: server.url('/'), signal: controller.signal });
  await rejectsWithReason(pending);
  assert.equal(server.seen.length, 1);
});

void test('aborting an upload rejects with its reason and closes its source', async () => {
  const controller = new AbortController();
  await using server = await serveHttp((request) => {
    request.pause();
    setTimeout(() => controller.abort(reason), 50);
  });
  await using client = testClient();
  const closed = Promise.withResolvers<void>();
  const content = {
    size: 1e9,
    open: async function* () {
      try {
        for (;;) {
          yield Buffer.alloc(1 << 20);
          await new Promise((resolve) => setImmediate(resolve));
        }
      } finally {
        closed.resolve();
      }
    },
  };
  const body = { content, position: 0, length: 1e9 };
  const pending = client.request({ method: 'PUT', url: server.url('/'), body, signal: controller.signal });
  await rejectsWithReason(pending);
  await closed.promise;
});

void test('many requests may share a signal', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on('warning', note);
  await using server = await serveHttp((_request, response) => text(response, 200, 'x'));
  await using client = testClient();
  const { signal } = new AbortController();
  const ask = async (): Promise<void> => {
    await (await client.request({ method: 'GET', url: server.url('/'), signal })).bytes(1);
  };
  await Promise.all(Array.from({ length: 50 }, ask));
  process.off('warning', note);
  assert.deepEqual(warnings, []);
});
