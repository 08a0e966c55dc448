/** Whatever comes in, the answer is a proper one, and the server goes on. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { ask, codeOf, jsonOf } from './ask.ts';
import { serve } from './serving.ts';
import { digestFor, types } from './shapes.ts';

const good = 'sha256:'.padEnd(71, 'a');
const paths = [
  '/',
  '//v2/',
  '/v1/search',
  '/v2/../v2/',
  '/v2/app/../../etc/passwd',
  '/v2/../../../etc/passwd/tags/list',
  '/v2/%2e%2e/%2e%2e/etc/tags/list',
  '/v2/..%2f..%2fetc/tags/list',
  '/v2/app/blobs/..%2f..%2findex.json',
  '/v2/app/blobs/sha256:../../../../etc/passwd',
  `/v2/app/blobs/${good.toUpperCase()}`,
  `/v2/app/blobs/${good}%00`,
  `/v2/app/blobs/md5:${'a'.repeat(32)}`,
  '/v2/app/blobs/sha256:',
  '/v2/app/blobs/uploads/..%2f..%2fx',
  '/v2/app/manifests/',
  '/v2/app/manifests/..',
  '/v2/app/manifests/a%2fb',
  '/v2/app/manifests/%ff',
  '/v2/app/manifests/a%20b',
  `/v2/app/manifests/${'t'.repeat(129)}`,
  `/v2/${'n'.repeat(256)}/tags/list`,
  '/v2/App/tags/list',
  '/v2/a__________________________________________________________-/tags/list',
  '/v2/-a/tags/list',
  '/v2/a//b/tags/list',
  '/v2/a\\b/tags/list',
  '/v2/app/tags/list/',
  '/v2/app/referrers/latest',
  '/v2/__proto__/tags/list',
  '/v2/constructor/tags/list',
  '/v2/app/unknown/x',
];

/** What a client sends as it is; the answer, or what is left of it when the server hangs up. */
async function send(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => undefined);
  socket.end(bytes);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

void describe('a hostile path', () => {
  for (const path of paths) {
    void it(`${path.slice(0, 80)} is refused`, async (t) => {
      const { url, layout } = await serve(t);
      const before = fs.readdirSync(layout, { recursive: true, encoding: 'utf8' });
      for (const method of ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS']) {
        const reply = await ask(method, url + path, { body: method === 'GET' || method === 'HEAD' ? '' : '{}' });
        assert.ok(reply.status >= 400 && reply.status < 500, `${method}: ${reply.status}`);
        if (method !== 'HEAD') assert.match(codeOf(reply), /^[A-Z_]+$/);
      }
      const added = fs
        .readdirSync(layout, { recursive: true, encoding: 'utf8' })
        .filter((name) => !before.includes(name));
      assert.deepEqual(
        added.filter((name) => !/^\.holdfast\/(?:leases|gc\.lock)/.test(name)),
        [],
      );
    });
  }
});

