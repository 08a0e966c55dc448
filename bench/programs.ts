/** The programs that are measured: Holdfast as a cold process, and the peers this machine happens to have. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Contender } from './job.ts';

const root = join(import.meta.dirname, '..');

/** Holdfast as a user's script starts it, without npx in between; the Node is the one that runs the bench. */
export function holdfast(...args: readonly string[]): readonly string[] {
  return [process.execPath, join(root, 'bin/holdfast.js'), ...args];
}

/** Compiles the sources to `dist/`, so that what is measured is what is there. Gives false when that failed. */
export function buildHoldfast(): boolean {
  return spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' }).status === 0;
}

/** Whether a program can be found on the PATH. */
export function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** A contender that needs programs which may not be there. */
export interface Peer extends Contender {
  readonly needs: readonly string[];
}

export function installed(peers: readonly Peer[]): readonly Contender[] {
  return peers.filter(({ needs }) => needs.every(isInstalled));
}

/** A program with its version, as it tells it itself. */
export function titled(program: string, versionFlag = '--version'): string {
  const { stdout, stderr } = spawnSync(program, [versionFlag], { encoding: 'utf8' });
  const version = /\d+\.\d+(\.\d+)?/.exec(`${stdout}${stderr}`)?.[0];
  return version === undefined ? program : `${program} ${version}`;
}

/** A contender's command that needs a shell; `$1`, `$2`… are the arguments. */
export function shell(script: string, ...args: readonly string[]): readonly string[] {
  return ['bash', '-c', `set -euo pipefail; ${script}`, 'bench', ...args];
}
