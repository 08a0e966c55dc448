/** A walk gives what a scan gives, name by name, from wherever it begins. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { defaultLimits, fromText, type ByteString } from '../../src/base/index.ts';
import { host } from '../../src/host/index.ts';
import { openRoot, PathHasher, walkDirectory } from '../../src/scan/index.ts';
import { fillDirectory } from '../probe/probing.ts';
import { cannotMount, mountNamespace } from '../unpack/mounts.ts';
import { asNobody, cannotChangeUser, driverEnvironment, scratch } from '../unpack/scratch.ts';
import { type BothWays, bothWays, walkedLines } from './walk-driver.ts';

const driver = fileURLToPath(new URL('walk-driver.ts', import.meta.url));

void describe('a walk of a directory', () => {
  void it('gives everything that a scan finds, with every fact', async (t) => {
    const directory = scratch(t);
    fillDirectory(directory);
    const server = net.createServer().listen(path.join(directory, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    t.after(() => server.close());
    const { walked, scanned } = await bothWays(directory);
    assert.ok(walked.length > 15);
    assert.deepEqual(walked, scanned);
  });

  void it('begins behind any name, also one that is not there, and gives the rest', (t) => {
    const directory = scratch(t);
    fillDirectory(directory);
    const all = pathsFrom(directory);
    for (const [at, after] of all.entries()) {
      assert.deepEqual(pathsFrom(directory, after), all.slice(at + 1), after);
      const beside = `${after}\x01` as ByteString;
      const rest = all.filter((one) => one.replaceAll('/', '\0') > beside.replaceAll('/', '\0'));
      if (after !== '') assert.deepEqual(pathsFrom(directory, beside), rest, beside);
    }
    assert.deepEqual(
      pathsFrom(directory, fromText('a/deep/gone/further/down')),
      pathsFrom(directory, fromText('a/deep/down/large')),
    );
  });

  void it('meets mounts as a scan does', { skip: cannotMount }, async (t) => {
    const [directory, mounts] = [scratch(t), await mountNamespace(t)];
    for (const name of ['root/m/covered', 'root/bound', 'elsewhere/x'])
      fs.mkdirSync(path.join(directory, name), { recursive: true });
    fs.writeFileSync(path.join(directory, 'root/file'), 'covered');
    fs.writeFileSync(path.join(directory, 'elsewhere/file'), 'covers');
    mounts.mountTmpfs(path.join(directory, 'root/m'));
    mounts.bind(path.join(directory, 'elsewhere'), path.join(directory, 'root/bound'));
    mounts.bind(path.join(directory, 'elsewhere/file'), path.join(directory, 'root/file'));
    const inside = mounts.reach(path.join(directory, 'root'));
    for (const crossMounts of [false, true]) {
      const { walked, scanned } = await bothWays(inside, { crossMounts });
      assert.ok(walked.some((line) => line.includes('"mount"')));
      assert.deepEqual(walked, scanned);
    }
    assert.deepEqual(await hashed(inside, 'file'), { kind: 'unreadable', what: 'content', errno: 'EXDEV' });
    assert.deepEqual(await hashed(inside, 'bound/file'), { kind: 'unreadable', what: 'content', errno: 'EXDEV' });
    assert.ok('sha256' in (await hashed(inside, 'bound/file', true)));
  });

  void it('sees as little as a scan where it may not look', { skip: cannotChangeUser ?? false }, (t) => {
    const directory = scratch(t);
    for (const [name, mode] of [
      ['closed', 0o700],
      ['names-only', 0o744],
      ['through', 0o711],
    ] as const) {
      fs.mkdirSync(path.join(directory, name));
      fs.writeFileSync(path.join(directory, name, 'inside'), '');
      fs.chmodSync(path.join(directory, name), mode);
    }
    fs.writeFileSync(path.join(directory, 'secret'), 'secret', { mode: 0o600 });
    const [program, ...words] = [...asNobody, process.execPath, driver, directory];
    const { stdout, stderr } = spawnSync(program, words, { env: driverEnvironment, encoding: 'utf8' });
    assert.ok(stdout.startsWith('{'), stderr);
    const { walked, scanned } = JSON.parse(stdout) as BothWays;
    assert.ok(walked.filter((line) => line.includes('unreadable')).length >= 4, walked.join('\n'));
    assert.deepEqual([...walked].sort(byText), [...scanned].sort(byText));
  });

  void it('leaves no handle open when it is left early', (t) => {
    const directory = scratch(t);
    fillDirectory(directory);
    const open = (): number => fs.readdirSync('/proc/self/fd').length;
    const before = open();
    const root = openRoot(directory);
    for (const { path: name } of walkDirectory(root)) if (name === 'a/deep/down/large') break;
    host.close(root);
    assert.equal(open(), before);
  });

  void it('goes no deeper than the limit', (t) => {
    const directory = scratch(t);
    fs.mkdirSync(path.join(directory, 'a/b/c'), { recursive: true });
    assert.throws(() => walkedLines(directory, { limits: { ...defaultLimits, maxDepth: 2 } }), {
      code: 'LIMIT_EXCEEDED',
    });
  });
});

void describe('the digest of a path', () => {
  void it('is that of a regular file, and of nothing else', async (t) => {
    const directory = scratch(t);
    fillDirectory(directory);
    const found = await hashed(directory, 'a/file');
    assert.equal('sha256' in found && found.sha256, 'ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73');
    for (const name of ['a', 'fifo', 'a/link', 'a/file/x', 'nothing', 'a/nothing'])
      assert.deepEqual(await hashed(directory, name), { kind: 'vanished' }, name);
  });

  void it('is told where an overlay shows the devices of its layers', { skip: cannotMount }, async (t) => {
    const [directory, mounts] = [scratch(t), await mountNamespace(t)];
    const script = `set -e; mount -t tmpfs one "$0"; mkdir "$0/lower" "$0/above" "$0/merged"; echo below >"$0/lower/file"
mount -t tmpfs two "$0/above"; cd "$0/above"; mkdir upper work; echo above >upper/other
mount -t overlay -o "xino=off,lowerdir=$0/lower,upperdir=$0/above/upper,workdir=$0/above/work" three "$0/merged"`;
    const [program, ...words] = [...mounts.through, 'sh', '-c', script, directory];
    assert.equal(spawnSync(program, words, { stdio: ['ignore', 'ignore', 'inherit'] }).status, 0);
    const merged = mounts.reach(path.join(directory, 'merged'));
    assert.notEqual(fs.statSync(path.join(merged, 'file')).dev, fs.statSync(merged).dev);
    for (const name of ['file', 'other']) assert.ok('sha256' in (await hashed(merged, name)), name);
  });

  void it('is none when the file grows meanwhile', async (t) => {
    const directory = scratch(t);
    const file = path.join(directory, 'growing');
    fs.writeFileSync(file, Buffer.alloc(600_000));
    const root = openRoot(directory);
    const grow = async (): Promise<void> => fs.appendFileSync(file, 'more');
    using hasher = new PathHasher(root, { onBytes: grow });
    assert.deepEqual(await hasher.hash(fromText('growing')), { kind: 'changed' });
    host.close(root);
  });
});

function pathsFrom(directory: string, after?: ByteString): ByteString[] {
  const root = openRoot(directory);
  try {
    return Array.from(walkDirectory(root, { after }), ({ path: name }) => name);
  } finally {
    host.close(root);
  }
}

async function hashed(directory: string, name: string, crossMounts = false) {
  const root = openRoot(directory);
  try {
    using hasher = new PathHasher(root, { crossMounts });
    return await hasher.hash(fromText(name));
  } finally {
    host.close(root);
  }
}

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}
