import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { defaultCertificateDirectories, type HttpOptions } from '../../src/http/index.ts';
import { failureOf, testClient } from './client.ts';
import { resolveExamples } from './names.ts';
import { certificate, serveHttp, serveHttps, serveSockets, type TestCertificate, text } from './servers.ts';

const name = 'registry.example';
const day = 86_400_000;
const scratch = mkdtempSync(join(tmpdir(), 'holdfast-tls-'));
let names: Disposable | undefined;
let authority: TestCertificate;
let good: TestCertificate;

before(async () => {
  names = resolveExamples();
  authority = await certificate('Test CA', { isAuthority: true });
  good = await certificate(name, { names: [name], issuer: authority });
});

after(() => {
  names?.[Symbol.dispose]();
  rmSync(scratch, { recursive: true });
});

/** A directory like certs.d with the files of hosts. */
function certificates(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(scratch, 'certs.d-'));
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(join(directory, file, '..'), { recursive: true });
    writeFileSync(join(directory, file), content);
  }
  return directory;
}

function file(content: string): string {
  return join(certificates({ 'file.pem': content }), 'file.pem');
}

async function get(port: number, options: HttpOptions, host = name): Promise<string> {
  await using client = testClient(options);
  const response = await client.request({ method: 'GET', url: new URL(`https://${host}:${port}/`) });
  return Buffer.from(await response.bytes(100)).toString();
}

void test('says in plain words why a certificate is not trusted', async () => {
  const other = await certificate('Other CA', { isAuthority: true });
  const past = { from: new Date(Date.now() - 20 * day), until: new Date(Date.now() - day) };
  const future = { from: new Date(Date.now() + day), until: new Date(Date.now() + 20 * day) };
  const table: readonly (readonly [TestCertificate, RegExp, RegExp])[] = [
    [await certificate(name, { names: [name] }), /self-signed/, /certs\.d.*--insecure/],
    [await certificate(name, { names: [name], issuer: other }), /authority that is not known/, /certs\.d.*--insecure/],
    [await certificate(name, { names: [name], issuer: authority, ...past }), /has expired/, /clock/],
    [await certificate(name, { names: [name], issuer: authority, ...future }), /not valid yet/, /clock/],
    [await certificate('x', { names: ['x.example'], issuer: authority }), /another name \(x\.example\)/, /certs\.d/],
  ];
  for (const [served, reason, hint] of table) {
    await using server = await serveHttps(served, (_request, response) => text(response, 200));
    const directory = certificates({ [`${name}:${server.port}/ca.crt`]: authority.cert });
    const error = await failureOf(get(server.port, { certificateDirectories: [directory] }));
    assert.equal(error.code, 'TLS_REFUSED');
    assert.match(error.message, reason);
    assert.match(error.message, new RegExp(`${name}:${server.port}`));
    assert.match(error.hint ?? '', hint);
    assert.equal(server.seen.length, 0);
  }
});

void test('trusts the authorities in the directory of exactly this host, and those of the environment', async () => {
  await using server = await serveHttps(good, (_request, response) => text(response, 200, 'hello'));
  const { port } = server;
  const pem = authority.cert;
  const trusting: readonly HttpOptions[] = [
    { certificateDirectories: ['/nowhere', certificates({ [`${name}:${port}/any.crt`]: pem })] },
    { certificateDirectories: [certificates({ [`${name}:${port}/all.crt`]: `# comment\n${good.cert}\n${pem}` })] },
    { env: { SSL_CERT_FILE: file(pem) } },
    { env: { SSL_CERT_DIR: `/nowhere:${certificates({ 'a.pem': 'nothing', 'b.pem': pem })}` } },
    { env: { NODE_EXTRA_CA_CERTS: file(pem) } },
  ];
  for (const options of trusting) assert.equal(await get(port, options), 'hello');
  const wary: readonly HttpOptions[] = [
    {},
    { certificateDirectories: [certificates({ [`${name}/ca.crt`]: pem, [`${name}:1/ca.crt`]: pem })] },
    { certificateDirectories: [certificates({ [`${name}:${port}/ca.pem`]: pem, 'ca.crt': pem })] },
    { env: { SSL_CERT_FILE: '/nowhere' } },
  ];
  for (const options of wary) assert.equal((await failureOf(get(port, options))).code, 'TLS_REFUSED');
});

