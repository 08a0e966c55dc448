/** login and logout on the command line, at a terminal and without, and what is never shown. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { file, imageOf, layerOf } from '../../src/testing/index.ts';
import { places, terminal } from './places.ts';
import { program } from './run-cli.ts';

const image = imageOf([layerOf([file('a', 'text')])]);
const password = 'pa55 word-never-shown';
const users = { auth: { kind: 'basic', users: { ann: password } } } as const;
const bearer = { auth: { kind: 'bearer', users: { ann: password } } } as const;

/** A password as it would stand in headers and files. */
const encoded = Buffer.from(`ann:${password}`).toString('base64');

function assertNoSecret(text: string): void {
  for (const secret of [password, encoded, encodeURIComponent(password)]) {
    assert.ok(!text.includes(secret), `a secret is in ${text}`);
  }
}

void describe('login', () => {
  void it('keeps what the registry accepts, says where, and every command then uses it', async (t) => {
    for (const options of [users, bearer]) {
      const all = await places(t, options);
      all.registry.seed('app', 'v1', image);
      const denied = await all.fails(5, ['digest', `${all.host}/app:v1`]);
      assert.match(denied, new RegExp(`AUTH_REQUIRED\\]\nhint: log in first: holdfast login ${all.host}\n`));
      const login = ['login', '-u', 'ann', '--password-stdin', all.host];
      const { stdout, stderr } = await all.done(login, { stdin: Buffer.from(`${password}\n`) });
      const config = path.join(all.directory, 'home/.docker/config.json');
      assert.equal(stdout, `logged in to ${all.host}; the credentials are in ${config}\n`);
      assert.equal(stderr, '');
      assert.deepEqual(JSON.parse(fs.readFileSync(config, 'utf8')), { auths: { [all.host]: { auth: encoded } } });
      assert.equal(fs.statSync(config).mode & 0o777, 0o600);
      assert.equal((await all.done(['digest', `${all.host}/app:v1`])).stdout, `${image.digest}\n`);
      const quiet = await all.done([...login, '-q'], { stdin: Buffer.from(`${password}\r\n`) });
      assert.deepEqual([quiet.stdout, quiet.stderr], ['', '']);
      const removed = await all.done(['logout', all.host]);
      assert.equal(removed.stdout, `removed the credentials for ${all.host} from ${config}\n`);
      await all.fails(5, ['digest', `${all.host}/app:v1`]);
      assert.equal((await all.done(['logout', all.host])).stdout, `there were no credentials for ${all.host}\n`);
    }
  });

  void it('is one object with --format json, and takes --authfile', async (t) => {
    const all = await places(t, users);
    all.registry.seed('app', 'v1', image);
    const authfile = path.join(all.directory, 'auth.json');
    const flags = ['--authfile', authfile, '-u', 'ann', '--password-stdin'];
    const stdin = Buffer.from(password);
    const result = await all.json(['login', ...flags, `https://${all.host}/v2/`], { stdin });
    assert.deepEqual(result, { registry: all.host, storedIn: authfile });
    assert.equal(fs.existsSync(path.join(all.directory, 'home')), false);
    await all.fails(5, ['tags', `${all.host}/app`]);
    await all.done(['tags', '--authfile', authfile, `${all.host}/app`]);
    await all.done(['tags', `${all.host}/app`], { env: { HOLDFAST_AUTHFILE: authfile } });
    await all.done(['tags', `${all.host}/app`], { env: { REGISTRY_AUTH_FILE: authfile } });
    const removed = await all.json(['logout', '--authfile', authfile, all.host]);
    assert.deepEqual(removed, { registry: all.host, removedFrom: [authfile], stillIn: [] });
  });

  void it('keeps nothing that the registry refuses', async (t) => {
    for (const options of [users, bearer]) {
      const all = await places(t, options);
      const stdin = Buffer.from('wrong');
      const refused = await all.fails(5, ['login', '-u', 'ann', '--password-stdin', all.host], { stdin });
      assert.match(refused, /refuses the login: .* \[AUTH_REQUIRED\]\nhint: check the user and the password/);
      assert.equal(fs.existsSync(path.join(all.directory, 'home')), false);
    }
  });

  void it('takes user and password from options and from the environment', async (t) => {
    const all = await places(t, users);
    await all.done(['login', '-u', 'ann', '-p', password, all.host]);
    await all.done(['login', all.host], { env: { HOLDFAST_USERNAME: 'ann', HOLDFAST_PASSWORD: password } });
  });

  void it('says when the credentials cannot be kept', async (t) => {
    const all = await places(t, users);
    const flags = ['--authfile', '/proc/nowhere/auth.json', '-u', 'ann', '-p', password];
    assert.match(
      await all.fails(5, ['login', ...flags, all.host]),
      /cannot be written: ENOENT \[CREDENTIALS_INVALID\]/,
    );
  });

  void it('refuses what it cannot use before it asks anybody', async (t) => {
    const all = await places(t, users);
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['me', '-u', 'a', '-p', 'b'], /"me" is not the host of a registry .*\nhint: a host has a dot or a port/],
      [['ghcr.io/me', '-u', 'a', '-p', 'b'], /\nhint: the host alone: ghcr\.io\n/],
      [[all.host, '-u', 'a', '-p', 'b', '--password-stdin'], /do not go together/],
      [[all.host, '--password-stdin'], /--password-stdin needs --username/],
      [[all.host, '-u', '', '-p', 'b'], /the user name is empty/],
      [[all.host, '-u', 'a', '-p', ''], /the password is empty/],
      [[all.host], /cannot ask .*\nhint: without a terminal: -u USER --password-stdin\n/],
      [[all.host, '-u', 'ann'], /cannot ask/],
    ];
    for (const [argv, said] of cases) assert.match(await all.fails(2, ['login', ...argv]), said);
    const endless = new PassThrough();
    endless.end(Buffer.alloc(100_000, 97));
    const tooMuch = await all.fails(2, ['login', '-u', 'a', '--password-stdin', all.host], { stdin: endless });
    assert.match(tooMuch, /is no password/);
    assert.equal(all.registry.requests.length, 0);
  });
});

