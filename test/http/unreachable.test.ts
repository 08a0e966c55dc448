import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeFailure } from '../../src/http/describe-failure.ts';
import { everythingSaid, failureOf, testClient } from './client.ts';
import { resolveExamples } from './names.ts';
import { serveHttp, serveSockets } from './servers.ts';

void test('a host that is not known, or whose name server is silent, is named in plain words', async () => {
  using _names = resolveExamples({ 'typo.example': 'ENOTFOUND', 'silent.example': 'EAI_AGAIN' });
  for (const [host, reason, retries] of [
    ['typo.example', /unknown host/, 0],
    ['silent.example', /name server does not answer/, 2],
  ] as const) {
    await using client = testClient();
    const url = new URL(`https://user:SECRET@${host}/?sig=SECRET`);
    const error = await failureOf(client.request({ method: 'GET', url, authorization: 'Basic SECRET' }));
    assert.equal(error.code, 'HOST_UNREACHABLE');
    assert.match(error.message, reason);
    assert.match(error.message, new RegExp(host));
    assert.equal(client.eventsOf('retry').length, retries);
    assert.doesNotMatch(everythingSaid(error) + JSON.stringify(client.events), /SECRET/);
  }
});

void test('a host that takes a connection and never shakes hands is given up on', async () => {
  await using server = await serveSockets(() => undefined);
  await using client = testClient({ idleTimeout: 50, retries: 1 });
  const url = new URL(`https://127.0.0.1:${server.port}/`);
  const error = await failureOf(client.request({ method: 'GET', url }));
  assert.equal(error.code, 'HOST_UNREACHABLE');
  assert.match(error.message, /no answer in time/);
  assert.equal(client.eventsOf('retry').length, 1);
});

void test('closing the client ends connections that are being made', async () => {
  const arrived = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  await using server = await serveSockets((socket) => {
    socket.resume().on('close', closed.resolve);
    arrived.resolve();
  });
  const client = testClient();
  const pending = failureOf(client.request({ method: 'GET', url: new URL(`https://127.0.0.1:${server.port}/`) }));
  await arrived.promise;
  await client[Symbol.asyncDispose]();
  await closed.promise;
  assert.match((await pending).message, /the client was closed/);
});

void test('a host that answers https in plain text is told by what it does over http', async () => {
  await using server = await serveHttp((request) => request.socket.destroy());
  await using client = testClient({ retries: 2 });
  const url = new URL(`https://127.0.0.1:${server.port}/`);
  const error = await failureOf(client.request({ method: 'GET', url }));
  assert.equal(error.code, 'TRANSFER_INTERRUPTED');
  assert.match(error.message, /closed too early/);
  assert.equal(client.eventsOf('retry').length, 2);
});

void test('every reason for having no connection has words', () => {
  const attempted = { host: 'h', what: 'GET https://h/', proxy: undefined, patience: 1000 };
  for (const code of [
    'ENOTFOUND',
    'EAI_AGAIN',
    'ECONNREFUSED',
    'ECONNRESET',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'EADDRNOTAVAIL',
    'EACCES',
    'EMFILE',
    'UND_ERR_CONNECT_TIMEOUT',
  ]) {
    const plain = Object.assign(new Error('x'), { code });
    const several = new AggregateError([plain, plain]);
    for (const error of [plain, several]) {
      const described = describeFailure({ error, phase: 'connect' }, attempted);
      assert.equal(described.code, 'HOST_UNREACHABLE');
      assert.doesNotMatch(described.message, /E[A-Z_]{4}|undefined/);
    }
  }
  const unknown = describeFailure({ error: new Error('x'), phase: 'connect' }, { ...attempted, proxy: 'p:3128' });
  assert.equal(unknown.message, '"h" cannot be reached: the connection failed (through the proxy p:3128)');
});

void test('finds out that a host speaks http once for all requests, in whatever order they are answered', async () => {
  let connections = 0;
  await using server = await serveSockets((socket) => {
    const delay = 20 * connections++;
    socket.once('data', (first) => {
      const isTls = first[0] === 0x16;
      const answer = isTls ? 'HTTP/1.0 400 Bad Request\r\n\r\n' : 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
      setTimeout(() => socket.end(answer), isTls ? delay : 0);
    });
  });
  await using client = testClient();
  const url = new URL(`https://${server.host}/`);
  const answers = Array.from({ length: 4 }, async () => {
    const response = await client.request({ method: 'HEAD', url });
    await response.discard();
    return response.status;
  });
  assert.deepEqual(await Promise.all(answers), [200, 200, 200, 200]);
});
