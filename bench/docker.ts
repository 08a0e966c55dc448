/** A Docker daemon of the bench's own, with its data in memory. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from './job.ts';
import { run } from './measure.ts';

/** Starts a daemon that lives until the job ends; gives the address of its socket, or `undefined` when it does not start. */
export async function startDocker({ scratch, lifetime, signal }: Bench): Promise<string | undefined> {
  const socket = `unix://${scratch.path('docker.sock')}`;
  const daemon = spawn(
    'dockerd',
    [
      '--iptables=false',
      '--ip6tables=false',
      '--bridge=none',
      '--storage-driver=overlay2',
      `--data-root=${scratch.empty('docker')}`,
      `--exec-root=${scratch.empty('docker-exec')}`,
      `--pidfile=${scratch.path('docker.pid')}`,
      `--host=${socket}`,
    ],
    { stdio: 'ignore' },
  );
  lifetime.defer(() => void daemon.kill());
  for (let tries = 0; tries < 100 && daemon.exitCode === null; tries += 1) {
    if ((await run(['docker', '-H', socket, 'version'], {}, signal)) === undefined) return socket;
    await sleep(100, undefined, { signal });
  }
  return undefined;
}