void describe('a login at a terminal', () => {
  void it('asks for the user and the password', async (t) => {
    const all = await places(t, users);
    const stdin = terminal('ann\n', `${password}\n`);
    const { stdout, stderr } = await all.done(['login', all.host], { stdin, isTerminal: true });
    assert.match(stdout, /^logged in to /);
    assert.match(stderr, /Username: .*Password: /s);
    assertNoSecret(stdout + stderr);
  });

  void it('is a usage error when the terminal is closed', async (t) => {
    const all = await places(t, users);
    const stdin = terminal('\x04');
    assert.match((await all.run(['login', all.host], { stdin, isTerminal: true })).stderr, /gave no answer \[USAGE\]/);
  });

  void it('ends with 130 at Ctrl-C, and with 143 at SIGTERM', async (t) => {
    const all = await places(t, users);
    const cancelled = await all.run(['login', all.host], { stdin: terminal('an\x03'), isTerminal: true });
    assert.deepEqual([cancelled.code, cancelled.stdout], [130, '']);
    assert.match(cancelled.stderr, /error: stopped by SIGINT/);
    const signals = new EventEmitter();
    const running = all.run(['login', '-u', 'ann', all.host], { stdin: terminal(), isTerminal: true, signals });
    await sleep(50);
    signals.emit('SIGTERM', 'SIGTERM');
    assert.equal((await running).code, 143);
  });

  void it('ends while stdin is waited for', async (t) => {
    const all = await places(t, users);
    const signals = new EventEmitter();
    const argv = ['login', '-u', 'ann', '--password-stdin', all.host];
    const running = all.run(argv, { stdin: new PassThrough(), signals });
    await sleep(50);
    signals.emit('SIGINT', 'SIGINT');
    assert.equal((await running).code, 130);
  });

  void it('shows no password on a real one', async (t) => {
    const all = await places(t, users);
    const line = `${program.join(' ')} login -u ann ${all.host}`;
    const child = spawn('script', ['-qec', line, '/dev/null'], { env: { ...process.env, ...all.env }, stdio: 'pipe' });
    let shown = '';
    child.stdout.on('data', (chunk: Buffer) => {
      shown += String(chunk);
      if (shown.includes('Password:') && child.stdin.writable) child.stdin.end(`${password}\r`);
    });
    await once(child, 'close');
    assert.equal(child.exitCode, 0, shown);
    assert.match(stripVTControlCharacters(shown), /Password: \r?\nlogged in to /);
    assert.doesNotMatch(shown, /opening/);
    assertNoSecret(shown);
  });
});

void describe('secrets', () => {
  void it('are in no output, whatever is asked and whatever goes wrong', async (t) => {
    for (const options of [users, bearer]) {
      const all = await places(t, options);
      all.registry.seed('app', 'v1', image);
      await all.done(['login', '-u', 'ann', '-p', password, all.host]);
      const echo = { kind: 'answer', status: 400, body: `{"errors":[{"code":"X","message":"you sent ${encoded}"}]}` };
      const lines = [
        ['digest', `${all.host}/app:v1`],
        ['copy', `${all.host}/app:v1`, `${all.host}/b:v1`],
        ['tags', `${all.host}/none`],
        ['login', '-u', 'ann', '-p', password, all.host],
        ['delete', `${all.host}/app:v1`],
      ];
      const told: string[] = [];
      for (const line of lines) {
        for (const form of ['text', 'json']) {
          for (const progress of ['plain', 'json']) {
            const common = ['--debug', '--format', form, '--progress', progress];
            const { stdout, stderr } = await all.run([...line, ...common]);
            all.registry.faults.add({ match: { path: /manifests|tags|v2\/$/ }, action: echo as never });
            const failed = await all.run([...line, ...common]);
            all.registry.faults.clear();
            told.push(stdout, stderr, failed.stdout, failed.stderr);
          }
        }
      }
      const text = told.join('');
      assertNoSecret(text);
      for (const { token } of all.registry.tokenRequests) assert.ok(token === undefined || !text.includes(token));
      assert.match(text, /debug: GET http:\/\/127\.0\.0\.1:\d+\/v2\/.* 200\n/);
      assert.match(text, /"kind":"request","method":"GET"/);
    }
  });
});
