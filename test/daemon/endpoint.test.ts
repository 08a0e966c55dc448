import assert from 'node:assert/strict';
import fs from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { generate } from 'selfsigned';
import { openDaemon } from '../../src/daemon/index.ts';
import { failsWith } from '../image/scratch.ts';

function scratch(test: TestContext): string {
  const directory = fs.mkdtempSync(join(tmpdir(), 'holdfast-endpoint-'));
  test.after(() => fs.rmSync(directory, { recursive: true, force: true }));
  return directory;
}

void describe('the address of a daemon', () => {
  void it('is what DOCKER_HOST says', () => {
    const addresses = ['unix:///run/x.sock', 'tcp://host:2375', 'tcp://[::1]:2375', 'ssh://me@host', 'host:2375'];
    for (const address of addresses) assert.equal(openDaemon({ DOCKER_HOST: address }).address, address);
  });

  void it('is the socket of this machine otherwise', () => {
    for (const env of [{}, { DOCKER_HOST: '' }]) assert.match(openDaemon(env).address, /^unix:\/\/.*docker\.sock$/);
  });

  void it('is refused when it is malformed', async () => {
    const wrong = [
      'unix://',
      'ftp://x',
      'tcp://',
      'tcp://host:port',
      'tcp://host/path',
      'tcp://me@host',
      'ssh://',
      'ssh://host/path',
      'ssh://me:secret@host',
      'ssh://-oProxyCommand=touch',
      'ssh://-oProxyCommand=x@host',
    ];
    for (const address of wrong) {
      await failsWith(
        'USAGE',
        (async () => openDaemon({ DOCKER_HOST: address }))(),
        /^DOCKER_HOST is ".*".*it looks like/s,
      );
    }
  });
});

void describe('a daemon with TLS', () => {
  interface TlsDaemon {
    readonly env: Record<string, string>;
    readonly certificates: string;
  }

  async function tlsDaemon(test: TestContext): Promise<TlsDaemon> {
    const certificates = scratch(test);
    const pem = await generate([{ name: 'commonName', value: 'localhost' }], {
      keySize: 2048,
      algorithm: 'sha256',
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    });
    const options = { key: pem.private, cert: pem.cert, ca: pem.cert, requestCert: true, rejectUnauthorized: true };
    const server = https.createServer(options, (_, response) => {
      response.end(JSON.stringify({ Version: '1', ApiVersion: '1', Os: 'linux', Arch: 'amd64' }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    test.after(() => {
      server.closeAllConnections();
      server.close();
    });
    fs.writeFileSync(join(certificates, 'ca.pem'), pem.cert);
    fs.writeFileSync(join(certificates, 'cert.pem'), pem.cert);
    fs.writeFileSync(join(certificates, 'key.pem'), pem.private);
    const { port } = server.address() as AddressInfo;
    return { env: { DOCKER_HOST: `tcp://127.0.0.1:${port}`, DOCKER_TLS_VERIFY: '1' }, certificates };
  }

  void it('is reached with the certificates of DOCKER_CERT_PATH', async (t) => {
    const { env, certificates } = await tlsDaemon(t);
    await using daemon = openDaemon({ ...env, DOCKER_CERT_PATH: certificates });
    assert.equal((await daemon.version()).version, '1');
  });

  void it('is not trusted without them', async (t) => {
    const { env, certificates } = await tlsDaemon(t);
    await using stranger = openDaemon({ ...env, DOCKER_CERT_PATH: scratch(t) });
    await failsWith('TLS_REFUSED', stranger.version(), /DOCKER_CERT_PATH/);
    await using plain = openDaemon({ DOCKER_HOST: env['DOCKER_HOST'] });
    await failsWith('HOST_UNREACHABLE', plain.version());
    fs.rmSync(join(certificates, 'key.pem'));
    fs.mkdirSync(join(certificates, 'key.pem'));
    const broken = { ...env, DOCKER_CERT_PATH: certificates };
    await failsWith('CREDENTIALS_INVALID', (async () => openDaemon(broken))(), /key\.pem.*EISDIR/);
  });
});
