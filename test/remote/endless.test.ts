/** Answers that never end, never come, or come drop by drop: each is one error, in bounded time and memory. */
import assert from 'node:assert/strict';
import type { RequestListener, ServerResponse } from 'node:http';
import { describe, it } from 'node:test';
import type { ErrorCode } from '../../src/base/index.ts';
import { openImage } from '../../src/image/index.ts';
import { listTags } from '../../src/transfer/index.ts';
import { file, imageOf, layerOf } from '../../src/testing/index.ts';
import { serveHttp, serveSockets, type TestServer } from '../http/servers.ts';
import { failure, remote } from './scratch.ts';

const image = imageOf([layerOf([file('f', 'hello')])]);
/** What may have been sent of an endless answer: the limit for it, and what is on the way. */
const mostOnTheWay = 24 * 1024 ** 2;

interface Endless {
  readonly title: string;
  readonly listener: (sent: { bytes: number }) => RequestListener;
  readonly code: ErrorCode;
  /** Of a list of tags. */
  readonly limit?: number;
}

const cases: readonly Endless[] = [
  {
    title: 'a manifest without end',
    listener: (sent) => (request, response) => {
      if (request.method === 'HEAD') return void response.writeHead(405).end();
      response.writeHead(200, { 'content-type': image.mediaType });
      pour(response, sent, ' ');
    },
    code: 'LIMIT_EXCEEDED',
  },
  {
    title: 'a config without end',
    listener: (sent) => (request, response) => {
      if (request.url?.includes('/manifests/')) return giveManifest(response, request.method);
      pour(response.writeHead(200), sent, '{');
    },
    code: 'SIZE_MISMATCH',
  },
  {
    title: 'an error without end',
    listener: (sent) => (request, response) => {
      if (request.method === 'HEAD') return void response.writeHead(400).end();
      pour(response.writeHead(400), sent, 'x');
    },
    code: 'REGISTRY_REFUSED',
  },
  {
    title: 'an answer to HEAD that has a body without end',
    listener: (sent) => (request, response) => {
      if (request.method !== 'HEAD') return void response.writeHead(404).end();
      response.socket?.write('HTTP/1.1 200 OK\r\n\r\n');
      pour(response, sent, 'x', response.socket ?? undefined);
    },
    code: 'IMAGE_NOT_FOUND',
  },
  {
    title: 'a token without end',
    listener: (sent) => (request, response) => {
      if (request.url?.startsWith('/token')) return pour(response.writeHead(200), sent, ' ');
      const realm = `http://${request.headers.host}/token`;
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` }).end();
    },
    code: 'REGISTRY_PROTOCOL',
  },
  {
    title: 'a list of tags without end',
    listener: (sent) => (_request, response) => pour(response.writeHead(200), sent, '{"tags":["a"'),
    code: 'REGISTRY_PROTOCOL',
    limit: 32 * 1024 ** 2,
  },
  {
    title: 'a manifest that comes drop by drop',
    listener: () => (request, response) => {
      if (request.method === 'HEAD') return void response.writeHead(405).end();
      response.writeHead(200, { 'content-type': image.mediaType });
      drip(() => response.write(' '));
    },
    code: 'TRANSFER_INTERRUPTED',
  },
  {
    title: 'a manifest that stops in its middle',
    listener: () => (request, response) => {
      response.writeHead(200, { 'content-type': image.mediaType, 'content-length': '1000' });
      if (request.method === 'HEAD') response.end();
      else response.write('{');
    },
    code: 'TRANSFER_INTERRUPTED',
  },
];

void describe('a registry that gives', { concurrency: true }, () => {
  for (const { title, listener, code, limit } of cases) {
    void it(`${title} ends with ${code}`, { timeout: 30_000 }, async (t) => {
      const here = await remote(t);
      const sent = { bytes: 0 };
      await using server = await serveHttp(listener(sent));
      const options = here.hurried({ idleTimeout: 500, retries: 1 });
      await failure(code, limit ? Array.fromAsync(listTags(`${server.host}/app`, options)) : open(server, options));
      assert.ok(sent.bytes < (limit ?? 0) + mostOnTheWay, `${sent.bytes} bytes were taken`);
    });
  }

  for (const [title, code, answer] of [
    ['nothing at all', 'TRANSFER_INTERRUPTED', ''],
    ['half a header', 'TRANSFER_INTERRUPTED', 'HTTP/1.1 200 OK\r\ncontent-'],
    ['bytes that are not HTTP', 'REGISTRY_PROTOCOL', 'SSH-2.0-OpenSSH_9.9\r\n'],
    ['two lengths', 'TRANSFER_INTERRUPTED', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx'],
  ] as const) {
    void it(`${title} ends with ${code}`, { timeout: 30_000 }, async (t) => {
      const here = await remote(t);
      await using server = await plainSockets((write) => write(answer));
      await failure(code, open(server, here.hurried({ idleTimeout: 500, retries: 1 })));
    });
  }

  void it('headers drop by drop ends with TRANSFER_INTERRUPTED', { timeout: 30_000 }, async (t) => {
    const here = await remote(t);
    await using server = await plainSockets((write) => {
      write('HTTP/1.1 200 OK\r\nx-slow: ');
      drip(() => write('x'));
    });
    await failure('TRANSFER_INTERRUPTED', open(server, here.hurried({ idleTimeout: 500, retries: 1 })));
  });

  void it('headers without end ends with REGISTRY_PROTOCOL', { timeout: 30_000 }, async (t) => {
    const here = await remote(t);
    await using server = await plainSockets((write) => {
      write('HTTP/1.1 200 OK\r\n');
      const more = (): void => void (write(`x: ${'x'.repeat(1000)}\r\n`) && setImmediate(more));
      more();
    });
    await failure('REGISTRY_PROTOCOL', open(server, here.hurried({ idleTimeout: 500, retries: 1 })));
  });
});

async function open(server: TestServer, options: Parameters<typeof openImage>[1]): Promise<void> {
  await using _image = await openImage(`${server.host}/app:v1`, options);
}

function giveManifest(response: ServerResponse, method = 'GET'): void {
  const headers = { 'content-type': image.mediaType, 'docker-content-digest': image.digest };
  response.writeHead(200, { ...headers, 'content-length': String(image.size) });
  response.end(method === 'HEAD' ? undefined : image.manifest);
}

/** As fast as it is taken, until it is not. */
function pour(
  response: ServerResponse,
  sent: { bytes: number },
  text: string,
  socket = response.socket ?? undefined,
): void {
  const piece = Buffer.alloc(64 * 1024, text);
  const stream = response.headersSent ? response : socket;
  const more = (): void => {
    if (stream === undefined || socket?.destroyed) return;
    sent.bytes += piece.length;
    if (stream.write(piece)) setImmediate(more);
    else stream.once('drain', more);
  };
  more();
}

/** Calls again and again, not faster than twenty times a second, until there is nobody. */
function drip(write: () => boolean): void {
  const timer = setInterval(() => void write(), 50);
  timer.unref();
  setTimeout(() => clearInterval(timer), 20_000).unref();
}

/** Answers every request for plain http, whatever it is. */
async function plainSockets(answer: (write: (text: string) => boolean) => void): Promise<TestServer> {
  return await serveSockets((socket) => {
    socket.once('data', (first: Buffer) => {
      // Whoever tries TLS first learns that there is none.
      if (first[0] === 0x16) return void socket.end('HTTP/1.0 400 Bad Request\r\n\r\n');
      answer((text) => !socket.destroyed && socket.write(text));
    });
  });
}
