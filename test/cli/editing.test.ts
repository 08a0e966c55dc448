import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { file, imageOf, indexOf, layerOf, whiteout } from '../../src/testing/index.ts';
import { layout, scratch } from '../inspect/example.ts';
import { cli, type CliResult } from './run-cli.ts';

const base = layerOf([file('a', 'a')]);
const one = imageOf([base], { config: { Env: ['A=1'] } });
const both = indexOf([one, imageOf([base], { platform: 'linux/arm64' })]);

interface Config {
  readonly created: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly history: readonly Readonly<Record<string, unknown>>[];
}

async function configOf(reference: string): Promise<Config> {
  return JSON.parse((await cli(['config', reference])).stdout) as Config;
}

function assertDone({ code, stderr }: CliResult): void {
  assert.equal(code, 0, stderr);
}

void describe('holdfast mutate', () => {
  void it('changes what its options say, and tells what it made', async (t) => {
    const [source, target] = [layout(t, { v1: one }), `oci:${path.join(scratch(t), 'out')}:v2`];
    const flags = ['--label', 'a=b=c', '--env', 'B=', '--unset-env', 'A', '--port', '80', '--cmd', `sh -c 'a  b'`];
    const result = await cli(['mutate', ...flags, source, target]);
    assertDone(result);
    const [first = '', digest = ''] = result.stdout.split('\n');
    assert.equal(first, `mutated ${source} into ${target}`);
    assert.match(digest, /^digest {4}sha256:[0-9a-f]{64}$/);
    const { config, history } = await configOf(target);
    assert.deepEqual(config, {
      Env: ['B='],
      Cmd: ['sh', '-c', 'a  b'],
      Labels: { a: 'b=c' },
      ExposedPorts: { '80/tcp': {} },
    });
    assert.equal(
      history.at(-1)?.['created_by'],
      `holdfast mutate --label a=b=c --unset-env A --env B= --cmd '["sh","-c","a  b"]' --port 80`,
    );
  });

  void it('prints only the digest, or everything as JSON', async (t) => {
    const [source, target] = [layout(t, { v1: both }), `oci:${path.join(scratch(t), 'out')}:v2`];
    const quiet = await cli(['mutate', '-q', '--all', '--label', 'a=b', source, target]);
    assert.match(quiet.stdout, /^sha256:[0-9a-f]{64}\n$/);
    const json = await cli(['mutate', '--format', 'json', '--all', '--label', 'a=b', source, target]);
    const result = JSON.parse(json.stdout) as Record<string, unknown>;
    assert.equal(`${String(result['digest'])}\n`, quiet.stdout);
    assert.equal(result['sourceDigest'], both.digest);
    assert.equal((result['images'] as unknown[]).length, 2);
    const text = await cli(['mutate', '--all', '--label', 'a=b', source, target]);
    assert.match(text.stdout, /^image {3}linux\/arm64 sha256:[0-9a-f]{64}, 1 layer$/m);
  });

  void it('takes the time from SOURCE_DATE_EPOCH, unless it is told one', async (t) => {
    const [source, target] = [layout(t, { v1: one }), `oci:${path.join(scratch(t), 'out')}:v2`];
    const env = { SOURCE_DATE_EPOCH: '1700000000' };
    assertDone(await cli(['mutate', '--label', 'a=b', source, target], { env }));
    assert.equal((await configOf(target)).created, '2023-11-14T22:13:20Z');
    assert.equal((await configOf(target)).history.at(-1)?.['created'], '2023-11-14T22:13:20Z');
    assertDone(await cli(['mutate', '--created', '2020-01-01T00:00:00Z', source, target], { env }));
    assert.equal((await configOf(target)).created, '2020-01-01T00:00:00Z');
    const wrong = await cli(['mutate', source, target], { env: { SOURCE_DATE_EPOCH: 'now' } });
    assert.deepEqual(
      [wrong.code, wrong.stderr],
      [2, 'error: SOURCE_DATE_EPOCH: "now" is not a number of seconds [USAGE]\n'],
    );
  });

  void it('writes an archive to stdout and keeps what it says out of it', async (t) => {
    const source = layout(t, { v1: one });
    const { code, bytes, stderr } = await cli(['mutate', '--label', 'a=b', source, 'oci-archive:-:v1']);
    assert.equal(code, 0);
    assert.match(stderr, /^mutated .*\ndigest/m);
    const { stdout } = await cli(['config', 'oci-archive:-'], { stdin: bytes });
    assert.match(stdout, /"Labels":\{"a":"b"\}/);
    const terminal = await cli(['mutate', source, 'oci-archive:-'], { isTerminal: true });
    assert.equal(terminal.code, 2);
  });

  for (const [flag, value, problem] of [
    ['--label', 'novalue', '"novalue" is not NAME=VALUE'],
    ['--env', '=x', '"=x" is not NAME=VALUE'],
    ['--cmd', '["a", 1]', String.raw`"[\"a\", 1]" is not a JSON array of texts`],
    ['--cmd', `a 'b`, `"a 'b" has a quote or a backslash without its end`],
    ['--workdir', 'a', '"a" is not an absolute path, which a working directory needs'],
  ] as const) {
    void it(`refuses ${flag} ${value}`, async (t) => {
      const { code, stderr } = await cli(['mutate', flag, value, layout(t, { v1: one }), 'oci:nowhere:x']);
      assert.equal(code, 2);
      assert.ok(stderr.includes(problem) || stderr.includes(problem.replaceAll('\\"', '"')), stderr);
    });
  }

  void it('splits words as a shell does', async (t) => {
    const [source, target] = [layout(t, { v1: one }), `oci:${path.join(scratch(t), 'out')}:v2`];
    const words = String.raw`a "b \" $c \x" d\ e'f'"" '' --g`;
    assertDone(await cli(['mutate', '--entrypoint', words, source, target]));
    assert.deepEqual((await configOf(target)).config['Entrypoint'], ['a', String.raw`b " $c \x`, 'd ef', '', '--g']);
    assertDone(await cli(['mutate', '--entrypoint', '', target, target]));
    assert.equal((await configOf(target)).config['Entrypoint'], undefined);
  });
});

