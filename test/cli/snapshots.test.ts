import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { commandTable } from '../../src/cli/index.ts';
import { directory, file, hardlink, imageOf, indexOf, layerOf, symlink } from '../../src/testing/index.ts';
import { layout, scratch } from '../inspect/example.ts';
import { isRoot } from '../unpack/scratch.ts';
import { cli } from './run-cli.ts';

const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
const root = directory('./', own);
const base = layerOf([
  root,
  directory('etc/', own),
  file('etc/passwd', 'root', own),
  file('git', 'git', own),
  hardlink('git-log', 'git', own),
  symlink('link', 'git', own),
]);
const image = imageOf([base]);
const top = layerOf([file('etc/passwd', 'toor', own), file('new', 'new', own)]);

async function done(argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await cli(argv);
  assert.equal(code, 0, stderr);
  return stdout;
}

/** What a command with JSON output says, whose keys must be the documented ones. */
async function json(argv: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const value = JSON.parse((await cli([...argv, '--format', 'json'])).stdout) as Readonly<Record<string, unknown>>;
  const documented = commandTable.find(({ name }) => name === argv[0])?.json ?? '';
  for (const key of Object.keys(value)) assert.ok(documented.includes(`"${key}"`), `${key} is not documented`);
  return value;
}

/** An image, and a directory that it was unpacked into. */
async function unpacked(t: TestContext) {
  const reference = layout(t, { v1: image, v2: imageOf([base, top]), all: indexOf([image]) }).replace(/:v1$/, '');
  const [layoutPath] = reference.split(':v1');
  const source = `${layoutPath}:v1`;
  const target = path.join(scratch(t), 'root');
  await done(['unpack', source, target]);
  return { source, other: `${layoutPath}:v2`, target };
}

