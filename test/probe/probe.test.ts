/** A probe and its client over real HTTP. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fromText } from '../../src/base/index.ts';
import { probeHandler } from '../../src/probe/index.ts';
import { lookup } from '../../src/tree/index.ts';
import { assertSameTree, listingOfDirectory } from '../cases/index.ts';
import { failure, scratch } from '../unpack/scratch.ts';
import { ask, fillDirectory, linesOf, listingOfOpen, probed, probing, token } from './probing.ts';

void describe('the tree of a probe', () => {
  void it('is the tree that stands there, contents, links and xattrs included', async (t) => {
    const root = scratch(t);
    fillDirectory(root);
    const { url } = await probing(t, { root });
    const tree = await probed(t, url);
    assertSameTree(await listingOfOpen(tree), listingOfDirectory(root));
    assert.deepEqual(tree.problems, []);
    assert.deepEqual(tree.container, { engine: 'probe', mounts: [] });
  });

  void it('says what is not in it', async (t) => {
    const root = scratch(t);
    const server = net.createServer().listen(path.join(root, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    t.after(() => server.close());
    const { url } = await probing(t, { root });
    const tree = await probed(t, url);
    assert.deepEqual(tree.problems, [{ kind: 'socket', path: 'socket' }]);
  });

  void it('gives no content, and says so', async (t) => {
    const root = scratch(t);
    const { url } = await probing(t, { root });
    const tree = await probed(t, url);
    const { message } = await failure('FACTS_UNKNOWN', tree.openBodies([]));
    assert.match(message, /the content of files/);
  });

  void it('says which files changed since they were listed, or are gone', async (t) => {
    const root = scratch(t);
    for (const name of ['changed', 'gone', 'same']) fs.writeFileSync(path.join(root, name), name);
    const { url } = await probing(t, { root });
    const tree = await probed(t, url);
    fs.writeFileSync(path.join(root, 'changed'), 'something else');
    fs.rmSync(path.join(root, 'gone'));
    const inodes = ['changed', 'gone', 'same'].flatMap((name) => lookup(tree.tree, fromText(name)) ?? []);
    const digests = await tree.contentDigests(inodes);
    assert.deepEqual(digests.problems, [
      { kind: 'changed', path: 'changed' },
      { kind: 'vanished', path: 'gone' },
    ]);
    assert.deepEqual(
      inodes.map((inode) => digests.get(inode) !== undefined),
      [false, false, true],
    );
  });

  void it('is told in parts as well, each behind the last', async (t) => {
    const root = scratch(t);
    fillDirectory(root);
    const { url } = await probing(t, { root });
    const paths: unknown[] = [];
    for (let after = ''; ;) {
      const lines = await linesOf(await ask(`${url}/v1/tree?limit=3${after}`));
      const { end } = lines.pop() ?? {};
      paths.push(...lines.slice(1).map((line) => line['path']));
      if (end === 'complete') break;
      const last = Buffer.from(String(paths.at(-1)).replace(/[\udc80-\udcff]/g, '?'));
      const bytes = lastBytes(paths.at(-1), last);
      after = `&after=${bytes.toString('base64url')}`;
    }
    const whole = await linesOf(await ask(`${url}/v1/tree`));
    assert.deepEqual(
      paths,
      whole.slice(1, -1).map((line) => line['path']),
    );
  });
});

/** The bytes of a path as the stream has it. */
function lastBytes(value: unknown, plain: Buffer): Buffer {
  const text = String(value);
  if (text === '.') return Buffer.alloc(0);
  return text.isWellFormed()
    ? plain
    : Buffer.concat(
        Array.from(text, (character) => {
          const code = character.codePointAt(0) ?? 0;
          return code >= 0xdc80 && code <= 0xdcff ? Buffer.from([code - 0xdc00]) : Buffer.from(character);
        }),
      );
}

