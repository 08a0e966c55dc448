/** serve on the command line. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { hash } from 'bcryptjs';
import { generate } from 'selfsigned';
import { file, imageOf, layerOf, writeLayout } from '../../src/testing/index.ts';
import { assertDocumented, type Places, places, until } from './places.ts';
import { cli, type CliResult, Sink, spawnCli } from './run-cli.ts';

const image = imageOf([layerOf([file('a', 'text')])]);

void describe('serve', () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    void it(`prints where it is, serves, and ends at ${signal} with ${code}`, async (t) => {
      const all = await places(t);
      const layout = path.join(all.directory, 'layout');
      writeLayout(layout, { 'app:v1': image });
      const child = spawnCli(['serve', '--addr', '127.0.0.1:0', layout]);
      const said = heard(child);
      const [, host = ''] = await until(
        () => said.stdout,
        /^serving \S+ at http:\/\/(127\.0\.0\.1:\d+); stop with Ctrl-C\n$/,
      );
      assert.equal((await all.done(['digest', `${host}/app:v1`])).stdout, `${image.digest}\n`);
      await all.done(['copy', `${host}/app:v1`, `${host}/new:v2`]);
      child.kill(signal);
      await once(child, 'close');
      assert.deepEqual([child.exitCode, said.stderr], [code, '']);
      assert.equal((await all.done(['tags', `oci:${layout}`])).stdout, 'app:v1\nnew:v2\n');
    });
  }

  void it('makes the layout, which is the local store unless one is named', async (t) => {
    const all = await places(t);
    await serving(all, [], async (host) => {
      await all.done(['push', `oci:${seeded(all)}:v1`, `${host}/app:v1`]);
      const { images } = await all.json<{ images: { name: string }[] }>(['store', 'ls']);
      assert.deepEqual(
        images.map(({ name }) => name),
        ['app:v1'],
      );
    });
  });

  void it('prints the URL alone with -q, one object with --format json', async (t) => {
    const all = await places(t);
    const quiet = await serving(all, ['-q', all.directory + '/q'], async () => {});
    assert.match(quiet.stdout, /^http:\/\/127\.0\.0\.1:\d+\n$/);
    const argv = ['--format', 'json', `${all.directory}/j`];
    const { stdout } = await serving(all, argv, async () => {});
    const result = JSON.parse(stdout) as { url: string; host: string; port: number; directory: string };
    assertDocumented(['serve'], result);
    assert.deepEqual(result, {
      url: `http://127.0.0.1:${result.port}`,
      host: '127.0.0.1',
      port: result.port,
      directory: `${all.directory}/j`,
    });
  });

  void it('lets in who has the password or the token, and shows neither', async (t) => {
    const all = await places(t);
    const htpasswd = path.join(all.directory, 'users');
    fs.writeFileSync(htpasswd, `ann:${await hash('pa55word', 4)}\n`);
    const argv = ['--debug', '--htpasswd', htpasswd, `${all.directory}/l`];
    const env = { HOLDFAST_TOKEN: 'tok3n-text' };
    const served = await serving(
      all,
      argv,
      async (host) => {
        await all.fails(5, ['catalog', host]);
        await all.done(['login', '-u', 'ann', '-p', 'pa55word', host]);
        await all.done(['push', `oci:${seeded(all)}:v1`, `${host}/app:v1`]);
        await all.done(['login', '-u', 'me', '-p', 'tok3n-text', host]);
        assert.equal((await all.done(['catalog', host])).stdout, 'app\n');
        await all.fails(5, ['login', '-u', 'me', '-p', 'other', host]);
      },
      env,
    );
    assert.match(served.stderr, /debug: 127\.0\.0\.1 GET \/v2\/ 401 /);
    assert.match(served.stderr, /debug: 127\.0\.0\.1 PUT \/v2\/app\/manifests\/v1 201 /);
    assert.doesNotMatch(served.stderr + served.stdout, /pa55word|tok3n-text|Authorization|YW5uOnBhNTV3b3Jk/);
  });

  void it('refuses to change a layout that is read only', async (t) => {
    const all = await places(t);
    const layout = seeded(all);
    await serving(all, ['--read-only', layout], async (host) => {
      await all.done(['pull', `${host}/v1`]);
      assert.match(await all.fails(1, ['delete', `${host}/v1:latest`]), /REGISTRY_LACKS/);
      await all.run(['push', `oci:${layout}:v1`, `${host}/app:v1`]);
      assert.equal((await all.done(['tags', `oci:${layout}`])).stdout, 'v1\n');
    });
  });

  void it('speaks https', async (t) => {
    const all = await places(t);
    const { cert, private: key } = await generate([{ name: 'commonName', value: '127.0.0.1' }]);
    const [certFile, keyFile] = [path.join(all.directory, 'cert.pem'), path.join(all.directory, 'key.pem')];
    fs.writeFileSync(certFile, cert);
    fs.writeFileSync(keyFile, key);
    await serving(all, ['--tls-cert', certFile, '--tls-key', keyFile, seeded(all)], async (host) => {
      assert.equal((await all.done(['catalog', '--insecure', host])).stdout, 'v1\n');
    });
  });

  void it('warns when others can reach it', async (t) => {
    const all = await places(t);
    const { stderr } = await serving(all, ['--addr', '0.0.0.0:0', `${all.directory}/l`], async () => {});
    assert.match(stderr, /^warning: everybody who reaches 0\.0\.0\.0 may pull from, push to and delete from/);
  });

  void it('says what is wrong before it listens', async (t) => {
    const all = await places(t);
    const busy = all.host;
    fs.writeFileSync(path.join(all.directory, 'file'), 'x');
    const cases: readonly (readonly [number, readonly string[], RegExp])[] = [
      [2, ['--addr', ':5000'], /names no host.*\nhint: 127\.0\.0\.1:5000 is for this machine only/],
      [2, ['--tls-cert', 'x'], /--tls-cert and --tls-key go together/],
      [8, ['--tls-cert', '/nowhere', '--tls-key', '/nowhere'], /read "\/nowhere": ENOENT/],
      [8, ['--addr', busy, `${all.directory}/l`], /EADDRINUSE.*\nhint: another program listens there already/],
      [8, ['/proc/nowhere'], /mkdir "\/proc\/nowhere": ENOENT/],
      [9, [all.directory], /STORE_INVALID/],
    ];
    for (const [code, argv, said] of cases) {
      assert.match(await all.fails(code, ['serve', '--addr', '127.0.0.1:0', ...argv]), said);
    }
  });
});

function seeded({ directory }: Places): string {
  const layout = path.join(directory, 'seeded');
  writeLayout(layout, { v1: image });
  return layout;
}

/** Serves in this process while `use` runs; gives what it said in all. */
async function serving(
  all: Places,
  argv: readonly string[],
  use: (host: string) => Promise<void>,
  env: Readonly<Record<string, string>> = {},
): Promise<CliResult> {
  const signals = new EventEmitter();
  const stdout = new Sink(false);
  const running = cli(['serve', '--addr', '127.0.0.1:0', ...argv], {
    env: { ...all.env, ...env },
    signals,
    stdout,
  });
  const [, host = ''] = await Promise.race([
    until(() => stdout.text, /https?:\/\/([^\s;",]+)/),
    running.then(({ stderr }) => assert.fail(stderr)),
  ]);
  try {
    await use(host.replace('0.0.0.0', '127.0.0.1'));
  } finally {
    signals.emit('SIGINT', 'SIGINT');
  }
  const result = await running;
  assert.equal(result.code, 130, result.stderr);
  return result;
}

function heard(child: ChildProcess): { readonly stdout: string; readonly stderr: string } {
  const texts = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (texts.stdout += String(chunk)));
  child.stderr?.on('data', (chunk: Buffer) => (texts.stderr += String(chunk)));
  return texts;
}
