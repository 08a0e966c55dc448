/** Uploads that break off, meet each other, are wrong, or outlive their server. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { parseDigest } from '../../src/base/index.ts';
import { startRegistry } from '../../src/serve/index.ts';
import { openLayoutStore } from '../../src/store/index.ts';
import { codeOf } from './ask.ts';
import { Client, locationOf, withQuery } from './client.ts';
import { isRoot } from './programs.ts';
import { scratchDirectory } from './registries.ts';
import { serve } from './serving.ts';
import { digestFor, ShapeBuilder } from './shapes.ts';

const mebibyte = 1024 * 1024;

/** What is in the directory of uploads, and among the blobs. */
function filesOf(layout: string): { readonly uploads: readonly string[]; readonly blobs: readonly string[] } {
  const list = (...names: readonly string[]): string[] => {
    const path = join(layout, ...names);
    return fs.existsSync(path) ? fs.readdirSync(path).sort() : [];
  };
  return { uploads: list('.holdfast', 'uploads'), blobs: [...list('blobs', 'sha256'), ...list('blobs', 'sha512')] };
}

/** Sends a part of what it announces, and leaves the connection open. */
function beginPatch(client: Client, location: string, announced: number, bytes: Buffer): { hangUp(): void } {
  const url = new URL(client.base);
  const socket = connect(Number(url.port), url.hostname);
  socket.on('error', () => undefined);
  socket.write(`PATCH ${location} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Length: ${announced}\r\n\r\n`);
  socket.write(bytes);
  return { hangUp: () => socket.destroy() };
}

/** The offset, once it is what is expected. */
async function waitFor(client: Client, location: string, range: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const { headers } = await client.ask('GET', location);
    if (headers.range === range) return;
    assert.ok(attempt < 200, `${headers.range} is not ${range}`);
    await delay(10);
  }
}

