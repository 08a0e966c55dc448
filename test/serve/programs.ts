/** Clients that others wrote. They run beside the registry, which is in this process. */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export async function run(program: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await execute(program, args, { maxBuffer: 1024 ** 3 });
  return stdout;
}

/** False, or why a test that needs these programs is skipped. */
export function missing(...programs: readonly string[]): string | false {
  const absent = programs.filter((program) => spawnSync(program, ['--version']).error !== undefined);
  return absent.length === 0 ? false : `${absent.join(', ')} not installed`;
}

export const isRoot = process.getuid?.() === 0;

export interface Dockerd extends AsyncDisposable {
  /** The client, talking to this daemon. */
  readonly run: (...args: readonly string[]) => Promise<string>;
}

/** A Docker daemon of our own in an empty directory: with its own data and no network but the host's. */
export async function startDockerd(directory: string): Promise<Dockerd> {
  fs.mkdirSync(directory, { recursive: true });
  const socket = `unix://${join(directory, 'socket')}`;
  const paths = { '--data-root': 'data', '--exec-root': 'exec', '--pidfile': 'pid' };
  const daemon = spawn(
    'dockerd',
    [
      '--iptables=false',
      '--ip6tables=false',
      '--bridge=none',
      '--storage-driver=vfs',
      `--host=${socket}`,
      ...Object.entries(paths).map(([flag, name]) => `${flag}=${join(directory, name)}`),
    ],
    { stdio: 'ignore' },
  );
  const docker = (...args: readonly string[]): Promise<string> =>
    run('docker', '--config', join(directory, 'config'), '--host', socket, ...args);
  const isUp = async (): Promise<boolean> => docker('version').then(Boolean, () => false);
  for (let attempt = 1; !(await isUp()); attempt++) {
    if (attempt > 60 || daemon.exitCode !== null) throw new Error('dockerd does not start');
    await delay(500);
  }
  return {
    run: docker,
    async [Symbol.asyncDispose]() {
      const ended = once(daemon, 'exit');
      daemon.kill('SIGTERM');
      await ended;
    },
  };
}
