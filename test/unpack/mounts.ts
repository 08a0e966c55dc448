/** File systems that no other process sees and that are gone when the test is. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';

export interface MountNamespace {
  /** Words before a command that run it there. */
  readonly through: readonly string[];
  /** The path by which this process reaches a path in there. */
  readonly reach: (path: string) => string;
  /** Mounts a tmpfs, with options such as `size=1m`. */
  readonly mountTmpfs: (path: string, options?: string) => void;
  readonly bind: (from: string, path: string) => void;
}

/** Why nothing can be mounted here; undefined when it can. */
export const cannotMount = whyNot();

function whyNot(): string | undefined {
  const script = 'mount -t tmpfs none /tmp && nsenter --version';
  const tried = spawnSync('unshare', ['--mount', '--propagation=private', 'sh', '-c', script], { encoding: 'utf8' });
  if (tried.error) return 'unshare is not installed';
  return tried.status === 0 ? undefined : `nothing can be mounted here: ${tried.stderr.trim()}`;
}

/** A mount namespace that begins with what there is, and lives as long as the test. */
export async function mountNamespace(test: TestContext): Promise<MountNamespace> {
  const script = 'echo ready; exec cat';
  const holder = spawn('unshare', ['--mount', '--propagation=private', 'sh', '-c', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(holder, 'close');
  test.after(async () => {
    holder.stdin.end();
    await ended;
  });
  await once(holder.stdout, 'data');
  const { pid } = holder;
  const through = ['nsenter', `--mount=/proc/${pid}/ns/mnt`, '--'];
  const mount = (words: readonly string[]): void => {
    const [program = '', ...rest] = [...through, 'mount', ...words];
    const done = spawnSync(program, rest, { encoding: 'utf8' });
    assert.equal(done.status, 0, done.stderr);
  };
  return {
    through,
    reach: (path) => `/proc/${pid}/root${path}`,
    mountTmpfs: (path, options) => mount(['-t', 'tmpfs', ...(options ? ['-o', options] : []), 'none', path]),
    bind: (from, path) => mount(['--bind', from, path]),
  };
}
