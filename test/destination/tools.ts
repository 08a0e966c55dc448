/** Other programs that read what Holdfast writes. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

export const isRoot = process.getuid?.() === 0;

/** Why a program cannot be asked here; false where all can. */
export function whyMissing(...programs: readonly string[]): string | false {
  const missing = programs.find((program) => spawnSync(program, ['--version']).error !== undefined);
  return missing !== undefined && `${missing} is not installed`;
}

/** Runs a program to its end; returns what it printed. It must succeed. */
export function run(program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1024 ** 3 });
  assert.equal(error, undefined);
  assert.equal(status, 0, `${program} ${args.join(' ')}\n${stderr}`);
  return stdout;
}

/** A podman with a storage of its own. */
export class Podman implements Disposable {
  readonly #root: string;
  readonly #flags: readonly string[];

  constructor(directory: string) {
    this.#root = join(directory, 'root');
    this.#flags = ['--root', this.#root, '--runroot', join(directory, 'run'), '--storage-driver', 'overlay'];
  }

  run(...args: readonly string[]): string {
    return run('podman', ...this.#flags, ...args).trim();
  }

  [Symbol.dispose](): void {
    this.run('rmi', '--all', '--force');
    // The driver mounts this over itself and leaves it so.
    const mounts = fs.readFileSync('/proc/self/mounts', 'utf8');
    if (mounts.includes(` ${this.#root}/overlay `)) run('umount', join(this.#root, 'overlay'));
  }
}

/** A Docker daemon with its own data and no network. */
export interface DockerDaemon extends AsyncDisposable {
  /** For DOCKER_HOST. */
  readonly address: string;
  docker(...args: readonly string[]): string;
}

export async function startDocker(directory: string): Promise<DockerDaemon> {
  const address = `unix://${join(directory, 'socket')}`;
  const log = join(directory, 'log');
  const handle = fs.openSync(log, 'w');
  const daemon = spawn('dockerd', daemonFlags(directory, address), { stdio: ['ignore', handle, handle] });
  fs.closeSync(handle);
  await started(daemon, log, address);
  return {
    address,
    docker: (...args) => run('docker', '--host', address, ...args).trim(),
    async [Symbol.asyncDispose]() {
      const ended = once(daemon, 'exit');
      daemon.kill('SIGTERM');
      await ended;
    },
  };
}

function daemonFlags(directory: string, address: string): string[] {
  return [
    '--iptables=false',
    '--ip6tables=false',
    '--bridge=none',
    '--storage-driver=overlay2',
    `--data-root=${join(directory, 'data')}`,
    `--exec-root=${join(directory, 'exec')}`,
    `--pidfile=${join(directory, 'pid')}`,
    `--host=${address}`,
  ];
}

async function started(daemon: ChildProcess, log: string, address: string): Promise<void> {
  for (let attempt = 1; spawnSync('docker', ['--host', address, 'version']).status !== 0; attempt++) {
    const isRunning = daemon.exitCode === null;
    if (!isRunning || attempt === 120) daemon.kill('SIGKILL');
    assert.ok(isRunning && attempt < 120, `dockerd does not start:\n${fs.readFileSync(log, 'utf8')}`);
    await setTimeout(250);
  }
}
