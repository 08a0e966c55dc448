/** Whoever asks a probe, when answers break off or somebody else answers. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import type { ErrorCode } from '../../src/base/index.ts';
import { inodes } from '../../src/tree/index.ts';
import { openTree } from '../../src/trees/index.ts';
import { assertSameTree, listingOfDirectory } from '../cases/index.ts';
import { failure, scratch } from '../unpack/scratch.ts';
import { listingOfOpen, probed, probing, token } from './probing.ts';

void describe('a listing that breaks off', () => {
  void it('goes on where it was cut, wherever that is', async (t) => {
    const root = scratch(t);
    for (let number = 0; number < 900; number++) {
      const directory = path.join(root, `d${number % 40}`);
      fs.mkdirSync(directory, { recursive: true });
      const file = path.join(directory, `file-${number}-${Math.sin(number)}`);
      if (number % 3 === 2) fs.linkSync(path.join(root, `d${(number - 1) % 40}`, nameOf(number - 1)), file);
      else fs.writeFileSync(file, String(number));
    }
    const expected = listingOfDirectory(root);
    const { url } = await probing(t, { root, entriesPerSecond: 1e9 });
    const cutter = await cuttingProxy(t, url);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 400, max: 15_000 }), { minLength: 1, maxLength: 3 }),
        async (cuts) => {
          cutter.cutAt(cuts);
          await using tree = await openTree(cutter.url, { probeToken: token, network: { env: {} } });
          assertSameTree(await listingOfOpen(tree), expected);
        },
      ),
      { numRuns: 6 },
    );
    assert.ok(cutter.count() > 3);
  });

  void it('is given up when nothing more comes of it', async (t) => {
    const { url } = await probing(t, { root: scratch(t) });
    const cutter = await cuttingProxy(t, url);
    cutter.cutAt(Array.from({ length: 20 }, () => 430));
    const { message } = await failure('PROBE_REFUSED', probed(t, cutter.url));
    assert.match(message, /does not give the tree/);
    assert.ok(!message.includes(token));
  });

  void it('is asked for in parts of a front end that holds answers back', async (t) => {
    const root = scratch(t);
    for (let number = 0; number < 300; number++) fs.writeFileSync(path.join(root, String(number)), '');
    const { url } = await probing(t, { root, entriesPerSecond: 1e9 });
    const front = await serving(t, (request, response) => {
      const limit = Number(new URL(request.url ?? '', url).searchParams.get('limit') ?? Number.POSITIVE_INFINITY);
      if (limit > 20_000) return void response.writeHead(502).end('too large');
      http.get(`${url}${request.url}`, { headers: request.headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(response);
      });
    });
    const tree = await probed(t, front);
    assert.equal(tree.tree.root.children?.size, 300);
  });
});

const head = {
  holdfast: 'tree-stream',
  version: 1,
  instance: 'one',
  facts: Object.fromEntries(
    ['content', 'size', 'mode', 'symlinkMode', 'owner', 'mtime', 'nanoseconds', 'device', 'xattrs'].map((fact) => [
      fact,
      true,
    ]),
  ),
};
const root = { path: '.', kind: 'directory', mode: '0755', uid: 0, gid: 0, mtime: '0' };
const file = { ...root, path: 'a', kind: 'file', size: 3 };
const end = { end: 'complete' };

void describe('an answer that is none', () => {
  const answers: Readonly<
    Record<string, readonly [code: ErrorCode, body: string, headers?: http.OutgoingHttpHeaders]>
  > = {
    'is a web page': ['TREE_STREAM_INVALID', '<!doctype html>\n'],
    'is empty': ['PROBE_REFUSED', ''],
    'has no head': ['TREE_STREAM_INVALID', ndjson(root, end)],
    'has two heads': ['TREE_STREAM_INVALID', ndjson(head, head)],
    'has no end': ['PROBE_REFUSED', ndjson(head, root)],
    'has a digest in it': [
      'TREE_STREAM_INVALID',
      ndjson(head, { path: 'a', digest: null, problem: { kind: 'changed' } }),
    ],
    'says that more follows, and it never does': ['PROBE_REFUSED', ndjson(head, { end: 'more' })],
    'is an error': ['PROBE_REFUSED', ndjson(head, { error: { code: 'X', message: '\u001b[2Jbad luck' } })],
    'never ends a line': ['TREE_STREAM_INVALID', 'x'.repeat(5_000_000)],
    'is a bomb': ['TREE_STREAM_INVALID', '', { 'content-encoding': 'gzip' }],
    'is not what its encoding says': ['PROBE_REFUSED', 'plain', { 'content-encoding': 'gzip' }],
  };
  for (const [what, [code, body, headers = {}]] of Object.entries(answers)) {
    void it(`${what}: ${code}`, async (t) => {
      const bytes = what === 'is a bomb' ? gzipSync(Buffer.alloc(50_000_000)) : body;
      const url = await serving(t, (_request, response) => void response.writeHead(200, headers).end(bytes));
      const { message } = await failure(code, probed(t, url));
      assert.ok(!message.includes('\u001b'));
    });
  }

  const statuses: readonly (readonly [status: number, code: ErrorCode, said: RegExp])[] = [
    [401, 'AUTH_REQUIRED', /refuses the tree/],
    [403, 'AUTH_REQUIRED', /403/],
    [404, 'PROBE_REFUSED', /404/],
    [302, 'PROBE_REFUSED', /302/],
    [501, 'PROBE_REFUSED', /501/],
  ];
  for (const [status, code, said] of statuses) {
    void it(`has the status ${status}: ${code}`, async (t) => {
      const location = { location: 'http://127.0.0.1:1/stolen' };
      const url = await serving(t, (_request, response) => void response.writeHead(status, location).end('something'));
      assert.match((await failure(code, probed(t, url))).message, said);
    });
  }

  void it('is of another instance: PROBE_CHANGED', async (t) => {
    let count = 0;
    const url = await serving(t, (_request, response) => {
      response.end(ndjson({ ...head, instance: `number-${++count}` }, root, file, { end: 'more' }));
    });
    const { message, hint } = await failure('PROBE_CHANGED', probed(t, url));
    assert.match(`${message} ${hint}`, /another instance.*exactly one/);
  });

  void it('has digests of something else: TREE_STREAM_INVALID', async (t) => {
    const url = await serving(t, (request, response) => {
      const digest = { path: 'b', digest: `sha256:${'0'.repeat(64)}`, size: 3, mtime: '0' };
      response.end(request.method === 'GET' ? ndjson(head, root, file, end) : ndjson(head, digest, end));
    });
    const tree = await probed(t, url);
    await failure('TREE_STREAM_INVALID', tree.contentDigests(inodes(tree.tree)));
  });

  void it('has fewer digests than were asked for: PROBE_REFUSED', async (t) => {
    const url = await serving(t, (request, response) => {
      response.end(request.method === 'GET' ? ndjson(head, root, file, end) : ndjson(head, end));
    });
    const tree = await probed(t, url);
    await failure('PROBE_REFUSED', tree.contentDigests(inodes(tree.tree)));
  });

  void it('goes on for ever: a limit ends it', { timeout: 20_000 }, async (t) => {
    const url = await serving(t, (_request, response) => {
      response.write(ndjson(head, root));
      let number = 0;
      const more = (): void => {
        while (!response.destroyed) {
          const lines = Array.from({ length: 500 }, () => ({ ...file, path: `f${String(number++).padStart(9, '0')}` }));
          if (!response.write(ndjson(...lines))) return void response.once('drain', more);
        }
      };
      more();
    });
    const limits = {
      maxEntries: 20_000,
      maxDepth: 10,
      maxHeaderBytes: 1,
      maxXattrBytes: 100,
      maxSizeBytes: 1,
      maxRatio: 1,
    };
    await failure('LIMIT_EXCEEDED', openTree(url, { probeToken: token, limits, network: { env: {} } }));
  });
});

void describe('the token of whoever asks', () => {
  void it('is wanted, and what it is wanted for is said', async () => {
    const { message, hint } = await failure('USAGE', openTree('http://127.0.0.1:1', { network: { env: {} } }));
    assert.match(`${message} ${hint}`, /token.*HOLDFAST_PROBE_TOKEN.*--token-file/);
  });

  void it('comes from the environment unless it is given', async (t) => {
    const { url } = await probing(t, { root: scratch(t) });
    await using tree = await openTree(url, { network: { env: { HOLDFAST_PROBE_TOKEN: token } } });
    assert.equal(tree.tree.root.kind, 'directory');
  });

  void it('does not cross the network unencrypted, unless that is asked for', async () => {
    const { message } = await failure('USAGE', openTree('http://probe.example/x', { probeToken: token }));
    assert.match(message, /unencrypted/);
    const network = { insecureHosts: ['probe.invalid'], env: {} };
    await failure('HOST_UNREACHABLE', openTree('http://probe.invalid/x', { probeToken: token, network }));
  });

  for (const url of [
    'http://user:secret@127.0.0.1/',
    'http://user:se@secret@127.0.0.1/',
    'http://127.0.0.1/?token=secret',
    'http://',
    'https://[/',
  ]) {
    void it(`is not in the address, and nothing else is: ${url}`, async () => {
      const { message } = await failure('REFERENCE_INVALID', openTree(url, { probeToken: token }));
      assert.doesNotMatch(message.replace('?token=secret', ''), /secret/);
    });
  }
});

function nameOf(number: number): string {
  return `file-${number}-${Math.sin(number)}`;
}

function ndjson(...values: readonly object[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}

async function serving(t: TestContext, listener: http.RequestListener): Promise<string> {
  const server = http.createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
}

interface Cutter {
  readonly url: string;
  /** The next connections break after so many bytes of answers each; those that follow do not. */
  cutAt(cuts: readonly number[]): void;
  count(): number;
}

async function cuttingProxy(t: TestContext, target: string): Promise<Cutter> {
  let cuts: number[] = [];
  let count = 0;
  const { port } = new URL(target);
  const sockets = new Set<net.Socket>();
  const server = net.createServer((client) => {
    const upstream = net.connect(Number(port), '127.0.0.1');
    let rest = cuts.shift() ?? Number.POSITIVE_INFINITY;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => (client.destroy(), upstream.destroy()));
    }
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      client.write(chunk.subarray(0, rest));
      rest -= chunk.length;
      if (rest > 0) return;
      count++;
      upstream.destroy();
      client.destroySoon();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    cutAt: (next) => void (cuts = [...next]),
    count: () => count,
  };
}