void test('shows a client certificate to the host that it is for', async () => {
  const client = await certificate('me', { issuer: authority });
  const demanding = { ...good, ca: authority.cert, requestCert: true, rejectUnauthorized: true };
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    await using server = await serveHttps({ ...demanding, maxVersion }, (request, response) =>
      text(response, 200, (request.socket as TLSSocket).getPeerCertificate().subject.CN?.toString()),
    );
    const host = `${name}:${server.port}`;
    const files = { [`${host}/ca.crt`]: authority.cert };
    const identity = { [`${host}/client.cert`]: client.cert, [`${host}/client.key`]: client.key };
    assert.equal(await get(server.port, { certificateDirectories: [certificates({ ...files, ...identity })] }), 'me');
    const error = await failureOf(get(server.port, { certificateDirectories: [certificates(files)] }));
    assert.equal(error.code, 'TLS_REFUSED');
    assert.match(error.message, /client certificate/);
    assert.match(error.hint ?? '', /client\.cert/);
  }
});

void test('says which certificate file cannot be used', async () => {
  const broken: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
    [{ 'client.cert': good.cert }, /client\.cert has no key beside it/],
    [{ 'client.cert': good.cert, 'client.key': 'nonsense' }, /not a certificate or key/],
    [{ 'client.cert': good.cert, 'client.key': authority.key }, /not a certificate or key/],
  ];
  for (const [files, reason] of broken) {
    const below = Object.fromEntries(Object.entries(files).map(([key, value]) => [`${name}:1/${key}`, value]));
    const error = await failureOf(get(1, { certificateDirectories: [certificates(below)] }));
    assert.equal(error.code, 'TLS_REFUSED');
    assert.match(error.message, reason);
    assert.doesNotMatch(JSON.stringify(error), /PRIVATE KEY/);
  }
});

void test('knows where Podman and Docker keep certificates', () => {
  assert.deepEqual(defaultCertificateDirectories({ HOME: '/h' }), [
    '/h/.config/containers/certs.d',
    '/h/.docker/certs.d',
    '/etc/containers/certs.d',
    '/etc/docker/certs.d',
  ]);
  assert.equal(defaultCertificateDirectories({ HOME: '/h', XDG_CONFIG_HOME: '/x' })[0], '/x/containers/certs.d');
});

void test('verifies nothing for exactly the hosts that are insecure', async () => {
  await using server = await serveHttps(await certificate('whoever'), (_request, response) => text(response, 200, 'x'));
  const { port } = server;
  assert.equal(await get(port, { insecureHosts: [`${name}:${port}`] }), 'x');
  assert.equal(await get(port, { insecureHosts: [`REGISTRY.example:${port}`] }), 'x');
  for (const host of [name, `${name}:1`, `other.example:${port}`, `example:${port}`, '', '*', ' ', `:${port}`]) {
    const error = await failureOf(get(port, { insecureHosts: [host] }));
    assert.equal(error.code, 'TLS_REFUSED', host);
  }
});

void test('this machine need not prove who it is', async () => {
  await using server = await serveHttps(await certificate('whoever'), (_request, response) => text(response, 200, 'x'));
  for (const host of ['127.0.0.1', 'localhost', '127.0.0.1']) assert.equal(await get(server.port, {}, host), 'x');
  assert.equal((await failureOf(get(server.port, {}, 'x.localhost.example'))).code, 'TLS_REFUSED');
});