void describe('the stream of a probe', () => {
  for (const encoding of ['gzip', 'zstd'] as const) {
    void it(`is compressed with ${encoding} when asked`, async (t) => {
      const root = scratch(t);
      fillDirectory(root);
      const { url } = await probing(t, { root });
      const response = await rawGet(`${url}/v1/tree`, { 'accept-encoding': `br, ${encoding};q=0.5` });
      assert.equal(response.headers['content-encoding'], encoding);
      const plain = await rawGet(`${url}/v1/tree`, { 'accept-encoding': `${encoding};q=0` });
      assert.equal(plain.headers['content-encoding'], undefined);
      assert.ok(response.body.length < plain.body.length / 2);
    });
  }

  void it('goes no faster than it is told', async (t) => {
    const root = scratch(t);
    for (let number = 0; number < 100; number++) fs.writeFileSync(path.join(root, String(number)), 'x'.repeat(1000));
    const { url } = await probing(t, { root, entriesPerSecond: 200, bytesPerSecond: 1_000_000 });
    const started = performance.now();
    assert.equal((await linesOf(await ask(`${url}/v1/tree`))).length, 103);
    const listed = performance.now() - started;
    assert.ok(listed > 250, `${listed} ms for 101 entries at 200 a second`);
    const body = Array.from({ length: 100 }, (_, number) => `"${number}"\n`).join('');
    const begun = performance.now();
    assert.equal((await linesOf(await ask(`${url}/v1/digests`, { method: 'POST', body }))).length, 102);
    assert.ok(performance.now() - begun > 200);
  });

  void it('keeps its secrets: the numbers of inodes and devices', async (t) => {
    const root = scratch(t);
    fillDirectory(root);
    const { url } = await probing(t, { root });
    const text = await (await ask(`${url}/v1/tree`)).text();
    assert.ok(!text.includes(String(fs.statSync(path.join(root, 'a/file')).ino)));
    assert.ok(!text.includes(root));
  });

  void it('keeps a slow reader from filling the memory, and others out meanwhile', async (t) => {
    const root = scratch(t);
    const deep = path.join(root, 'd'.repeat(250), 'd'.repeat(250), 'd'.repeat(250));
    fs.mkdirSync(deep, { recursive: true });
    const [first, total] = [path.join(deep, 'first'), 10_000];
    fs.writeFileSync(first, '');
    for (let number = 0; number < total; number++) fs.linkSync(first, path.join(deep, `${number}-${'n'.repeat(200)}`));
    const lines: number[] = [];
    const { url } = await probing(t, { root, entriesPerSecond: 1e9, onRequest: (record) => lines.push(record.lines) });
    const { port } = new URL(url);
    const slow = net.connect(Number(port), '127.0.0.1');
    t.after(() => slow.destroy());
    slow.pause();
    slow.write(`GET /v1/tree HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`);
    const others = Array.from({ length: 8 }, () => ask(`${url}/v1/tree?limit=1`));
    const settled = Promise.all(others.map(async (other) => (await other).status));
    await new Promise((resolve) => setTimeout(resolve, 500));
    slow.destroy();
    const statuses = await settled;
    assert.ok(statuses.includes(429), statuses.join());
    assert.ok(statuses.includes(200), statuses.join());
    assert.ok(
      lines.some((count) => count > 100 && count < total),
      'what nobody reads is not looked at',
    );
  });
});

void describe('the handler', () => {
  void it('answers below its path, beside what else a service does', async (t) => {
    const root = scratch(t);
    fillDirectory(root);
    using probe = probeHandler({ token, root, mountPath: '/internal/probe' });
    const server = http.createServer((request, response) => {
      void probe(request, response, () => response.end('the service'));
    });
    const url = await listening(t, server);
    assert.equal(await (await fetch(`${url}/`)).text(), 'the service');
    assert.equal(await (await fetch(`${url}/internal/probes`)).text(), 'the service');
    assertSameTree(await listingOfOpen(await probed(t, `${url}/internal/probe/`)), listingOfDirectory(root));
  });

  void it('takes its place among those of Express, which keep the whole path elsewhere', async (t) => {
    using probe = probeHandler({ token, root: scratch(t) });
    const server = http.createServer((request, response) => {
      const express = Object.assign(request, { originalUrl: request.url, url: '/elsewhere' });
      void probe(express, response, () => response.end('next'));
    });
    const url = await listening(t, server);
    assert.equal(await (await fetch(`${url}/x`)).text(), 'next');
    assert.equal((await ask(`${url}/.holdfast/v1/tree`)).status, 200);
  });

  void it('answers no more once it is disposed of, and closes nothing that the service has opened since', async (t) => {
    const root = scratch(t);
    const probe = probeHandler({ token, root });
    const url = await listening(
      t,
      http.createServer((request, response) => void probe(request, response)),
    );
    await (await ask(`${url}/.holdfast/v1/tree`)).text();
    probe[Symbol.dispose]();
    const files = Array.from({ length: 20 }, () => fs.openSync(root, 'r'));
    assert.equal((await ask(`${url}/.holdfast/v1/tree`)).status, 503);
    probe[Symbol.dispose]();
    for (const file of files) fs.closeSync(file);
  });

  void it('refuses to be made without a token, or with a short one', () => {
    for (const bad of [undefined, '', 'short', 'with a space in it, although it is long', 'ü'.repeat(40)])
      assert.throws(() => probeHandler({ token: bad }), { code: 'USAGE' });
  });
});

interface RawAnswer {
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

function rawGet(url: string, headers: Readonly<Record<string, string>>): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    http
      .get(url, { headers: { authorization: `Bearer ${token}`, ...headers } }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
      })
      .on('error', reject);
  });
}

async function listening(t: TestContext, server: http.Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
}