void describe('an upload', () => {
  void it('goes on where its connection broke off', async (t) => {
    const { client } = await serve(t);
    const bytes = randomBytes(3 * mebibyte);
    const location = await client().beginUpload();
    const patch = beginPatch(client(), location, bytes.length, bytes.subarray(0, mebibyte + 5));
    await delay(50);
    patch.hangUp();
    await waitFor(client(), location, `0-${mebibyte + 4}`);
    const rest = bytes.subarray(mebibyte + 5);
    const headers = { 'Content-Range': `${mebibyte + 5}-${bytes.length - 1}` };
    const reply = await client().ask('PUT', withQuery(location, 'digest', digestFor(bytes)), { body: rest, headers });
    assert.equal(reply.status, 201);
    assert.deepEqual((await client().blob('GET', digestFor(bytes))).body, bytes);
  });

  void it('is taken over from a connection that is dead and does not know it', async (t) => {
    const { client } = await serve(t);
    const bytes = randomBytes(3000);
    const location = await client().beginUpload();
    const patch = beginPatch(client(), location, bytes.length, bytes.subarray(0, 1000));
    await delay(50);
    const body = bytes.subarray(1000);
    const headers = { 'Content-Range': '1000-2999' };
    const reply = await client().ask('PATCH', location, { body, headers });
    assert.deepEqual([reply.status, reply.headers.range], [202, '0-2999']);
    patch.hangUp();
    const done = await client().ask('PUT', withQuery(location, 'digest', digestFor(bytes)));
    assert.equal(done.status, 201);
  });

  void it('leaves nothing when its digest is wrong', async (t) => {
    const { client, layout } = await serve(t);
    const [bytes, digest] = [randomBytes(5000), digestFor(randomBytes(5))];
    const attempts = [
      await client().ask('POST', withQuery('blobs/uploads/', 'digest', digest), { body: bytes }),
      await client().pushBlob(bytes, digest),
      await client().pushBlob(bytes, digestFor(Buffer.alloc(0), 'sha512')),
    ];
    for (const reply of attempts) assert.deepEqual([reply.status, codeOf(reply)], [400, 'DIGEST_INVALID']);
    assert.deepEqual(filesOf(layout), { uploads: [], blobs: [] });
  });

  void it('leaves nothing when it is the whole blob and breaks off', async (t) => {
    const { client, layout } = await serve(t);
    const target = `/v2/app/blobs/uploads/?digest=${digestFor(randomBytes(5))}`;
    const socket = connect(Number(new URL(client().base).port), '127.0.0.1');
    socket.write(`POST ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc`);
    await delay(50);
    assert.equal(filesOf(layout).uploads.length, 1);
    socket.destroy();
    for (let attempt = 0; filesOf(layout).uploads.length > 0; attempt++) {
      assert.ok(attempt < 200);
      await delay(10);
    }
    assert.deepEqual(filesOf(layout).blobs, []);
  });

  void it('meets others of the same blob, and all succeed', async (t) => {
    const { client, layout } = await serve(t);
    const bytes = randomBytes(2 * mebibyte);
    const replies = await Promise.all(Array.from({ length: 12 }, () => client().pushBlob(bytes)));
    for (const reply of replies) assert.equal(reply.status, 201);
    assert.deepEqual(filesOf(layout), { uploads: [], blobs: [digestFor(bytes).slice(7)] });
    assert.deepEqual((await client().blob('GET', digestFor(bytes))).body, bytes);
  });

  void it('heals a blob that is too short', async (t) => {
    const { client, layout } = await serve(t);
    const bytes = randomBytes(1000);
    await client().pushBlob(bytes);
    fs.truncateSync(join(layout, 'blobs', 'sha256', digestFor(bytes).slice(7)), 10);
    assert.equal((await client().pushBlob(bytes)).status, 201);
    assert.deepEqual((await client().blob('GET', digestFor(bytes))).body, bytes);
  });

  void it('is hashed as it will be named, or again', async (t) => {
    const { client } = await serve(t);
    const bytes = randomBytes(3000);
    for (const query of ['', '?digest-algorithm=sha512', '?digest-algorithm=sha256']) {
      for (const algorithm of ['sha256', 'sha512'] as const) {
        const location = await client().beginUpload(query);
        const digest = digestFor(bytes, algorithm);
        const reply = await client().ask('PUT', withQuery(location, 'digest', digest), { body: bytes });
        assert.equal(reply.status, 201);
      }
    }
    const reply = await client().ask('POST', 'blobs/uploads/?digest-algorithm=md5');
    assert.deepEqual([reply.status, codeOf(reply)], [400, 'DIGEST_INVALID']);
  });

  const wrongChunks: Readonly<Record<string, readonly [number, string]>> = {
    'bytes=0-2': [400, 'BLOB_UPLOAD_INVALID'],
    '2-1': [400, 'BLOB_UPLOAD_INVALID'],
    '0-5': [400, 'SIZE_INVALID'],
    '0-1': [400, 'SIZE_INVALID'],
    '1-3': [416, 'BLOB_UPLOAD_INVALID'],
    '0-99999999999999999': [400, 'BLOB_UPLOAD_INVALID'],
  };
  for (const [range, expected] of Object.entries(wrongChunks)) {
    void it(`refuses three bytes with the Content-Range ${range}`, async (t) => {
      const { client } = await serve(t);
      const location = await client().beginUpload();
      const headers = { 'Content-Range': range };
      const reply = await client().ask('PATCH', location, { body: 'abc', headers });
      assert.deepEqual([reply.status, codeOf(reply)], expected);
      assert.equal((await client().ask('PATCH', location, { body: 'abc' })).headers.range, '0-2');
    });
  }

  void it('forgets a stream that is longer or shorter than its Content-Range', async (t) => {
    const { client } = await serve(t);
    const location = await client().beginUpload();
    await client().ask('PATCH', location, { body: 'abc' });
    for (const body of [['d', 'efg'], ['d']]) {
      const reply = await client().ask('PATCH', location, { body, headers: { 'Content-Range': '3-5' } });
      assert.deepEqual([reply.status, codeOf(reply)], [400, 'SIZE_INVALID']);
    }
    const reply = await client().ask('PATCH', location, { body: ['de', 'f'], headers: { 'Content-Range': '3-5' } });
    assert.equal(reply.status, 202);
    const digest = digestFor(Buffer.from('abcdef'));
    assert.equal((await client().ask('PUT', withQuery(location, 'digest', digest))).status, 201);
  });

  void it('is known in its own repository only, and not once it is done', async (t) => {
    const { client } = await serve(t);
    const location = await client().beginUpload();
    const elsewhere = location.replace('/app/', '/other/');
    const digest = digestFor(Buffer.alloc(0));
    const done = withQuery(location, 'digest', digest);
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      assert.equal((await client().ask(method, elsewhere)).status, 404);
    }
    assert.equal((await client().ask('PUT', done)).status, 201);
    for (const [method, where] of [
      ['GET', location],
      ['PATCH', location],
      ['PUT', done],
    ] as const) {
      const reply = await client().ask(method, where);
      assert.deepEqual([reply.status, codeOf(reply)], [404, 'BLOB_UPLOAD_UNKNOWN']);
    }
  });

  void it('waits for a go-ahead where its sender does, and refuses before the body comes', async (t) => {
    const { client } = await serve(t, { token: 'x' });
    const url = new URL(client().base);
    const ask = async (credentials: string): Promise<string> => {
      const socket = connect(Number(url.port), url.hostname);
      const query = `?digest=${digestFor(Buffer.from('{}'))}`;
      const head = `POST /v2/app/blobs/uploads/${query} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n`;
      socket.write(`${head}Authorization: Bearer ${credentials}\r\n\r\n`);
      const [first] = (await once(socket, 'data')) as [Buffer];
      if (first.toString().startsWith('HTTP/1.1 100')) socket.write('{}');
      const [second] = first.toString().startsWith('HTTP/1.1 100')
        ? ((await once(socket, 'data')) as [Buffer])
        : [first];
      socket.destroy();
      return `${first.toString().slice(9, 12)} ${second.toString().slice(9, 12)}`;
    };
    assert.equal(await ask('x'), '100 201');
    assert.equal(await ask('wrong'), '401 401');
  });
});

