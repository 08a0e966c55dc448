/** The registries that the conformance matrix runs against, and what is known of them. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startRegistry } from '../../src/serve/index.ts';
import { startTestRegistry } from '../../src/testing/index.ts';
import { ask } from './ask.ts';
import { dockerRegistryGaps, type Gaps } from './known-gaps.ts';

export interface RegistryUnderTest {
  readonly name: string;
  readonly missing: string | false;
  /** Cases that are known to fail, and why. */
  readonly gaps: Gaps;
  start(): Promise<StartedRegistry>;
}

export interface StartedRegistry extends AsyncDisposable {
  readonly url: string;
}

/** A directory that goes with whoever disposes of it, on memory where there is some. */
export function scratchDirectory(): { readonly path: string } & Disposable {
  const path = fs.mkdtempSync(join(fs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'holdfast-serve-'));
  return { path, [Symbol.dispose]: () => fs.rmSync(path, { recursive: true, force: true }) };
}

async function startServe(): Promise<StartedRegistry> {
  const directory = scratchDirectory();
  const registry = await startRegistry({ directory: join(directory.path, 'layout'), address: '127.0.0.1:0' });
  return {
    url: registry.url,
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

/** Debian's. */
async function startDockerRegistry(): Promise<StartedRegistry> {
  const directory = scratchDirectory();
  const port = await freePort();
  const config = join(directory.path, 'config.yml');
  fs.writeFileSync(config, dockerRegistryConfig(join(directory.path, 'data'), port));
  const child = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  for (let attempt = 1; ; attempt++) {
    const isUp = await ask('GET', `${url}/v2/`).then(
      () => true,
      () => false,
    );
    if (isUp) break;
    assert.ok(attempt < 100 && child.exitCode === null, 'docker-registry does not start');
    await delay(50);
  }
  return {
    url,
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      directory[Symbol.dispose]();
    },
  };
}

function dockerRegistryConfig(data: string, port: number): string {
  return [
    'version: 0.1',
    'log: { level: error }',
    `storage: { filesystem: { rootdirectory: ${data} }, delete: { enabled: true } }`,
    `http: { addr: '127.0.0.1:${port}' }`,
  ].join('\n');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  server.close();
  return address.port;
}

/** What the specification allows and does not demand. */
const generous = { tagParameters: 'accepted', sparseIndexes: 'accepted', anonymousMount: 'answered' } as const;

const isThere = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;

export const registries: readonly RegistryUnderTest[] = [
  { name: 'serve', missing: false, gaps: [], start: startServe },
  {
    name: 'the registry for tests',
    missing: false,
    gaps: [[/^a malformed digest/, 'it takes it for a tag']],
    start: () => startTestRegistry({ quirks: generous }),
  },
  {
    name: 'docker-registry',
    missing: isThere('docker-registry') ? false : 'docker-registry is not installed',
    gaps: dockerRegistryGaps,
    start: startDockerRegistry,
  },
];
