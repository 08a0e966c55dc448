/** Registries as processes of their own: Debian's, and Holdfast's. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { workplace } from './command.ts';
import { freshPath } from './scratch.ts';

export interface RunningPeer extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly host: string;
}

export interface RegistryPeer {
  readonly name: string;
  /** What it needs, which Holdfast's does not. */
  readonly programs: readonly string[];
  start(): Promise<RunningPeer>;
}

export interface DockerRegistryOptions {
  readonly htpasswd?: string;
  readonly tls?: { readonly cert: string; readonly key: string };
}

export const registryPeers: readonly RegistryPeer[] = [
  { name: 'docker-registry', programs: ['docker-registry'], start: () => startDockerRegistry() },
  { name: 'serve', programs: [], start: startServe },
];

/** Debian's registry with an empty directory, where everything can be deleted. */
export async function startDockerRegistry(options: DockerRegistryOptions = {}): Promise<RunningPeer> {
  const directory = freshPath();
  fs.mkdirSync(directory);
  const host = `127.0.0.1:${await freePort()}`;
  const config = join(directory, 'config.json');
  // What is JSON is YAML, too.
  fs.writeFileSync(config, JSON.stringify(settings(host, directory, options)));
  const env = { ...process.env, OTEL_TRACES_EXPORTER: 'none' };
  const child = spawn('docker-registry', ['serve', config], { stdio: 'ignore', env });
  await answers(child, `${options.tls ? 'https' : 'http'}://${host}/v2/`);
  return { host, [Symbol.asyncDispose]: () => ending(child) };
}

function settings(addr: string, directory: string, { htpasswd, tls }: DockerRegistryOptions): object {
  const files = tls && { certificate: join(directory, 'cert.pem'), key: join(directory, 'key.pem') };
  if (tls && files) {
    fs.writeFileSync(files.certificate, tls.cert);
    fs.writeFileSync(files.key, tls.key);
  }
  return {
    version: '0.1',
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: join(directory, 'data') }, delete: { enabled: true } },
    http: { addr, ...(files ? { tls: files } : {}) },
    ...(htpasswd === undefined ? {} : { auth: { htpasswd: { realm: 'lab', path: htpasswd } } }),
  };
}

/** `holdfast serve` with an empty directory. */
async function startServe(): Promise<RunningPeer> {
  const work = workplace();
  const child = work.start('serve', '-q', '--addr', '127.0.0.1:0', join(work.path, 'layout'));
  const [line] = (await once(child.stdout ?? assert.fail(), 'data')) as [Buffer];
  const { host } = new URL(String(line).trim());
  return { host, [Symbol.asyncDispose]: () => ending(child) };
}

async function ending(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

/** Any answer will do; of a certificate that nobody knows nothing more is to be had. */
async function answers(child: ChildProcess, url: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const isUp = await fetch(url).then(
      () => true,
      (error: unknown) => /certificate|self-signed/i.test(String((error as Error).cause)),
    );
    if (isUp) return;
    assert.ok(attempt < 200 && child.exitCode === null, 'docker-registry does not start');
    await sleep(25);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  server.close();
  await once(server, 'close');
  return address.port;
}
