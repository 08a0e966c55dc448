/** Running the programs that Holdfast is compared with. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

export function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version']).error === undefined;
}

/** Runs a program to its end; returns what it printed. It must succeed. */
export function run(program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { maxBuffer: 1024 ** 3 });
  assert.equal(error, undefined);
  assert.equal(status, 0, `${program} ${args.join(' ')}\n${stderr.toString()}`);
  return stdout.toString();
}
