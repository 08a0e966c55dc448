/** Starting and stopping. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { generate } from 'selfsigned';
import { parseListenAddress } from '../../src/base/index.ts';
import { startRegistry } from '../../src/serve/index.ts';
import { ask } from './ask.ts';
import { missing, run } from './programs.ts';
import { scratchDirectory } from './registries.ts';
import { serve } from './serving.ts';

void describe('an address', () => {
  const right: Readonly<Record<string, readonly [string, number]>> = {
    '127.0.0.1:5000': ['127.0.0.1', 5000],
    'localhost:0': ['localhost', 0],
    '0.0.0.0:80': ['0.0.0.0', 80],
    '[::1]:65535': ['::1', 65_535],
    'registry.internal:443': ['registry.internal', 443],
    '5000': ['127.0.0.1', 5000],
  };
  for (const [text, [host, port]] of Object.entries(right)) {
    void it(`${text} is port ${port} of ${host}`, () => assert.deepEqual(parseListenAddress(text), { host, port }));
  }
  for (const text of [
    '',
    ':5000',
    'localhost',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '::1:5000',
    'a:b',
    '1.2.3.4:-1',
    '[::1]',
  ]) {
    void it(`${JSON.stringify(text)} is refused`, () => {
      assert.throws(() => parseListenAddress(text), { code: 'USAGE' });
    });
  }
});

void describe('a registry', () => {
  void it('tells where it is', async (t) => {
    const { url, host, port, warnings } = await serve(t);
    assert.deepEqual([url, host, warnings], [`http://127.0.0.1:${port}`, '127.0.0.1', []]);
    assert.equal((await ask('GET', `${url}/v2/`)).status, 200);
  });

  void it('warns of what others could do', async (t) => {
    const open = await serve(t, { address: '0.0.0.0:0' });
    assert.match(open.warnings.join(), /everybody who reaches 0\.0\.0\.0 may pull from, push to and delete from/);
    assert.match(open.url, /^http:\/\/localhost:/);
    const plain = await serve(t, { address: '0.0.0.0:0', token: 'x' });
    assert.match(plain.warnings.join(), /unencrypted/);
  });

  void it('says when its port is taken', async (t) => {
    const { port } = await serve(t);
    using scratch = scratchDirectory();
    const second = startRegistry({ directory: join(scratch.path, 'x'), address: `127.0.0.1:${port}` });
    await assert.rejects(second, (error: Error & { code?: string; hint?: string }) => {
      assert.equal(error.code, 'HOST_REFUSED');
      assert.match(error.message, /EADDRINUSE/);
      assert.match(error.hint ?? '', /another port/);
      return true;
    });
  });

  void it('ends at once while connections are kept alive, and after what is under way', async (t) => {
    const registry = await serve(t);
    const agent = new http.Agent({ keepAlive: true });
    await ask('GET', `${registry.url}/v2/`, { agent });
    const socket = connect(registry.port, '127.0.0.1');
    socket.on('error', () => undefined);
    const location = await registry.client().beginUpload();
    socket.write(`PATCH ${location} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const ending = registry[Symbol.asyncDispose]();
    setTimeout(() => socket.write('cd'), 50);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 202/);
    const started = performance.now();
    socket.destroy();
    await ending;
    assert.ok(performance.now() - started < 2000);
    agent.destroy();
    await assert.rejects(ask('GET', `${registry.url}/v2/`), { code: 'ECONNREFUSED' });
  });
});

void describe('a registry with TLS', () => {
  const made = generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  });

  void it('speaks it, and nothing else', async (t) => {
    const { cert, private: key } = await made;
    const { url, port } = await serve(t, { tls: { cert, key } });
    assert.match(url, /^https:\/\/127\.0\.0\.1:/);
    assert.equal((await ask('GET', `${url}/v2/`, { ca: cert })).status, 200);
    await assert.rejects(ask('GET', `${url}/v2/`), /self-signed/);
    await assert.rejects(ask('GET', `http://127.0.0.1:${port}/v2/`));
    assert.equal((await ask('GET', `${url}/v2/`, { ca: cert })).status, 200);
  });

  void it('serves skopeo', { skip: missing('skopeo') }, async (t) => {
    const { cert, private: key } = await made;
    const { port } = await serve(t, { tls: { cert: Buffer.from(cert), key: Buffer.from(key) } });
    const list = run('skopeo', 'list-tags', '--tls-verify=false', `docker://127.0.0.1:${port}/nobody`);
    await assert.rejects(list, /404 \(Not Found\)|name unknown/i);
  });

  void it('does not start with a certificate that is none', async () => {
    using scratch = scratchDirectory();
    const tls = { cert: 'x', key: 'y' };
    const options = { directory: join(scratch.path, 'x'), address: '127.0.0.1:0', tls };
    await assert.rejects(startRegistry(options), { code: 'CREDENTIALS_INVALID' });
  });
});
