/** The canary: a tree outside of every target that no input may change, read or extend. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { xattrsReadable } from '../cases/index.ts';

/** Memory holds extended attributes of users since Linux 6.6, and is the better place for many small files. */
const base = linuxIsAtLeast(6, 6) && fs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** Everything a test of this process makes is below. */
export const world = join(base, `holdfast-hostile-${process.pid}`);

/** The parent of every target. The canary stands beside the target, so that `../outside` leads there from its root. */
export const targetParent = join(world, 'parent');

/** The canary: what rows mean when they name an absolute path on the host. */
export const outside = join(targetParent, 'outside');

/** Where indexes of layers are kept once {@link makeOutside} was called. */
export const indexCache = join(world, 'cache', 'holdfast', 'layers');

/** Makes the canary, with the working directory inside it, so that names which leak into it are found as well. */
export function makeOutside(): void {
  fs.mkdirSync(outside, { recursive: true });
  process.env['XDG_CACHE_HOME'] = join(world, 'cache');
  process.chdir(outside);
  fs.mkdirSync('dir/inner', { recursive: true });
  fs.mkdirSync('etc');
  for (const name of ['file', 'secret', 'target', 'f', 'x', 'dir/file', 'dir/inner/file', 'etc/passwd']) {
    fs.writeFileSync(name, `the host's ${name}`);
  }
  fs.chmodSync('secret', 0o600);
  fs.chmodSync('dir', 0o1750);
  fs.writeFileSync('set-user-id', '#!/bin/sh', { mode: 0o755 });
  fs.chmodSync('set-user-id', 0o4755);
  fs.linkSync('file', 'other-name-of-file');
  fs.symlinkSync('file', 'link');
  fs.symlinkSync('dir', 'link-to-dir');
  fs.symlinkSync('nowhere', 'dangling');
  run('mkfifo', ['fifo']);
  if (xattrsReadable) run('setfattr', ['-n', 'user.canary', '-v', 'alive', 'file']);
  for (const name of ['file', 'dir/file', 'dir/inner', 'dir', 'etc', '.']) fs.utimesSync(name, 946684800, 946684800.5);
}

export function removeWorld(): void {
  process.chdir('/');
  removeAll(world);
}

/** Removes a tree however deep it is. */
export function removeAll(path: string): void {
  try {
    fs.rmSync(path, { recursive: true, force: true });
  } catch {
    run('rm', ['-rf', '--', path]);
  }
}

/** The state of the canary: contents and all metadata; a ctime that moved betrays a change that was undone. */
export function stateOfOutside(): string[] {
  return [...statesBelow(outside)];
}

/** Throws when anything about the canary differs from what it was. */
export function assertOutsideUnchanged(before: readonly string[], title: string): void {
  assert.deepEqual(stateOfOutside(), before, `${title}: the tree outside the target has changed`);
}

/** One line for everything below a path. */
export function* statesBelow(path: string): Generator<string> {
  const facts = fs.lstatSync(path, { bigint: true });
  const { ino, mode, nlink, uid, gid, size, mtimeNs, ctimeNs } = facts;
  const content = facts.isFile()
    ? createHash('sha256').update(fs.readFileSync(path)).digest('hex')
    : facts.isSymbolicLink()
      ? fs.readlinkSync(path)
      : '';
  yield [path, ino, mode.toString(8), nlink, uid, gid, size, mtimeNs, ctimeNs, content].join(' ');
  if (!facts.isDirectory()) return;
  for (const name of fs.readdirSync(path).sort()) yield* statesBelow(join(path, name));
}

function linuxIsAtLeast(major: number, minor: number): boolean {
  const [ours = 0, itsMinor = 0] = release().split('.').map(Number);
  return process.platform === 'linux' && (ours > major || (ours === major && itsMinor >= minor));
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  assert.equal(status, 0, `${command} ${args.join(' ')}: ${stderr}`);
}
