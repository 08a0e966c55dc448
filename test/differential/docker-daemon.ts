/** A Docker daemon of our own, with its own data, no network and the overlay2 driver. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { run } from './programs.ts';
import { freshPath } from './scratch.ts';

export interface Docker extends AsyncDisposable {
  /** What DOCKER_HOST should be. */
  readonly address: string;
  /** The client, asking this daemon; gives what it printed. */
  run(...args: readonly string[]): string;
  /** Loads an image of a layout. */
  load(layout: string, tag: string): LoadedImage;
  /** An image that it has. */
  image(name: string): LoadedImage;
}

export interface LoadedImage {
  /** The directories of its layers, top first. */
  readonly layers: readonly string[];
  /** Those of a new container of it, which adds what Docker puts into every container. */
  containerLayers(): readonly string[];
}

/** What Docker says of the directories of an image or container. */
interface DriverData {
  readonly LowerDir?: string;
  readonly UpperDir: string;
}

export async function startDocker(): Promise<Docker> {
  const directory = freshPath();
  const socket = `unix://${join(directory, 'socket')}`;
  fs.mkdirSync(directory);
  const log = fs.openSync(join(directory, 'log'), 'w');
  const daemon = spawn('dockerd', daemonFlags(directory, socket), { stdio: ['ignore', log, log] });
  fs.closeSync(log);
  const docker = (...args: readonly string[]): string => run('docker', '--host', socket, ...args);
  await started(daemon, join(directory, 'log'), () => docker('version'));
  const layersOf = (kind: 'image' | 'container', name: string): readonly string[] => {
    const { LowerDir, UpperDir } = JSON.parse(
      docker(kind, 'inspect', '--format', '{{json .GraphDriver.Data}}', name),
    ) as DriverData;
    return [UpperDir, ...(LowerDir?.split(':') ?? [])];
  };
  const image = (name: string): LoadedImage => ({
    layers: layersOf('image', name),
    containerLayers: () => layersOf('container', docker('create', '--network', 'none', name, 'true').trim()),
  });
  return {
    address: socket,
    run: docker,
    image,
    load(layout, tag) {
      const name = `holdfast/test:${tag}`;
      const options = ['--insecure-policy', '--quiet', '--dest-daemon-host', socket];
      run('skopeo', 'copy', ...options, `oci:${layout}:${tag}`, `docker-daemon:${name}`);
      return image(name);
    },
    async [Symbol.asyncDispose]() {
      const ended = once(daemon, 'exit');
      daemon.kill('SIGTERM');
      await ended;
      // A container on the network of the host leaves that mounted.
      spawnSync('umount', [join(directory, 'exec/netns/default')]);
    },
  };
}

function daemonFlags(directory: string, socket: string): string[] {
  return [
    '--iptables=false',
    '--ip6tables=false',
    '--bridge=none',
    '--storage-driver=overlay2',
    `--data-root=${join(directory, 'data')}`,
    `--exec-root=${join(directory, 'exec')}`,
    `--pidfile=${join(directory, 'pid')}`,
    `--host=${socket}`,
  ];
}

async function started(daemon: ChildProcess, log: string, ask: () => void): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return ask();
    } catch (error) {
      const isRunning = daemon.exitCode === null;
      if (!isRunning || attempt === 60) daemon.kill('SIGKILL');
      assert.ok(isRunning && attempt < 60, `dockerd does not start: ${String(error)}\n${fs.readFileSync(log, 'utf8')}`);
    }
    await setTimeout(500);
  }
}