void describe('a hostile request', () => {
  const requests: Readonly<Record<string, readonly [string, RegExp]>> = {
    'no HTTP': ['\x16\x03\x01\x02\x00', /^HTTP\/1\.1 400/],
    'a request without a host': ['GET /v2/ HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400/],
    'a header too many bytes long': [
      `GET /v2/ HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      /^HTTP\/1\.1 431/,
    ],
    'two lengths': [
      'POST /v2/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      /^HTTP\/1\.1 400/,
    ],
    'a length and chunks': [
      'POST /v2/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      /^HTTP\/1\.1 400/,
    ],
    'a negative length': ['POST /v2/ HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n', /^HTTP\/1\.1 400/],
    'broken chunks': [
      'PUT /v2/app/manifests/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      /^HTTP\/1\.1 400|^$/,
    ],
    'another protocol': [
      'GET /v2/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      /^HTTP\/1\.1 400/,
    ],
    'an odd expectation': ['GET /v2/ HTTP/1.1\r\nHost: x\r\nExpect: a-miracle\r\n\r\n', /^HTTP\/1\.1 417/],
    'a tunnel': ['CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n', /^(?:HTTP\/1\.1 4|$)/],
    'an absolute address': [
      'GET http://evil.example/v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      /^HTTP\/1\.1 404/,
    ],
  };
  for (const [what, [bytes, expected]] of Object.entries(requests)) {
    void it(`with ${what} is refused`, async (t) => {
      const { port, url } = await serve(t);
      assert.match(await send(port, bytes), expected);
      assert.equal((await ask('GET', `${url}/v2/`)).status, 200);
    });
  }

  void it('of random bytes after a method does no harm', async (t) => {
    const { port, url } = await serve(t);
    const line = fc
      .constantFrom('GET', 'PUT', 'PATCH', 'POST', 'DELETE', 'HEAD')
      .chain((method) =>
        fc
          .string({ unit: 'binary-ascii', maxLength: 60 })
          .map((text) => `${method} /v2/${text} HTTP/1.1\r\nHost: x\r\n`),
      );
    const headers = fc.string({ unit: 'binary', maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(line, headers, async (first, rest) => {
        const answer = await send(port, `${first}${rest}\r\n\r\n`);
        assert.match(answer, /^(?:HTTP\/1\.1 [24]\d\d|$)/);
      }),
      { numRuns: 150 },
    );
    assert.equal((await ask('GET', `${url}/v2/`)).status, 200);
  });

  void it('with odd queries and headers gets a proper answer', async (t) => {
    const { client } = await serve(t);
    const body = Buffer.from('{}');
    const digest = digestFor(body);
    await client().pushBlob(body);
    const odd = fc.oneof(
      fc.constantFrom(
        '',
        '-1',
        '1e9',
        '0x10',
        'NaN',
        '99999999999999999999',
        'bytes=',
        'bytes=-',
        'bytes=1-2,4-5',
        '../x',
      ),
      fc.string({ unit: fc.integer({ min: 33, max: 126 }).map((code) => String.fromCharCode(code)), maxLength: 30 }),
    );
    const where = fc.constantFrom(
      'tags/list',
      `blobs/${digest}`,
      '/v2/_catalog',
      `referrers/${digest}`,
      'blobs/uploads/',
    );
    const key = fc.constantFrom('n', 'last', 'digest', 'mount', 'from', 'artifactType', 'tag', 'digest-algorithm');
    const header = fc.constantFrom('Range', 'If-Range', 'If-None-Match', 'Content-Range', 'Accept', 'Content-Type');
    const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH');
    await fc.assert(
      fc.asyncProperty(fc.tuple(method, where), fc.tuple(key, odd), fc.tuple(header, odd), async (...parts) => {
        const [[verb, path], [name, value], [field, text]] = parts;
        const query = `${path}?${name}=${encodeURIComponent(value)}`;
        const reply = await client().ask(verb, query, { headers: { [field]: text } });
        assert.ok(reply.status < 500, `${verb} ${query}: ${reply.status}`);
      }),
      { numRuns: 200 },
    );
  });
});

void describe('a hostile manifest', () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  const config = { mediaType: types.config, digest, size: 2 };
  const documents: Readonly<Record<string, readonly [unknown, RegExp]>> = {
    'that is an index too': [{ schemaVersion: 2, config, layers: [], manifests: [] }, /MANIFEST_INVALID/],
    'of schema 1': [{ schemaVersion: 1, fsLayers: [] }, /MANIFEST_INVALID/],
    'with a digest that is a path': [
      { schemaVersion: 2, config: { ...config, digest: 'sha256:../../../etc/passwd' }, layers: [] },
      /DIGEST_INVALID/,
    ],
    'with a negative size': [{ schemaVersion: 2, config: { ...config, size: -1 }, layers: [] }, /MANIFEST_INVALID/],
    'with another media type inside': [
      { schemaVersion: 2, mediaType: types.index, config, layers: [] },
      /MANIFEST_INVALID/,
    ],
    'with too many layers': [
      { schemaVersion: 2, config, layers: Array.from({ length: 1001 }, () => config) },
      /MANIFEST_INVALID/,
    ],
    'with data that lies': [
      { schemaVersion: 2, config: { ...config, data: 'YWI=' }, layers: [] },
      /DIGEST_INVALID|SIZE_INVALID/,
    ],
    'that lies about the size of a blob': [
      {
        schemaVersion: 2,
        config: { mediaType: types.config, digest: digestFor(Buffer.from('{}')), size: 3 },
        layers: [],
      },
      /SIZE_INVALID/,
    ],
    'whose config was not pushed': [{ schemaVersion: 2, config, layers: [] }, /MANIFEST_BLOB_UNKNOWN/],
    'of text': ['text', /MANIFEST_INVALID/],
    'of nothing': [null, /MANIFEST_INVALID/],
  };
  for (const [what, [document, code]] of Object.entries(documents)) {
    void it(`${what} is refused`, async (t) => {
      const { client, layout } = await serve(t);
      await client().pushBlob(Buffer.from('{}'));
      const bytes = Buffer.from(JSON.stringify(document));
      for (const reference of ['tag', digestFor(bytes)]) {
        const reply = await client().putManifest(reference, { bytes, mediaType: types.manifest });
        assert.equal(reply.status, 400);
        assert.match(codeOf(reply), code);
      }
      const index = JSON.parse(fs.readFileSync(join(layout, 'index.json'), 'utf8')) as { manifests: unknown[] };
      assert.deepEqual(index.manifests, []);
    });
  }

  void it('nested beyond measure is refused', async (t) => {
    const { client } = await serve(t);
    const bytes = Buffer.from(`{"schemaVersion":2,"x":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`);
    assert.equal(codeOf(await client().putManifest('deep', { bytes, mediaType: types.manifest })), 'MANIFEST_INVALID');
  });

  void it('of more than 4 MiB is refused, announced or not', async (t) => {
    const { client } = await serve(t);
    const bytes = Buffer.alloc(4 * 1024 * 1024 + 1, ' ');
    const headers = { 'Content-Type': types.manifest };
    for (const body of [bytes, [bytes.subarray(0, 1000), bytes.subarray(1000)]]) {
      const reply = await client().manifest('PUT', 'large', { body, headers });
      assert.deepEqual([reply.status, codeOf(reply)], [413, 'MANIFEST_INVALID']);
    }
  });

  void it('under a tag that is none is refused', async (t) => {
    const { client } = await serve(t);
    for (const tag of ['.x', '-x', 'a%20b', 'a%0ab', 'ü', 'x'.repeat(129)]) {
      const reply = await client().manifest('PUT', encodeURI(decodeURI(tag)), { body: '{}' });
      assert.deepEqual([reply.status, codeOf(reply)], [400, 'TAG_INVALID'], tag);
    }
  });

  void it('that is garbage does no harm', async (t) => {
    const { client } = await serve(t);
    const mediaType = fc.constantFrom(types.manifest, types.index, 'application/json', 'x', '');
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string()), mediaType, async (text, type) => {
        const reply = await client().putManifest('x', { bytes: Buffer.from(text), mediaType: type });
        assert.equal(reply.status, 400);
      }),
      { numRuns: 100 },
    );
  });
});

void describe('a hostile layout', () => {
  void it('whose index leads in a circle or nowhere is served all the same', async (t) => {
    const missingIndex = { mediaType: types.index, digest: digestFor(randomBytes(3)), size: 3 };
    const many = Array.from({ length: 500 }, (_, at) => ({
      ...missingIndex,
      digest: digestFor(Buffer.from([at, at >> 8])),
    }));
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: types.index, manifests: many }));
    const entry = { mediaType: types.index, digest: digestFor(bytes), size: bytes.length };
    const named = { ...entry, annotations: { 'org.opencontainers.image.ref.name': 'app:x' } };
    const { client, layout } = await serve(t, {}, (directory) => {
      fs.mkdirSync(join(directory, 'blobs', 'sha256'), { recursive: true });
      fs.writeFileSync(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
      fs.writeFileSync(join(directory, 'blobs', 'sha256', digestFor(bytes).slice(7)), bytes);
      fs.writeFileSync(
        join(directory, 'index.json'),
        JSON.stringify({ schemaVersion: 2, manifests: [named, ...many] }),
      );
    });
    assert.deepEqual((await client().manifest('GET', 'x')).body, bytes);
    assert.equal((await client().manifest('GET', missingIndex.digest)).status, 404);
    assert.equal((await client().ask('GET', `referrers/${missingIndex.digest}`)).status, 200);
    assert.equal((await client().blob('DELETE', entry.digest)).status, 409);
    fs.writeFileSync(join(layout, 'index.json'), '{"schemaVersion":2,');
    assert.ok((await client().manifest('GET', 'x')).status >= 400);
    fs.writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [named] }));
    assert.equal((await client().manifest('GET', 'x')).status, 200);
  });

  void it('whose blobs are links or directories does not give what they lead to', async (t) => {
    const { client, layout, path } = await serve(t);
    const [link, directory] = [digestFor(randomBytes(3)), digestFor(randomBytes(3))];
    fs.writeFileSync(join(path, 'secret'), 'secret');
    await client().pushBlob(Buffer.from('x'));
    fs.symlinkSync(join(path, 'secret'), join(layout, 'blobs', 'sha256', link.slice(7)));
    fs.mkdirSync(join(layout, 'blobs', 'sha256', directory.slice(7)));
    for (const digest of [link, directory]) {
      const reply = await client().blob('GET', digest);
      assert.deepEqual([reply.status, codeOf(reply)], [404, 'BLOB_UNKNOWN']);
    }
  });

  void it('whose blob shrinks while it is read breaks the connection off', async (t) => {
    const { client, layout } = await serve(t);
    const bytes = randomBytes(40 * 1024 * 1024);
    await client().pushBlob(bytes);
    const blob = join(layout, 'blobs', 'sha256', digestFor(bytes).slice(7));
    const url = new URL(client().base);
    const socket = connect(Number(url.port), url.hostname);
    socket.on('error', () => undefined);
    socket.write(`GET /v2/app/blobs/${digestFor(bytes)} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await once(socket, 'readable');
    fs.truncateSync(blob, 1000);
    let received = 0;
    socket.on('data', (chunk: Buffer) => (received += chunk.length));
    await once(socket, 'close');
    assert.ok(received < bytes.length);
    assert.equal((await client().ask('GET', '/v2/')).status, 200);
  });

  void it('has names that are no names, and they are not shown', async (t) => {
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: types.index, manifests: [] }));
    const entry = { mediaType: types.index, digest: digestFor(bytes), size: bytes.length };
    const names = ['../../etc:x', 'a\nb', '__proto__', 'x:\u001b[31m', 'A b'];
    const manifests = names.map((name) => ({ ...entry, annotations: { 'org.opencontainers.image.ref.name': name } }));
    const { client } = await serve(t, {}, (directory) => {
      fs.mkdirSync(join(directory, 'blobs', 'sha256'), { recursive: true });
      fs.writeFileSync(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
      fs.writeFileSync(join(directory, 'blobs', 'sha256', entry.digest.slice(7)), bytes);
      fs.writeFileSync(join(directory, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
    });
    assert.deepEqual(jsonOf(await client().ask('GET', '/v2/_catalog')), { repositories: ['layout'] });
    assert.deepEqual(jsonOf(await client('layout').ask('GET', 'tags/list')), { name: 'layout', tags: ['__proto__'] });
    assert.deepEqual((await client('layout').manifest('GET', entry.digest)).body, bytes);
  });
});
