import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { asNobody, cannotChangeUser, driverEnvironment, nobody, scratch } from '../unpack/scratch.ts';
import type { ScanReport } from './driver.ts';

const driver = fileURLToPath(new URL('driver.ts', import.meta.url));

/** Scans and hashes as nobody. */
function scanAsNobody(directory: string, through: readonly string[] = asNobody): ScanReport {
  const [program, ...words] = [...through, process.execPath, driver, directory];
  const done = spawnSync(program ?? '', words, { env: driverEnvironment, encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
  return JSON.parse(done.stdout) as ScanReport;
}

/** What an unprivileged user of a container's root file system meets. */
function mixedDirectory(t: TestContext): string {
  const directory = scratch(t);
  const at = (name: string): string => path.join(directory, name);
  fs.mkdirSync(at('closed'));
  fs.writeFileSync(at('closed/inside'), '');
  fs.mkdirSync(at('names-only'));
  fs.writeFileSync(at('names-only/inside'), '');
  fs.mkdirSync(at('through'));
  fs.writeFileSync(at('through/inside'), '');
  fs.writeFileSync(at('secret'), 'secret', { mode: 0o600 });
  fs.writeFileSync(at('public'), 'public');
  fs.writeFileSync(at('own'), 'own');
  fs.chownSync(at('own'), nobody.uid, nobody.gid);
  execFileSync('setfattr', ['-n', 'user.note', '-v', '1', at('secret')]);
  execFileSync('setfattr', ['-n', 'trusted.note', '-v', '1', at('public')]);
  fs.chmodSync(at('own'), 0o400);
  fs.chmodSync(at('closed'), 0o700);
  fs.chmodSync(at('names-only'), 0o744);
  fs.chmodSync(at('through'), 0o711);
  return directory;
}

void describe('a scan without the permission to read everything', { skip: cannotChangeUser }, () => {
  void it('gives what can be seen, and reports the rest', (t) => {
    const report = scanAsNobody(mixedDirectory(t));
    assert.deepEqual(report.problems, [
      'unreadable names closed',
      'unreadable inode names-only/inside',
      'unreadable xattrs secret',
      'unreadable content secret',
      'unreadable names through',
    ]);
    assert.deepEqual(report.paths, ['', 'closed', 'names-only', 'own', 'public', 'secret', 'through']);
    assert.deepEqual(report.unseen, ['closed/x', 'names-only/inside', 'through/x']);
  });

  void it('hashes what can be read, and reports the rest', (t) => {
    const { hashed, digestProblems } = scanAsNobody(mixedDirectory(t));
    assert.deepEqual([hashed, digestProblems], [['own', 'public'], ['unreadable content secret']]);
  });

  void it('does not know trusted xattrs, and says so', (t) => {
    const { knownXattrs, xattrs } = scanAsNobody(mixedDirectory(t));
    assert.deepEqual(knownXattrs, ['user.x', 'security.capability']);
    assert.deepEqual(xattrs, []);
  });

  void it('does not know them as root of a user namespace either', (t) => {
    const through = [...asNobody, 'unshare', '--user', '--map-root-user', '--'];
    if (spawnSync(through[0] ?? '', [...through.slice(1), 'true']).status !== 0)
      return t.skip('no user namespaces here');
    const report = scanAsNobody(mixedDirectory(t), through);
    assert.deepEqual(report.knownXattrs, ['user.x', 'security.capability']);
    assert.ok(report.problems.includes('unreadable content secret'));
  });

  void it('is refused when the directory itself cannot be read', (t) => {
    const directory = scratch(t);
    fs.chmodSync(directory, 0o711);
    assert.equal(scanAsNobody(directory).error, 'HOST_REFUSED');
  });
});
