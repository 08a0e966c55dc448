/** What only a process can show: signals, pipes, terminals, speed of nothing. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { file, imageOf, layerOf } from '../../src/testing/index.ts';
import { base, cacheHome, example, layout, scratch } from '../inspect/example.ts';
import { cli, program, spawnCli } from './run-cli.ts';

const env = { ...process.env, XDG_CACHE_HOME: cacheHome };
const many = imageOf([
  layerOf(
    Array.from({ length: 20_000 }, (_, number) => file(`d${number % 100}/file-${number}`, `content of ${number}`)),
  ),
]);

void describe('a signal', () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    void it(`${signal} while stdin is waited for leaves nothing, and exits with ${code}`, async (t) => {
      const directory = scratch(t);
      const child = spawnCli(['unpack', '--progress', 'json', 'oci-archive:-', path.join(directory, 'out')]);
      const ended = outcome(child);
      child.stderr?.once('data', () => child.kill(signal));
      assert.deepEqual(await ended, {
        code,
        stdout: '',
        stderr: `{"kind":"phase","phase":"open"}\nerror: stopped by ${signal}; nothing incomplete is in place [INTERRUPTED]\n`,
      });
      assert.deepEqual(fs.readdirSync(directory), []);
    });
  }

  void it('while files are placed leaves no directory', async (t) => {
    const directory = scratch(t);
    const child = spawnCli(['unpack', '--allow-lossy', layout(t, { v1: many }), path.join(directory, 'out')]);
    const ended = outcome(child);
    child.stderr?.once('data', () => child.kill('SIGINT'));
    const { code, stderr } = await ended;
    assert.equal(code, 130, stderr);
    assert.match(stderr, /stopped by SIGINT/);
    assert.deepEqual(fs.readdirSync(directory), []);
  });

  void it('ends the process at once the second time', async () => {
    const signals = new EventEmitter();
    const running = cli(['ls', 'oci-archive:-'], { signals });
    await sleep(20);
    signals.emit('SIGTERM', 'SIGTERM');
    signals.emit('SIGTERM', 'SIGTERM');
    assert.equal((await running).code, 143);
    assert.equal(signals.listenerCount('SIGTERM'), 0);
  });
});

void describe('stdout', () => {
  void it('closed by its reader is quiet and gives 141', async (t) => {
    const image = layout(t, { v1: many });
    for (const command of [`export ${image}`, `ls -R ${image}`]) {
      const line = `${program.join(' ')} ${command} --progress none | head -c 1 >/dev/null; echo "\${PIPESTATUS[0]}"`;
      const { stdout, stderr } = spawnSync('bash', ['-c', line], { env, encoding: 'utf8' });
      assert.deepEqual({ stdout, stderr }, { stdout: '141\n', stderr: '' });
    }
    const stdoutError = Object.assign(new Error('closed'), { code: 'EPIPE' });
    assert.equal((await cli(['ls', image], { stdoutError })).code, 141);
  });

  void it('that is full is an error', async (t) => {
    const image = layout(t, { v1: example });
    const line = `${program.join(' ')} ls ${image} >/dev/full`;
    const { status, stderr } = spawnSync('bash', ['-c', line], { env, encoding: 'utf8' });
    assert.equal(status, 8);
    assert.match(stderr, /error: write "standard output": ENOSPC \[HOST_REFUSED\]\nhint: the file system is full/);
  });

  void it('that is a terminal gets no archive', async () => {
    const line = `${program.join(' ')} export oci:x`;
    const { stdout } = spawnSync('script', ['-qec', line, '/dev/null'], { env, encoding: 'utf8' });
    assert.match(stdout, /refusing to write a tar archive to a terminal \[TERMINAL_REFUSED\]/);
  });

  void it('carries an archive that tar extracts', async (t) => {
    const target = scratch(t);
    const line = `${program.join(' ')} export ${layout(t, { v1: imageOf([base]) })} | tar -x --no-same-owner -C ${target}`;
    execFileSync('bash', ['-o', 'pipefail', '-c', line], { env, stdio: 'ignore' });
    assert.equal(fs.readFileSync(path.join(target, 'usr/bin/git-log'), 'utf8'), 'git\n');
  });
});

void it('a path typed as bytes that are not UTF-8 is found', async (t) => {
  const line = `${program.join(' ')} cat ${layout(t, { v1: example })} $'odd/caf\\xe9'`;
  assert.equal(String(execFileSync('bash', ['-c', line], { env, stdio: ['ignore', 'pipe', 'ignore'] })), '2');
});

void it('a refusal of the system that nobody expected is no bug', async () => {
  const refusal = Object.assign(new Error('too many'), { code: 'EMFILE', syscall: 'open', path: '/x' });
  const stdin = new Readable({ read: () => stdin.destroy(refusal) });
  const { code, stderr } = await cli(['ls', 'oci-archive:-'], { stdin });
  assert.deepEqual([code, stderr], [8, 'error: open "/x": EMFILE [HOST_REFUSED]\n']);
});

void it('a bug is one line, and with --debug its stack', async () => {
  const stdin = (): Readable => new Readable({ read: () => assert.fail('not\x1b[2J this\nway') });
  const { code, stderr } = await cli(['ls', 'oci-archive:-'], { stdin: stdin() });
  assert.equal(code, 70);
  assert.match(stderr, /^error: internal error: AssertionError: not\\x1b\[2J this \[BUG\]\nhint: .*\n$/);
  for (const [argv, env] of [
    [['ls', '--debug', 'oci-archive:-'], {}],
    [['ls', 'oci-archive:-'], { HOLDFAST_DEBUG: '1' }],
  ] as const) {
    const debugged = await cli(argv, { stdin: stdin(), env });
    assert.match(debugged.stderr, /\ncaused by: AssertionError: not\\x1b\[2J this\\nway\n(?:.*\n)* {4}at /);
  }
});

async function outcome(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const texts = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (texts.stdout += String(chunk)));
  child.stderr?.on('data', (chunk: Buffer) => (texts.stderr += String(chunk)));
  await once(child, 'close');
  return { code: child.exitCode, ...texts };
}
