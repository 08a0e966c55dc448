import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isHoldfastError } from '../../src/base/index.ts';
import { testClient } from './client.ts';
import { serveSockets } from './servers.ts';

const piece = fc.oneof(
  fc.constantFrom(
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 302 Found\r\n',
    'HTTP/1.1 100 Continue\r\n\r\n',
    'HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
    'HTTP/1.1 999 ?\r\n',
    'content-length: 3\r\n',
    'content-length: -1\r\n',
    'content-length: 99999999999999999999\r\n',
    'transfer-encoding: chunked\r\n',
    'content-encoding: gzip\r\n',
    'location: http://[\r\n',
    'location: ///\r\n',
    'location: \u00ff\u0000\r\n',
    'warning: 299 - "\u001b[31m"\r\n',
    'retry-after: 999999999999\r\n',
    'ratelimit-remaining: 9e99\r\n',
    '\r\n',
    'abc',
    '3\r\nabc\r\n0\r\n\r\n',
    'ffffffffffffffff\r\n',
  ),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);

void test('whatever a host sends, there is an answer or one coded error', async () => {
  let answer = '';
  await using server = await serveSockets((socket) => {
    socket.once('data', () => socket.end(Buffer.from(answer, 'latin1')));
  });
  const property = fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
    answer = pieces.join('');
    await using client = testClient({ retries: 1, delayScale: 0.001 });
    try {
      const response = await client.request({ method: 'GET', url: server.url('/') });
      await response.bytes(1000);
    } catch (error) {
      assert.ok(isHoldfastError(error), String(error));
    }
    assert.doesNotMatch(JSON.stringify(client.events), /\\u001b|[\x00-\x1f]/);
  });
  await fc.assert(property, { numRuns: 300 });
});
