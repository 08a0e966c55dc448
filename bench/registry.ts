/** A real registry on this machine. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from './job.ts';
import { run } from './measure.ts';
import { isInstalled } from './programs.ts';

/**
 * The big image's name in a registry that lives until the job ends, or `undefined` where docker-registry or skopeo is
 * missing.
 */
export async function registryImage(bench: Bench): Promise<string | undefined> {
  if (!['docker-registry', 'skopeo'].every(isInstalled)) return undefined;
  const host = `127.0.0.1:${await freePort()}`;
  const config = bench.scratch.path('registry.yml');
  const storage = bench.scratch.empty('registry');
  writeFileSync(
    config,
    `{version: 0.1, log: {level: error}, storage: {filesystem: {rootdirectory: ${storage}}}, http: {addr: '${host}'}}`,
  );
  const server = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  bench.lifetime.defer(() => void server.kill());
  await answers(`http://${host}/v2/`, bench.signal);
  const { reference } = bench.big();
  const name = `${host}/bench:big`;
  const failed = await run(
    ['skopeo', 'copy', '--dest-tls-verify=false', reference, `docker://${name}`],
    {},
    bench.signal,
  );
  if (failed !== undefined) throw new Error(`cannot fill the registry: ${failed}`);
  return name;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(url: string, signal: AbortSignal): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if ((await fetch(url, { signal }).catch(() => undefined))?.ok === true) return;
    await sleep(50, undefined, { signal });
  }
  throw new Error(`no registry answers at ${url}`);
}
