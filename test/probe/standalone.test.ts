/** The one-file build as a program of its own. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { assertSameTree, listingOfDirectory } from '../cases/index.ts';
import { scratch } from '../unpack/scratch.ts';
import { buildProbe, probeIn } from './build-probe.ts';
import { fillDirectory, listingOfOpen, probed, token } from './probing.ts';

void describe('the one-file probe', () => {
  void it('is built the same every time', (t) => {
    const [one, two] = [buildProbe(scratch(t)), buildProbe(scratch(t))];
    assert.ok(fs.readFileSync(one).equals(fs.readFileSync(two)));
  });

  void it('holds nothing of images and registries', (t) => {
    const text = fs.readFileSync(probeIn(scratch(t)), 'utf8');
    const folders = new Set([...text.matchAll(/^\/\/ src\/([\w-]+)\//gm)].map(([, folder = '']) => folder));
    const light = ['base', 'host', 'listening', 'pool', 'probe', 'scan', 'tree', 'tree-stream'];
    assert.deepEqual(
      [...folders].filter((folder) => !light.includes(folder)),
      [],
    );
    assert.ok(folders.has('probe'));
  });

  void it('tells the tree, without xattrs where koffi is not at hand, and says so', async (t) => {
    const root = scratch(t);
    fillDirectory(root);
    const { url, said } = await started(t, ['--root', root]);
    const tree = await probed(t, url);
    assert.equal(tree.facts.xattrs, false);
    const expected = listingOfDirectory(root);
    for (const [name, facts] of expected)
      (expected as Map<typeof name, typeof facts>).set(name, { ...facts, xattrs: [] });
    assertSameTree(await listingOfOpen(tree), expected);
    assert.match(said.stderr, /^note: without koffi there are no xattrs/);
  });

  void it('sees xattrs where koffi stands beside it', async (t) => {
    const root = scratch(t);
    const beside = scratch(t);
    fs.symlinkSync(path.resolve('node_modules'), path.join(beside, 'node_modules'));
    const { url } = await started(t, ['--root', root], beside);
    assert.notEqual((await probed(t, url)).facts.xattrs, false);
  });

  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const) {
    void it(`ends at ${signal} with ${code}, and prints no token`, async (t) => {
      const { child, url, said } = await started(t, ['--root', scratch(t), '--debug']);
      await probed(t, url);
      child.kill(signal);
      await once(child, 'close');
      assert.equal(child.exitCode, code);
      assert.match(said.stderr, /debug: 127\.0\.0\.1 GET \/v1\/tree 200 1 lines/);
      assert.ok(!(said.stderr + said.stdout).includes(token));
    });
  }

  void it('takes the token from a file', async (t) => {
    const file = path.join(scratch(t), 'token');
    fs.writeFileSync(file, `${token}\n`);
    const { url } = await started(t, ['--root', scratch(t), '--token-file', file], undefined, {});
    assert.equal((await probed(t, url)).tree.root.kind, 'directory');
  });

  void it('says what is wrong, and does not start', (t) => {
    const program = probeIn(scratch(t));
    const cases: readonly (readonly [code: number, argv: readonly string[], env: object, said: RegExp])[] = [
      [2, [], {}, /needs a token.*\[USAGE\]\nhint: make one/],
      [2, [], { HOLDFAST_PROBE_TOKEN: 'short' }, /shorter than 24 characters/],
      [2, ['--nonsense'], {}, /nonsense/],
      [2, ['--addr', 'x'], { HOLDFAST_PROBE_TOKEN: token }, /not an address/],
      [2, ['--entries-per-second', '0'], { HOLDFAST_PROBE_TOKEN: token }, /not a whole number/],
      [4, ['--root', '/proc/nowhere'], { HOLDFAST_PROBE_TOKEN: token }, /no such directory/],
      [4, ['--token-file', '/proc/nowhere'], {}, /no such file.*FILE_NOT_FOUND/],
      [8, ['--write-test', '/proc'], { HOLDFAST_PROBE_TOKEN: token }, /HOST_REFUSED/],
    ];
    for (const [code, argv, env, said] of cases) {
      const done = spawnSync(process.execPath, [program, ...argv], {
        env: { ...env },
        encoding: 'utf8',
        timeout: 10_000,
      });
      assert.match(done.stderr, said);
      assert.equal(done.status, code, done.stderr);
    }
    assert.match(execFileSync(process.execPath, [program, '--help'], { encoding: 'utf8' }), /--token-file FILE/);
  });
});

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
  readonly said: { stdout: string; stderr: string };
}

async function started(
  t: TestContext,
  argv: readonly string[],
  directory = scratch(t),
  env: Readonly<Record<string, string>> = { HOLDFAST_PROBE_TOKEN: token },
): Promise<Started> {
  const words = [probeIn(directory), '--addr', '127.0.0.1:0', ...argv];
  const child = spawn(process.execPath, words, { env });
  t.after(() => child.kill('SIGKILL'));
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (said.stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (said.stderr += String(chunk)));
  for (let attempt = 0; attempt < 500 && child.exitCode === null; attempt++) {
    const [, url] = /at (http:\/\/\S+)\n/.exec(said.stdout) ?? [];
    if (url !== undefined) return { child, url, said };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return assert.fail(said.stderr);
}