void describe('holdfast flatten', () => {
  const two = imageOf([base, layerOf([file('b', 'b')]), layerOf([whiteout('b'), file('c', 'c')])]);

  void it('merges all layers, or some of them', async (t) => {
    const [source, target] = [layout(t, { v1: two }), `oci:${path.join(scratch(t), 'out')}:v2`];
    const result = await cli(['flatten', source, target]);
    assertDone(result);
    assert.match(result.stdout, /^flattened .*\n(.*\n)*layers {4}1$/m);
    assert.equal((await cli(['ls', target])).stdout, 'a\nc\n');
    assertDone(await cli(['flatten', '--last', '2', '--compression', 'zstd', source, target]));
    assert.equal((await cli(['ls', '--layer', '2', target])).stdout, 'c\n');
    const { config, history } = await configOf(target);
    assert.deepEqual(config, {});
    assert.equal(history.at(-1)?.['created_by'], 'holdfast flatten --from-layer 2');
  });

  void it('refuses what makes no sense', async (t) => {
    const source = layout(t, { v1: two });
    for (const flags of [
      ['--last', '4'],
      ['--from-layer', '1', '--last', '1'],
      ['--compression', 'lzma'],
      ['--last', '0'],
    ]) {
      assert.equal((await cli(['flatten', ...flags, source, `oci:${scratch(t)}/at/all:x`])).code === 0, false);
    }
    const { code, stderr } = await cli(['flatten', '--from-layer', '4', source, `oci:${path.join(scratch(t), 'o')}:x`]);
    assert.equal(code, 2);
    assert.equal(
      stderr.split('\n').slice(-3).join('\n'),
      'error: there is no layer 4 [USAGE]\nhint: the image for linux/amd64 has 3, counted from 1 at the bottom\n',
    );
  });
});

void describe('holdfast append', () => {
  const app = layerOf([file('app', '1')]);

  void it('puts files and stdin on an image', async (t) => {
    const [source, directory] = [layout(t, { v1: one }), scratch(t)];
    const [tar, target] = [path.join(directory, 'app.tar.gz'), `oci:${directory}/out:v2`];
    fs.writeFileSync(tar, app.bytes);
    const result = await cli(['append', '--new-layer', tar, '--new-layer', '-', source, target], { stdin: app.tar });
    assertDone(result);
    assert.match(result.stdout, /^extended .*\n(.*\n)*layers {4}3$/m);
    assert.equal((await cli(['ls', target])).stdout, 'a\napp\n');
    const { history } = await configOf(target);
    assert.deepEqual(
      history.slice(1).map((step) => step['created_by']),
      ['holdfast append --new-layer app.tar.gz', 'holdfast append --new-layer -'],
    );
  });

  void it('needs layers', async (t) => {
    const { code, stderr } = await cli(['append', layout(t, { v1: one }), 'oci:nowhere:x']);
    assert.deepEqual(
      [code, stderr],
      [2, 'error: there is nothing to append [USAGE]\nhint: name tars or directories with --new-layer\n'],
    );
  });
});

void describe('holdfast rebase', () => {
  const [old, fresh, app] = ['old', 'new', 'app'].map((name) => layerOf([file(name, '1')]));

  void it('swaps the base', async (t) => {
    assert.ok(old && fresh && app);
    const source = layout(t, { app: imageOf([old, app]), old: imageOf([old]), new: imageOf([fresh]) });
    const target = `oci:${path.join(scratch(t), 'out')}:v2`;
    const bases = ['--old-base', `${source}:old`, '--new-base', `${source}:new`];
    const result = await cli(['rebase', ...bases, `${source}:app`, target]);
    assertDone(result);
    assert.match(result.stdout, /^rebased .*\ndigest {4}sha256/m);
    assert.equal((await cli(['ls', target])).stdout, 'app\nnew\n');
  });

  void it('says which layer is not that of the base, and how to name it', async (t) => {
    assert.ok(old && fresh && app);
    const source = layout(t, { app: imageOf([old, app]), other: imageOf([fresh]) });
    const bases = ['--old-base', `${source}:other`, '--new-base', `${source}:other`];
    const wrong = await cli(['rebase', ...bases, `${source}:app`, `oci:${scratch(t)}:x`]);
    assert.equal(wrong.code, 1);
    const said = `error: the image is not built on "${source}:other": layer 1 of that is ${fresh.digest}, the image has ${old.digest} [BASE_MISMATCH]`;
    assert.ok(wrong.stderr.includes(said), wrong.stderr);
    const unknown = await cli(['rebase', `${source}:app`, `oci:${scratch(t)}:x`]);
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /does not say on what it was built \[BASE_UNKNOWN\]\nhint: .*--old-base/);
  });
});
