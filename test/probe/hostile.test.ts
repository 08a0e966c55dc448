/** Requests of somebody who means no good. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { ProbeRequest } from '../../src/probe/index.ts';
import { scratch } from '../unpack/scratch.ts';
import { ask, linesOf, probing, token } from './probing.ts';

void describe('a probe tells nothing', () => {
  const wrong = [
    '',
    `Bearer ${token}x`,
    `Bearer ${token.slice(1)}`,
    `Basic ${token}`,
    token,
    `Bearer  `,
    'Bearer a, b',
  ];
  for (const authorization of wrong) {
    void it(`to who brings "${authorization.replace(token, 'TOKEN')}"`, async (t) => {
      const { url } = await probing(t, { root: scratch(t) });
      for (const where of ['/', '/v1/tree', '/v1/nothing', '/v1/write-test']) {
        const response = await fetch(url + where, { headers: { authorization } });
        assert.equal(response.status, 401);
        assert.match(response.headers.get('www-authenticate') ?? '', /^Bearer/);
        assert.doesNotMatch(await response.text(), /path|holdfast/);
      }
    });
  }

  void it('to who brings the token in the query, and does not write it down', async (t) => {
    const records: ProbeRequest[] = [];
    const { url } = await probing(t, { root: scratch(t), onRequest: (record) => records.push(record) });
    assert.equal((await fetch(`${url}/v1/tree?token=${token}`)).status, 401);
    await (await ask(`${url}/v1/tree`)).text();
    while (records.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.ok(!JSON.stringify(records).includes(token));
  });
});

void describe('what is asked of a probe', () => {
  const requests: readonly (readonly [status: number, method: string, target: string])[] = [
    [404, 'GET', '/'],
    [404, 'GET', '/v1/tree/'],
    [404, 'GET', '/v1/../v1/tree'],
    [404, 'GET', '/v1/write-test'],
    [405, 'POST', '/v1/tree'],
    [405, 'DELETE', '/v1/tree'],
    [405, 'HEAD', '/v1/tree'],
    [405, 'PUT', '/v1/digests'],
    [405, 'GET', '/v1/digests'],
    [405, 'OPTIONS', '/v1/tree'],
    [405, 'TRACE', '/v1/tree'],
    [404, 'OPTIONS', '*'],
    [405, 'POST', 'http://proxied.example/v1/tree'],
    [400, 'GET', '/v1/tree?from=1'],
    [400, 'GET', '/v1/tree?limit=0'],
    [400, 'GET', '/v1/tree?limit=-1'],
    [400, 'GET', '/v1/tree?limit=1e9'],
    [400, 'GET', '/v1/tree?limit=1&limit=2'],
    [400, 'GET', `/v1/tree?after=${encoded('../..')}`],
    [400, 'GET', `/v1/tree?after=${encoded('a/../../etc')}`],
    [400, 'GET', `/v1/tree?after=${encoded('/etc')}`],
    [400, 'GET', `/v1/tree?after=${encoded('a\0')}`],
    [400, 'GET', '/v1/tree?after=%2e%2e'],
    [431, 'GET', `/v1/tree?after=${'a'.repeat(100_000)}`],
  ];
  for (const [status, method, target] of requests) {
    void it(`is answered ${status}: ${method} ${target.slice(0, 40)}`, async (t) => {
      const { url } = await probing(t, { root: scratch(t) });
      const answer = await raw(url, `${method} ${target} HTTP/1.1\r\n${head}\r\n`);
      assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `));
    });
  }

  const bodies: readonly (readonly [status: number, what: string, body: string])[] = [
    [400, 'no JSON', 'etc/passwd\n'],
    [400, 'a number', '1\n'],
    [400, 'the root', '"."\n'],
    [400, 'a way out', '"../etc/passwd"\n'],
    [400, 'a way out further down', '"a/../../etc/passwd"\n'],
    [400, 'an absolute path', '"/etc/passwd"\n'],
    [400, 'a NUL', '"a\\u0000"\n'],
    [400, 'a line without an end', '"a"'],
    [413, 'too many paths', '"a"\n'.repeat(10_001)],
    [413, 'too much', `"${'a'.repeat(200)}"\n`.repeat(6000)],
    [400, 'a line without bounds', 'x'.repeat(100_000)],
  ];
  for (const [status, what, body] of bodies) {
    void it(`is answered ${status} when digests are asked of ${what}`, async (t) => {
      const { url } = await probing(t, { root: scratch(t) });
      assert.equal((await ask(`${url}/v1/digests`, { method: 'POST', body })).status, status);
    });
  }

  void it('leads through no link, to no device, and into no mount', async (t) => {
    const root = scratch(t);
    const outside = scratch(t);
    fs.writeFileSync(path.join(outside, 'secret'), 'secret');
    fs.symlinkSync(outside, path.join(root, 'directory'));
    fs.symlinkSync(path.join(outside, 'secret'), path.join(root, 'file'));
    fs.mkdirSync(path.join(root, 'real'));
    const { url } = await probing(t, { root });
    const body = ['directory/secret', 'file', 'real', 'absent', 'real/absent'].map((name) => `"${name}"\n`).join('');
    const [, ...found] = await linesOf(await ask(`${url}/v1/digests`, { method: 'POST', body }));
    for (const line of found.slice(0, -1))
      assert.deepEqual([line['digest'], line['problem']], [null, { kind: 'vanished' }]);
    const tree = await (await ask(`${url}/v1/tree`)).text();
    assert.doesNotMatch(tree, /"secret"|directory\/secret/);
  });

  void it('leads into no mount: /proc of this machine is told as one, and not entered', async (t) => {
    const { url } = await probing(t, { root: '/', entriesPerSecond: 1e9 });
    const body = '"proc/self/environ"\n"proc/version"\n';
    const [, ...found] = await linesOf(await ask(`${url}/v1/digests`, { method: 'POST', body }));
    assert.deepEqual(
      found.slice(0, 2).map((line) => line['problem']),
      Array.from({ length: 2 }, () => ({ kind: 'unreadable', what: 'content', errno: 'EXDEV' })),
    );
    const after = encoded('procc');
    const before = encoded('pro');
    const lines = await linesOf(await ask(`${url}/v1/tree?limit=1&after=${before}`));
    assert.deepEqual([lines[1]?.['path'], lines[1]?.['problems']], ['proc', [{ kind: 'mount', isCrossed: false }]]);
    const [, next] = await linesOf(await ask(`${url}/v1/tree?limit=1&after=${after}`));
    assert.doesNotMatch(String(next?.['path']), /^proc/);
  });
});

void describe('a connection to a probe', () => {
  void it('is closed when its request is no HTTP, or asks for another protocol', async (t) => {
    const { url } = await probing(t, { root: scratch(t) });
    assert.match(await raw(url, 'nonsense\r\n\r\n'), /^HTTP\/1.1 400 /);
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
    assert.match(await raw(url, `GET /v1/tree HTTP/1.1\r\n${head}${upgrade}\r\n`), /^HTTP\/1.1 400 /);
    assert.match(await raw(url, `CONNECT example.com:80 HTTP/1.1\r\n${head}\r\n`), /^HTTP\/1.1 405 /);
    const expect = 'Expect: something\r\n';
    assert.match(await raw(url, `GET /v1/tree HTTP/1.1\r\n${head}${expect}\r\n`), /^HTTP\/1.1 417 /);
  });

  void it('is closed when its headers do not come to an end', { timeout: 30_000 }, async (t) => {
    const { url } = await probing(t, { root: scratch(t) });
    const started = performance.now();
    assert.match(await raw(url, 'GET /v1/tree HTTP/1.1\r\nX: '), /^HTTP\/1.1 408 /);
    assert.ok(performance.now() - started < 10_000);
  });

  void it('is one of a few: the others wait, or are closed', async (t) => {
    const { url } = await probing(t, { root: scratch(t) });
    const { port } = new URL(url);
    const sockets = Array.from({ length: 100 }, () => net.connect(Number(port), '127.0.0.1').on('error', () => {}));
    t.after(() => sockets.forEach((socket) => socket.destroy()));
    await Promise.all(sockets.slice(0, 64).map((socket) => once(socket, 'connect')));
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.ok(sockets.filter(({ readyState }) => readyState === 'open').length <= 64);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal((await ask(`${url}/v1/tree`)).status, 200);
  });
});

const head = `Host: probe\r\nAuthorization: Bearer ${token}\r\n`;

function encoded(name: string): string {
  return Buffer.from(name, 'latin1').toString('base64url');
}

/** Everything that is answered until the connection is closed, or the first answer is over. */
async function raw(url: string, text: string): Promise<string> {
  const { port } = new URL(url);
  const socket = net.connect(Number(port), '127.0.0.1');
  socket.write(text);
  let answer = '';
  socket.on('data', (chunk) => (answer += String(chunk)));
  socket.on('error', () => {});
  await Promise.race([
    once(socket, 'close'),
    (async () => {
      while (!answer.includes('\r\n\r\n')) await new Promise((resolve) => setTimeout(resolve, 10));
    })(),
  ]);
  socket.destroy();
  return answer;
}