void describe('holdfast diff', { skip: !isRoot && 'owners are those of root' }, () => {
  void it('lists what changed, and says so with its exit code', async (t) => {
    const { source, other } = await unpacked(t);
    const { code, stdout } = await cli(['diff', source, other]);
    assert.equal(code, 3);
    assert.equal(stdout, 'C etc/passwd  content\nA new\n');
    assert.deepEqual(await cli(['diff', '-q', source, other]).then(({ code, stdout }) => [code, stdout]), [3, '']);
    const same = await cli(['diff', source, source]);
    assert.deepEqual([same.code, same.stdout], [0, '']);
  });

  void it('tells modes, owners, times, kinds and links', async (t) => {
    const { source, target } = await unpacked(t);
    fs.chmodSync(path.join(target, 'etc'), 0o700);
    fs.lchownSync(path.join(target, 'link'), 1, 2);
    fs.rmSync(path.join(target, 'git-log'));
    fs.linkSync(path.join(target, 'git'), path.join(target, 'etc/git'));
    for (const name of ['etc', '.']) fs.utimesSync(path.join(target, name), 5, 1_700_000_000);
    const { stdout } = await cli(['diff', source, target]);
    assert.equal(
      stdout,
      [
        'C etc/  mode 0755 -> 0700',
        'A etc/git',
        'D git-log',
        'C link  owner 0:0 -> 1:2',
        'L etc/git = git',
        'U git = git-log',
        '',
      ].join('\n'),
    );
    const { changes, linked, unlinked } = await json(['diff', source, target]);
    assert.deepEqual([linked, unlinked], [[['etc/git', 'git']], [['git', 'git-log']]]);
    assert.deepEqual((changes as readonly unknown[])[0], {
      path: 'etc',
      change: 'changed',
      kind: 'directory',
      aspects: ['mode'],
      before: { mode: '0755' },
      after: { mode: '0700' },
    });
  });

  void it('writes the layer, which gives the second tree over the first', async (t) => {
    const { source, other } = await unpacked(t);
    const [work, next] = [scratch(t), `oci:${path.join(scratch(t), 'next')}:x`];
    for (const [name, first] of [
      ['a.tar', /^\.\//],
      ['a.tar.gz', /^\x1f\x8b/],
      ['a.tar.zst', /^\x28\xb5/],
    ] as const) {
      const output = path.join(work, name);
      await done(['diff', source, other, '-o', output]);
      assert.match(fs.readFileSync(output, 'latin1').slice(0, 4), first);
      await done(['append', '--new-layer', output, source, next]);
      assert.equal(await done(['diff', next, other]), '');
    }
    assert.deepEqual(fs.readdirSync(work), ['a.tar', 'a.tar.gz', 'a.tar.zst']);
    const piped = await cli(['diff', source, other, '-o', '-']);
    assert.ok(piped.bytes.equals(fs.readFileSync(path.join(work, 'a.tar'))));
  });

  void it('reads stdin for one tree only', async () => {
    for (const command of ['diff', 'verify']) {
      const { code, stderr } = await cli([command, 'tar:-', 'oci-archive:-:v1']);
      assert.equal(code, 2);
      assert.equal(stderr, 'error: "tar:-" and "oci-archive:-:v1": stdin can only be read once [USAGE]\n');
    }
  });

  void it('refuses a terminal and a state of what has none', async (t) => {
    const { source, target } = await unpacked(t);
    assert.equal((await cli(['diff', source, target, '-o', '-'], { isTerminal: true })).code, 2);
    const { code, stderr } = await cli(['diff', '--at-layer', '1', target, target]);
    assert.equal(code, 2);
    assert.match(stderr, /is no image/);
    assert.equal((await cli(['diff', '--at-layer', '0', source, target])).code, 3);
    assert.equal((await cli(['diff', source, path.join(target, 'nothing')])).code, 4);
  });
});

void describe('holdfast snapshot', { skip: !isRoot && 'owners are those of root' }, () => {
  void it('writes what changed, and tells what it left out', async (t) => {
    const { source, target } = await unpacked(t);
    fs.writeFileSync(path.join(target, 'new'), 'new');
    fs.writeFileSync(path.join(target, 'etc/cache'), 'cache');
    const output = path.join(scratch(t), 'layer.tar');
    const argv = ['snapshot', '--base', source, target, '-o', output];
    const { isEmpty, record, layer } = await json([...argv, '--ignore', 'etc']);
    assert.deepEqual([isEmpty, record], [false, 'used']);
    assert.equal(await done([...argv, '-q', '--ignore', 'etc']), `${(layer as { readonly digest: string }).digest}\n`);
    const { stdout, stderr } = await cli([...argv, '--ignore', '/etc/', '--exact']);
    assert.match(stdout, /^wrote what changed in .*\n.*\nchanges {3}1 added, 1 changed\n/);
    assert.match(stderr, /note: 1 path of the base counted as unchanged: etc\n/);
  });

  void it('says what it needs', async () => {
    assert.match((await cli(['snapshot', 'x', '-o', 'y'])).stderr, /^error: --base TREE is missing/);
    assert.match((await cli(['snapshot', '--base', 'x', 'y'])).stderr, /^error: -o LAYER.tar is missing/);
  });
});

void describe('holdfast commit', { skip: !isRoot && 'owners are those of root' }, () => {
  void it('makes an image whose tree is what stands there, over the very layers of the base', async (t) => {
    const { source, target } = await unpacked(t);
    fs.writeFileSync(path.join(target, 'new'), 'new');
    fs.rmSync(path.join(target, 'etc'), { recursive: true });
    const next = `oci:${path.join(scratch(t), 'next')}:x`;
    const { isEmpty, images } = await json(['commit', '--base', source, '--history', 'did it', target, next]);
    const layers = (images as readonly { readonly layers: readonly Readonly<Record<string, string>>[] }[])[0]?.layers;
    assert.deepEqual([isEmpty, layers?.map(({ origin }) => origin)], [false, ['kept', 'written']]);
    assert.equal(layers?.[0]?.['digest'], base.digest);
    assert.equal(await done(['diff', next, target]), '');
    const { history, created } = JSON.parse(await done(['config', next])) as Record<string, unknown>;
    const added = { created: '2023-11-14T22:13:20Z', created_by: 'did it' };
    assert.deepEqual([(history as readonly unknown[])[1], created], [added, added.created]);
    const again = `oci:${path.join(scratch(t), 'again')}:x`;
    assert.equal(
      await done(['commit', '-q', '--base', source, '--history', 'did it', target, again]),
      await done(['digest', next]),
    );
  });

  void it('takes its time from the environment, and says what the base was', async (t) => {
    const { source, target } = await unpacked(t);
    fs.writeFileSync(path.join(target, 'new'), 'new');
    const next = `oci:${path.join(scratch(t), 'next')}:x`;
    const argv = ['commit', '--base', source, '--set-base-image-annotations', '--compression', 'zstd', target, next];
    assert.equal((await cli(argv, { env: { SOURCE_DATE_EPOCH: '5' } })).code, 0);
    const { history, created } = JSON.parse(await done(['config', next])) as Record<string, unknown>;
    const added = { created: '1970-01-01T00:00:05Z', created_by: 'holdfast commit' };
    assert.deepEqual([(history as readonly unknown[])[1], created], [added, added.created]);
    const manifest = await done(['manifest', next]);
    assert.match(manifest, /org\.opencontainers\.image\.base\.digest/);
    assert.match(manifest, /layer\.v1\.tar\+zstd/);
  });

  void it('keeps the image where nothing changed', async (t) => {
    const { source, target } = await unpacked(t);
    const next = `oci:${path.join(scratch(t), 'next')}:x`;
    assert.equal(await done(['commit', '-q', '--base', source, target, next]), `${image.digest}\n`);
  });

  void it('takes the base from stdin', async (t) => {
    const { source, target } = await unpacked(t);
    fs.writeFileSync(path.join(target, 'new'), 'new');
    const [one, other] = [`oci:${path.join(scratch(t), 'a')}:x`, `oci:${path.join(scratch(t), 'b')}:x`];
    const { bytes } = await cli(['copy', source, 'oci-archive:-']);
    const piped = await cli(['commit', '-q', '--base', 'oci-archive:-', target, one], { stdin: bytes });
    assert.equal(piped.stdout, await done(['commit', '-q', '--base', source, target, other]));
  });

  void it('refuses what is no image', async (t) => {
    const { source, target } = await unpacked(t);
    assert.match((await cli(['commit', '--base', target, target, source])).stderr, /names no image/);
    assert.match((await cli(['commit', target, source])).stderr, /--base IMAGE is missing/);
  });
});
