import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, request as forward } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { readNoProxy } from '../../src/http/no-proxy.ts';
import { readProxySettings } from '../../src/http/proxy.ts';
import { everythingSaid, failureOf, testClient } from './client.ts';
import { certificate, serveHttp, serveHttps, text } from './servers.ts';

interface TestProxy extends AsyncDisposable {
  readonly port: number;
  /** `CONNECT host:port` or `GET http://…` with the headers that came along. */
  readonly seen: readonly { readonly line: string; readonly headers: IncomingMessage['headers'] }[];
}

/** Sends everything to one port of this machine, whatever host was asked for. */
async function serveProxy(target: () => number, refusal?: number): Promise<TestProxy> {
  const seen: { line: string; headers: IncomingMessage['headers'] }[] = [];
  const server = createServer((request, response) => {
    seen.push({ line: `${request.method} ${request.url}`, headers: request.headers });
    if (refusal !== undefined) return text(response, refusal);
    const { pathname, search } = new URL(request.url ?? '');
    const { 'proxy-authorization': _, ...headers } = request.headers;
    const options = { port: target(), path: pathname + search, method: request.method, headers };
    request.pipe(
      forward(options, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      }),
    );
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    seen.push({ line: `CONNECT ${request.url}`, headers: request.headers });
    socket.on('error', () => undefined);
    if (refusal !== undefined) return void socket.end(`HTTP/1.1 ${refusal} No\r\ncontent-length: 0\r\n\r\n`);
    const back = connect(target(), '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    sockets.add(back);
    back.on('error', () => socket.destroy());
    socket.pipe(back).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    seen,
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

void test('asks an http URL of the proxy, with the credentials of its URL', async () => {
  await using server = await serveHttp((_request, response) => text(response, 200, 'hello'));
  await using proxy = await serveProxy(() => server.port);
  await using client = testClient({ env: { http_proxy: `http://me:p%40ss@127.0.0.1:${proxy.port}` } });
  const url = new URL('http://registry.example:8080/v2/?n=1');
  const response = await client.request({ method: 'GET', url });
  assert.equal(Buffer.from(await response.bytes(100)).toString(), 'hello');
  assert.equal(proxy.seen[0]?.line, 'GET http://registry.example:8080/v2/?n=1');
  assert.equal(proxy.seen[0]?.headers['proxy-authorization'], `Basic ${Buffer.from('me:p@ss').toString('base64')}`);
  assert.equal(server.seen[0]?.headers.host, 'registry.example:8080');
  assert.doesNotMatch(JSON.stringify(client.events), /p@ss|p%40ss/);
});

void test('tunnels an https URL through the proxy, which sees no credentials of the host, nor the host those of it', async () => {
  const served = await certificate('registry.example', { names: ['registry.example'] });
  await using server = await serveHttps(served, (_request, response) => text(response, 200, 'hello'));
  await using proxy = await serveProxy(() => server.port);
  const insecureHosts = ['registry.example'];
  await using client = testClient({ env: { HTTPS_PROXY: `me:pass@127.0.0.1:${proxy.port}` }, insecureHosts });
  for (let round = 0; round < 2; round++) {
    const url = new URL('https://registry.example/v2/');
    const response = await client.request({ method: 'GET', url, authorization: 'Bearer SECRET' });
    assert.equal(Buffer.from(await response.bytes(100)).toString(), 'hello');
  }
  assert.deepEqual(
    proxy.seen.map(({ line }) => line),
    ['CONNECT registry.example:443'],
  );
  assert.equal(proxy.seen[0]?.headers['proxy-authorization'], `Basic ${Buffer.from('me:pass').toString('base64')}`);
  assert.equal(proxy.seen[0]?.headers.authorization, undefined);
  assert.equal(server.seen[0]?.headers.authorization, 'Bearer SECRET');
  assert.equal(server.seen[0]?.headers['proxy-authorization'], undefined);
});

void test('verifies the certificate of the host behind the proxy', async () => {
  await using server = await serveHttps(await certificate('x'), (_request, response) => text(response, 200));
  await using proxy = await serveProxy(() => server.port);
  await using client = testClient({ env: { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` } });
  const error = await failureOf(client.request({ method: 'GET', url: new URL('https://registry.example/') }));
  assert.equal(error.code, 'TLS_REFUSED');
  assert.match(error.message, /self-signed.*through the proxy 127\.0\.0\.1/);
  assert.equal(server.seen.length, 0);
});

void test('an insecure host behind the proxy may speak http', async () => {
  await using server = await serveHttp((_request, response) => text(response, 200, 'hello'));
  await using proxy = await serveProxy(() => server.port);
  const address = `http://127.0.0.1:${proxy.port}`;
  const insecureHosts = ['registry.example'];
  await using client = testClient({ env: { HTTPS_PROXY: address, HTTP_PROXY: address }, insecureHosts });
  const response = await client.request({ method: 'GET', url: new URL('https://registry.example/') });
  await response.discard();
  assert.equal(response.url.href, 'http://registry.example/');
});

void test('a proxy that refuses is named, its credentials are not', async () => {
  for (const [url, status, reason] of [
    ['http://registry.example/', 407, /other credentials \(407\)/],
    ['https://registry.example/', 407, /other credentials \(407\)/],
    ['https://registry.example/', 403, /answered 403/],
  ] as const) {
    await using proxy = await serveProxy(() => 1, status);
    const address = `http://me:SECRET@127.0.0.1:${proxy.port}`;
    await using client = testClient({ env: { HTTP_PROXY: address, HTTPS_PROXY: address } });
    const error = await failureOf(client.request({ method: 'GET', url: new URL(url) }));
    assert.equal(error.code, 'HOST_UNREACHABLE', error.message);
    assert.match(error.message, reason);
    assert.match(error.message, new RegExp(`through the proxy 127\\.0\\.0\\.1:${proxy.port}`));
    if (status === 407) assert.match(error.hint ?? '', /URL of the proxy/);
    assert.doesNotMatch(everythingSaid(error), /SECRET|U0VDUkVU/);
    assert.equal(proxy.seen.length, 1);
  }
});

void test('a proxy that is busy is asked again', async () => {
  await using proxy = await serveProxy(() => 1, 503);
  await using client = testClient({ env: { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` } });
  const error = await failureOf(client.request({ method: 'GET', url: new URL('https://registry.example/') }));
  assert.equal(error.code, 'HOST_UNREACHABLE');
  assert.equal(proxy.seen.length, 3);
});

void test('a proxy that is not there is named, its credentials are not', async () => {
  const proxy = await serveProxy(() => 1);
  await proxy[Symbol.asyncDispose]();
  const address = `http://me:SECRET@127.0.0.1:${proxy.port}`;
  await using client = testClient({ env: { HTTP_PROXY: address, HTTPS_PROXY: address }, retries: 0 });
  for (const url of ['http://registry.example/', 'https://registry.example/']) {
    const error = await failureOf(client.request({ method: 'GET', url: new URL(url) }));
    assert.equal(error.code, 'HOST_UNREACHABLE');
    assert.match(error.message, /registry\.example.*connection refused \(through the proxy 127\.0\.0\.1:\d+\)/);
    assert.doesNotMatch(everythingSaid(error), /SECRET|U0VDUkVU/);
  }
});

void test('a setting that is no address of a proxy is a usage error that does not show it', async () => {
  for (const value of ['ftp://me:SECRET@proxy', 'http://', 'http://me:SECRET@[', 'SECRET@:x']) {
    await using client = testClient({ env: { HTTPS_PROXY: value } });
    const error = await failureOf(client.request({ method: 'GET', url: new URL('https://registry.example/') }));
    assert.equal(error.code, 'USAGE');
    assert.match(error.message, /HTTPS_PROXY/);
    assert.doesNotMatch(everythingSaid(error), /SECRET/);
  }
});

void test('this machine is not reached through a proxy', async () => {
  await using server = await serveHttp((_request, response) => text(response, 200));
  await using proxy = await serveProxy(() => server.port);
  const address = `http://127.0.0.1:${proxy.port}`;
  await using client = testClient({ env: { HTTP_PROXY: address, HTTPS_PROXY: address } });
  for (const host of ['127.0.0.1', 'localhost']) {
    await (await client.request({ method: 'GET', url: new URL(`http://${host}:${server.port}/`) })).discard();
  }
  assert.equal(proxy.seen.length, 0);
});

void test('a public host behind the proxy may not send anybody to a private address', async () => {
  await using server = await serveHttp((_request, response) =>
    text(response, 302, '', { location: 'http://10.0.0.1/' }),
  );
  await using proxy = await serveProxy(() => server.port);
  await using client = testClient({ env: { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` } });
  const error = await failureOf(client.request({ method: 'GET', url: new URL('http://registry.example/') }));
  assert.equal(error.code, 'REGISTRY_PROTOCOL');
  assert.match(error.message, /private address: 10\.0\.0\.1/);
});

void test('capitals come before lower case, and empty is not set', () => {
  const proxyFor = (env: Record<string, string>, url: string): string | undefined =>
    readProxySettings(env)(new URL(url))?.url.href;
  assert.equal(proxyFor({ HTTP_PROXY: 'a:1', http_proxy: 'b:1' }, 'http://x/'), 'http://a:1/');
  assert.equal(proxyFor({ HTTP_PROXY: '', http_proxy: 'b:1' }, 'http://x/'), 'http://b:1/');
  assert.equal(proxyFor({ HTTP_PROXY: 'a:1' }, 'https://x/'), undefined);
  assert.equal(proxyFor({ HTTPS_PROXY: 'https://a:1' }, 'https://x/'), 'https://a:1/');
  assert.equal(proxyFor({ HTTPS_PROXY: 'socks5h://a:1' }, 'https://x/'), 'socks5://a:1');
  assert.equal(proxyFor({ HTTPS_PROXY: 'a', no_proxy: 'x' }, 'https://x/'), undefined);
  assert.equal(proxyFor({}, 'https://x/'), undefined);
});

/** NO_PROXY, URLs that it covers, URLs that it does not. */
const exceptions: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['', ['http://localhost', 'http://127.0.0.1', 'http://127.1.2.3', 'http://[::1]'], ['http://a', 'http://10.0.0.1']],
  [
    'a.example',
    ['http://a.example', 'https://a.example:5000', 'http://x.a.example'],
    ['http://ba.example', 'http://example'],
  ],
  ['.a.example', ['http://x.a.example', 'http://y.x.a.example'], ['http://a.example', 'http://xa.example']],
  ['*.a.example', ['http://x.a.example'], ['http://a.example']],
  ['A.Example', ['http://a.example'], []],
  [
    'a.example:5000',
    ['http://a.example:5000', 'https://x.a.example:5000'],
    ['http://a.example', 'http://a.example:500'],
  ],
  ['a.example:443', ['https://a.example'], ['http://a.example']],
  ['a.example:80', ['http://a.example'], ['https://a.example']],
  ['b, a.example ,,c', ['http://b', 'http://a.example', 'http://c'], ['http://d']],
  ['b a.example', ['http://b', 'http://a.example'], ['http://d']],
  ['10.0.0.1', ['http://10.0.0.1', 'http://10.0.0.1:5000'], ['http://10.0.0.2', 'http://10.0.0.1.example']],
  ['10.0.0.1:5000', ['http://10.0.0.1:5000'], ['http://10.0.0.1']],
  ['10.0.0.0/8', ['http://10.0.0.1', 'https://10.255.0.1:1'], ['http://11.0.0.1', 'http://a']],
  ['fd00::/8', ['http://[fd00::1]', 'http://[fdff::1]:5000'], ['http://[fe80::1]']],
  ['[fd00::1]:5000', ['http://[fd00::1]:5000'], ['http://[fd00::1]']],
  ['fd00::1', ['http://[fd00::1]', 'http://[fd00::1]:5000'], ['http://[fd00::2]']],
  ['*', ['http://a', 'https://10.0.0.1', 'http://[fd00::1]'], []],
  ['a,*', ['http://b'], []],
  ['10.0.0.0/99, /8, :5000, ., *., //', [], ['http://10.0.0.1', 'http://a:5000', 'http://a.']],
];

void test('NO_PROXY means what it means to Go', () => {
  for (const [value, covered, others] of exceptions) {
    const bypasses = readNoProxy(value);
    const decide = (text: string): boolean => {
      const url = new URL(text);
      return bypasses(url.hostname, url.port || (url.protocol === 'https:' ? '443' : '80'));
    };
    for (const url of covered) assert.ok(decide(url), `${value} covers ${url}`);
    for (const url of others) assert.ok(!decide(url), `${value} does not cover ${url}`);
  }
});