void describe('a server', () => {
  void it('that is killed leaves a valid layout, and its uploads go with the next start', async (t) => {
    const { layout, path } = await serve(t);
    const program = `
      const { startRegistry } = await import(${JSON.stringify(new URL('../../src/serve/index.ts', import.meta.url).href)});
      const registry = await startRegistry({ directory: ${JSON.stringify(layout)}, address: '127.0.0.1:0' });
      console.log(registry.url);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const client = new Client(line.toString().trim(), 'app');
    const make = new ShapeBuilder();
    make.image({}, ['done']);
    await client.push(make);
    const location = await client.beginUpload();
    await client.ask('PATCH', location, { body: 'abc' });
    const patch = beginPatch(client, location, 100, Buffer.from('def'));
    await delay(50);
    child.kill('SIGKILL');
    await once(child, 'exit');
    patch.hangUp();
    assert.equal(filesOf(layout).uploads.length, 1);
    using store = openLayoutStore(layout, { create: false });
    assert.equal(store.manifests().length, 1);
    await using again = await startRegistry({ directory: layout, address: '127.0.0.1:0' });
    assert.deepEqual(filesOf(layout).uploads, []);
    const [manifest] = make.manifests;
    assert.deepEqual((await new Client(again.url, 'app').manifest('GET', 'done')).body, manifest?.bytes);
    assert.ok(path);
  });

  void it('does not touch the uploads of another that lives', async (t) => {
    const one = await serve(t);
    const location = await one.client().beginUpload();
    await one.client().ask('PATCH', location, { body: 'abc' });
    await serve(t, { directory: one.layout });
    const digest = digestFor(Buffer.from('abc'));
    assert.equal((await one.client().ask('PUT', withQuery(location, 'digest', digest))).status, 201);
  });

  void it('refuses to go through a link that a layout brings along', async (t) => {
    for (const name of ['.holdfast', 'blobs']) {
      using scratch = scratchDirectory();
      const outside = join(scratch.path, 'outside');
      fs.mkdirSync(join(outside, 'sha256'), { recursive: true });
      const prepare = (layout: string): void => {
        fs.mkdirSync(layout, { recursive: true });
        fs.writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
        fs.writeFileSync(join(layout, 'index.json'), '{"schemaVersion":2,"manifests":[]}');
        fs.symlinkSync(outside, join(layout, name));
      };
      const attempt = async (): Promise<number> => {
        const { client } = await serve(t, {}, prepare);
        return (await client().pushBlob(Buffer.from('x'))).status;
      };
      const outcome = await attempt().catch((error: unknown) => (error as { code?: string }).code);
      assert.ok(outcome === 'STORE_INVALID' || outcome === 500, String(outcome));
      assert.deepEqual(fs.readdirSync(outside, { recursive: true }), ['sha256']);
    }
  });

  const canMount = isRoot && spawnSync('mount', ['--version']).error === undefined;
  void it('says when its disk is full, and goes on', { skip: canMount ? false : 'needs root' }, async (t) => {
    using scratch = scratchDirectory();
    const small = join(scratch.path, 'small');
    fs.mkdirSync(small);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'none', small]);
    if (mounted.status !== 0) return t.skip('mounting is not allowed');
    try {
      await using registry = await startRegistry({ directory: join(small, 'layout'), address: '127.0.0.1:0' });
      const client = new Client(registry.url, 'app');
      const location = await client.beginUpload();
      assert.equal((await client.ask('PATCH', location, { body: randomBytes(mebibyte) })).status, 202);
      const reply = await client.ask('PATCH', location, { body: randomBytes(6 * mebibyte) });
      assert.deepEqual([reply.status, codeOf(reply)], [507, 'UNKNOWN']);
      assert.equal((await client.ask('GET', location)).headers.range, `0-${mebibyte - 1}`);
      assert.equal((await client.pushBlob(Buffer.from('small'))).status, 201);
    } finally {
      spawnSync('umount', [small]);
    }
  });
});

void describe('a large blob', () => {
  void it('goes in and out without being held in memory', async (t) => {
    const { client } = await serve(t);
    const piece = randomBytes(8 * mebibyte);
    const pieces = Array.from({ length: 24 }, () => piece);
    const hash = createHash('sha256');
    for (const one of pieces) hash.update(one);
    const digest = parseDigest(`sha256:${hash.digest('hex')}`);
    const before = process.memoryUsage();
    let peak = 0;
    const watch = setInterval(() => {
      const { external, arrayBuffers } = process.memoryUsage();
      peak = Math.max(peak, external - before.external, arrayBuffers - before.arrayBuffers);
    }, 5);
    const location = await client().beginUpload();
    for (const body of pieces) assert.equal((await client().ask('PATCH', location, { body })).status, 202);
    const done = await client().ask('PUT', withQuery(location, 'digest', digest));
    clearInterval(watch);
    assert.equal(done.status, 201);
    t.diagnostic(`${Math.round(peak / mebibyte)} MiB`);
    assert.ok(peak < 160 * mebibyte, `${Math.round(peak / mebibyte)} MiB`);
    const head = await client().ask('HEAD', locationOf(done));
    assert.equal(head.headers['content-length'], String(24 * piece.length));
  });
});
