/** probe and append-probe on the command line. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { file, imageOf, layerOf, writeLayout } from '../../src/testing/index.ts';
import { fillDirectory, token } from '../probe/probing.ts';
import { assertDocumented, type Places, places, until } from './places.ts';
import { cli, type CliResult, Sink, spawnCli } from './run-cli.ts';

void describe('probe', () => {
  void it('prints where it is, tells the tree, and ends at SIGTERM with 143', async (t) => {
    const all = await places(t);
    const root = path.join(all.directory, 'root');
    fs.mkdirSync(root);
    fillDirectory(root);
    const tokenFile = path.join(all.directory, 'token');
    fs.writeFileSync(tokenFile, `${token}\n`);
    const child = spawnCli(['probe', '--addr', '127.0.0.1:0', '--root', root, '--token-file', tokenFile, '--debug']);
    let [stdout, stderr] = ['', ''];
    child.stdout?.on('data', (chunk: Buffer) => (stdout += String(chunk)));
    child.stderr?.on('data', (chunk: Buffer) => (stderr += String(chunk)));
    const [, url = ''] = await until(
      () => stdout,
      /^serving the tree of \S+ at (http:\/\/127\.0\.0\.1:\d+); stop with Ctrl-C\n$/,
    );
    await all.done(['diff', '--token-file', tokenFile, root, url]);
    fs.rmSync(path.join(root, 'a/link'));
    const changed = await all.run(['diff', '--token-file', tokenFile, root, url]);
    assert.equal(changed.code, 0, changed.stderr);
    child.kill('SIGTERM');
    await once(child, 'close');
    assert.equal(child.exitCode, 143);
    assert.match(stderr, /debug: 127\.0\.0\.1 GET \/v1\/tree 200 \d+ lines/);
    assert.ok(!(stdout + stderr).includes(token));
  });

  void it('is a tree for verify, by the token of the environment', async (t) => {
    const all = await places(t);
    const root = path.join(all.directory, 'root');
    const layout = layoutOf(all);
    await all.done(['unpack', '--no-record', `oci:${layout}:app`, root]);
    await serving(all, ['--root', root], async (url) => {
      await all.done(['verify', `oci:${layout}:app`, url]);
      fs.appendFileSync(path.join(root, 'a'), 'damaged');
      const { code, stdout } = await all.run(['verify', `oci:${layout}:app`, url]);
      assert.equal(code, 3, stdout);
    });
  });

  void it('prints the URL alone with -q, one object with --format json, the write test included', async (t) => {
    const all = await places(t);
    const quiet = await serving(all, ['-q', '--root', all.directory], async () => {});
    assert.match(quiet.stdout, /^http:\/\/127\.0\.0\.1:\d+\n$/);
    const argv = ['--format', 'json', '--root', all.directory, '--write-test', all.directory];
    const { stdout } = await serving(all, argv, async () => {});
    const result = JSON.parse(stdout) as { readonly writeTest: { readonly link: boolean } };
    assertDocumented(['probe'], result);
    assert.equal(result.writeTest.link, true);
    const text = await serving(all, ['--root', all.directory, '--write-test', all.directory], async () => {});
    assert.match(text.stdout, /hard links can be made +yes\n.*are one file when written +yes\n/);
  });

  void it('prints the lines for a shell, and needs no token for that', async (t) => {
    const all = await places(t);
    const { stdout } = await all.done(['probe', '--print-find', '--root', '/srv']);
    assert.match(stdout, /cd "\/srv" .*find \. -xdev -printf .*\n#.*\n.*cd "\/srv" .*sha256sum -z .*\n/);
    const json = await all.done(['probe', '--print-find', '--format', 'json']);
    assert.deepEqual(Object.keys(JSON.parse(json.stdout) as object), ['listing', 'digests', 'reduced']);
    const quiet = await all.done(['probe', '-q', '--print-find']);
    assert.equal(quiet.stdout.split('\n').length, 2);
  });

  void it('warns when others can reach it', async (t) => {
    const all = await places(t);
    const { stderr } = await serving(all, ['--addr', '0.0.0.0:0', '--root', all.directory], async () => {});
    assert.match(stderr, /^warning: the token and the tree cross the network unencrypted/);
  });

  void it('says what is wrong before it listens', async (t) => {
    const all = await places(t);
    assert.match(await all.fails(2, ['probe']), /needs a token.*\nhint: make one with: openssl rand -hex 32/);
    const short = path.join(all.directory, 'short');
    fs.writeFileSync(short, 'secret\n');
    const said = await all.fails(2, ['probe', '--token-file', short]);
    assert.match(said, /shorter than 24/);
    assert.doesNotMatch(said, /secret/);
    assert.match(await all.fails(4, ['probe', '--token-file', '/proc/nowhere']), /there is no such file/);
  });
});

void describe('append-probe', () => {
  void it('says what is wrong', async (t) => {
    const all = await places(t);
    await all.fails(2, ['append-probe', 'oci:x:y']);
    await all.fails(4, ['append-probe', `oci:${all.directory}/none:x`, `oci:${all.directory}/out:x`]);
  });
});

function layoutOf({ directory }: Places): string {
  const layout = path.join(directory, 'layout');
  writeLayout(layout, { app: imageOf([layerOf([file('a', 'text')])]) });
  return layout;
}

/** Probes in this process while `use` runs; gives what it said in all. */
async function serving(all: Places, argv: readonly string[], use: (url: string) => Promise<void>): Promise<CliResult> {
  const signals = new EventEmitter();
  const stdout = new Sink(false);
  Object.assign(all.env, { HOLDFAST_PROBE_TOKEN: token });
  const running = cli(['probe', '--addr', '127.0.0.1:0', ...argv], { env: all.env, signals, stdout });
  const [url = ''] = await Promise.race([
    until(() => stdout.text, /http:\/\/[^\s;",]+/),
    running.then(({ stderr }) => assert.fail(stderr)),
  ]);
  try {
    await use(url.replace('localhost', '127.0.0.1'));
  } finally {
    signals.emit('SIGINT', 'SIGINT');
  }
  const result = await running;
  assert.equal(result.code, 130, result.stderr);
  return result;
}
