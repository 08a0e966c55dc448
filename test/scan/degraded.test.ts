import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cannotMount, mountNamespace } from '../unpack/mounts.ts';
import { driverEnvironment, isRoot, scratch } from '../unpack/scratch.ts';
import type { ScanReport } from './driver.ts';

const driver = fileURLToPath(new URL('driver.ts', import.meta.url));

/** Scans without native calls. */
function scanDegraded(directory: string): ScanReport {
  const env = { ...driverEnvironment, HOLDFAST_NATIVE: '0' };
  const done = spawnSync(process.execPath, [driver, directory], { env, encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
  return JSON.parse(done.stdout) as ScanReport;
}

function variedDirectory(t: TestContext): string {
  const directory = scratch(t);
  const at = (name: string): Buffer => Buffer.from(path.join(directory, name), 'latin1');
  fs.mkdirSync(at('d'), { mode: 0o1711 });
  fs.writeFileSync(at('d/\xff\xfe'), 'content');
  fs.linkSync(at('d/\xff\xfe'), at('link\n'));
  fs.symlinkSync(Buffer.from('\xff', 'latin1'), at('symlink'));
  execFileSync('mkfifo', [path.join(directory, 'fifo')]);
  execFileSync('touch', ['-d', '1969-12-31T23:59:58.123456789Z', path.join(directory, 'd')]);
  if (isRoot) execFileSync('mknod', [path.join(directory, 'device'), 'c', '4095', '1048575']);
  return directory;
}

void describe('a scan without native calls', () => {
  void it('finds everything but xattrs, to the nanosecond, and says what is missing', (t) => {
    const { differences, facts, linkGroups, problems } = scanDegraded(variedDirectory(t));
    assert.deepEqual(differences, []);
    assert.deepEqual(problems, []);
    assert.deepEqual(linkGroups, [['d/\xff\xfe', 'link\n']]);
    assert.deepEqual(facts, {
      content: true,
      size: true,
      mode: true,
      symlinkMode: false,
      owner: true,
      mtime: true,
      nanoseconds: true,
      xattrs: false,
      device: true,
      bindMounts: false,
    });
  });

  void it('knows no xattr, and no tree it gives has one', { skip: !isRoot && 'needs root' }, (t) => {
    const directory = scratch(t);
    execFileSync('setfattr', ['-n', 'user.x', '-v', '1', directory]);
    const { xattrs, knownXattrs } = scanDegraded(directory);
    assert.deepEqual([xattrs, knownXattrs], [[], []]);
  });

  void it('reports sockets and hashes content', async (t) => {
    const directory = variedDirectory(t);
    const server = net.createServer().listen(path.join(directory, 'socket'));
    t.after(() => server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const { problems, hashed, digestProblems } = scanDegraded(directory);
    assert.deepEqual(problems, ['socket socket']);
    assert.deepEqual([hashed, digestProblems], [['d/\xff\xfe', 'link\n'], []]);
  });

  void it('stops where another file system is mounted', { skip: cannotMount }, async (t) => {
    const [directory, mounts] = [scratch(t), await mountNamespace(t)];
    fs.mkdirSync(path.join(directory, 'm'));
    mounts.mountTmpfs(path.join(directory, 'm'));
    fs.writeFileSync(mounts.reach(path.join(directory, 'm/file')), '');
    const { paths, problems } = scanDegraded(mounts.reach(directory));
    assert.deepEqual([paths, problems], [['', 'm'], ['mount m']]);
  });
});
