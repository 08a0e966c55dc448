/** What is mounted over a directory, when it is a tree. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { directory, file } from '../../src/testing/index.ts';
import { isRoot, layoutWith, scratch } from '../unpack/scratch.ts';

const main = fileURLToPath(new URL('../cli/run-main.ts', import.meta.url));
const mtime = { seconds: 1_700_000_000, nanoseconds: 0 };
const image = [
  directory('./', { mtime }),
  directory('data', { mtime }),
  file('data/a', 'abc', { mtime }),
  file('b', 'b', { mtime }),
];

/** Runs a command with the tree of the image in a directory, and over `data` a mount with the same in it. */
function mounted(
  t: TestContext,
  argv: (reference: string, root: string) => readonly string[],
): Record<string, unknown> {
  const root = scratch(t);
  const reference = layoutWith(t, [image]);
  const fill = [
    `cd "${root}"`,
    'printf b >b',
    'mkdir data',
    'mount -t tmpfs -o mode=755 none data',
    'printf abc >data/a',
    'touch -d @1700000000 data/a data b .',
  ];
  const command = [process.execPath, main, ...argv(reference, root), '--format', 'json']
    .map((word) => `"${word}"`)
    .join(' ');
  const home = scratch(t);
  const env = { ...process.env, HOLDFAST_STORE: path.join(home, 'store'), HOLDFAST_CACHE: path.join(home, 'cache') };
  const { stdout, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', `{ ${fill.join(' && ')}; } && ${command}`], {
    env,
  });
  assert.deepEqual(fs.readdirSync(root).sort(), ['b', 'data'], stderr.toString());
  return JSON.parse(stdout.toString()) as Record<string, unknown>;
}

void describe('a directory with mounts', { skip: !isRoot && 'only root can mount' }, () => {
  void it('is not entered there by verify, which then does not say yes', (t) => {
    const { ok, unseen, faults } = mounted(t, (reference, root) => ['verify', reference, `rootfs:${root}`]);
    assert.deepEqual([ok, unseen, faults], [false, [{ path: 'data', kind: 'mount' }], []]);
  });

  void it('is entered there when that is asked for', (t) => {
    const flags = ['verify', '--cross-mounts'];
    const { ok, unseen, faults } = mounted(t, (reference, root) => [...flags, reference, `rootfs:${root}`]);
    assert.deepEqual([ok, unseen, faults], [true, [], []]);
  });

  void it('is compared likewise by diff', (t) => {
    const left = mounted(t, (reference, root) => ['diff', reference, `rootfs:${root}`]);
    assert.deepEqual([left['isEmpty'], left['ignored']], [true, ['data']]);
    const entered = mounted(t, (reference, root) => ['diff', '--cross-mounts', reference, `rootfs:${root}`]);
    assert.deepEqual([entered['isEmpty'], entered['ignored']], [true, []]);
  });
});