void test('an insecure host and this machine may speak http, which is found out once', async () => {
  await using server = await serveHttp((_request, response) => text(response, 200, 'x'));
  const { port } = server;
  for (const host of ['127.0.0.1', 'localhost', name]) {
    const before = server.connections;
    await using client = testClient({ insecureHosts: [`${name}:${port}`] });
    for (let round = 0; round < 3; round++) {
      const url = new URL(`https://${host}:${port}/v2/?a=b`);
      const response = await client.request({ method: 'GET', url, authorization: 'Basic eA==' });
      assert.equal(response.url.href, `http://${host}:${port}/v2/?a=b`);
      await response.discard();
    }
    assert.ok(server.seen.slice(-3).every(({ headers }) => headers.authorization === 'Basic eA=='));
    assert.equal(server.connections - before, 2, 'one that spoke TLS, one for everything after');
    assert.equal(client.eventsOf('retry').length, 0);
  }
});

void test('a host that hangs up on TLS may speak http, too', async () => {
  await using server = await serveSockets((socket) =>
    socket.once('data', (data) => {
      if (data[0] === 0x16) socket.destroy();
      else socket.end('HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx');
    }),
  );
  assert.equal(await get(server.port, {}, '127.0.0.1'), 'x');
});

void test('an upload goes over http whole when https was not answered', async () => {
  await using server = await serveHttp((request, response) => {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => (bytes += chunk.length));
    request.on('end', () => text(response, 201, String(bytes)));
  });
  await using client = testClient();
  const content = {
    size: 5,
    open: async function* () {
      yield Buffer.from('hello');
    },
  };
  const url = new URL(`https://127.0.0.1:${server.port}/`);
  const response = await client.request({ method: 'PUT', url, body: { content, position: 0, length: 5 } });
  assert.equal(Buffer.from(await response.bytes(10)).toString(), '5');
});

void test('no other host is ever asked over http', async () => {
  await using server = await serveHttp((_request, response) => text(response, 200, 'x'));
  await using closing = await serveSockets((socket) => socket.destroy());
  for (const insecureHosts of [[], [name], [`${name}:1`], [`other.example:${server.port}`]]) {
    const error = await failureOf(get(server.port, { insecureHosts }));
    assert.equal(error.code, 'TLS_REFUSED');
    assert.match(error.message, /does not speak TLS/);
    assert.match(error.hint ?? '', /--insecure/);
    assert.equal((await failureOf(get(closing.port, { insecureHosts }))).code, 'HOST_UNREACHABLE');
  }
  assert.equal(server.seen.length, 0);
});

void test('a host that has answered https is never asked over http', async () => {
  let isPlain = false;
  await using secure = await serveHttps(await certificate('whoever'), (_request, response) => {
    text(response, 200, 'x', { connection: 'close' });
  });
  await using plain = await serveHttp((_request, response) => text(response, 200, 'x'));
  await using front = await serveSockets((socket) => {
    const back = connect(isPlain ? plain.port : secure.port, '127.0.0.1');
    back.on('error', () => socket.destroy());
    socket.pipe(back).pipe(socket);
  });
  await using client = testClient();
  const url = new URL(`https://127.0.0.1:${front.port}/`);
  await (await client.request({ method: 'GET', url })).discard();
  isPlain = true;
  assert.equal((await failureOf(client.request({ method: 'GET', url }))).code, 'TLS_REFUSED');
  assert.equal(plain.seen.length, 0);
});

void test('credentials go over http only to this machine and to insecure hosts', async () => {
  await using server = await serveHttp((_request, response) => text(response, 200, 'x'));
  const seen: (string | undefined)[] = [];
  for (const [host, insecureHosts] of [
    [name, []],
    [name, [`${name}:${server.port}`]],
    ['127.0.0.1', []],
  ] as const) {
    await using client = testClient({ insecureHosts });
    const url = new URL(`http://${host}:${server.port}/`);
    await (await client.request({ method: 'GET', url, authorization: 'Basic eA==' })).discard();
    seen.push(server.seen.at(-1)?.headers.authorization);
  }
  assert.deepEqual(seen, [undefined, 'Basic eA==', 'Basic eA==']);
});
