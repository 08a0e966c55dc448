import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { directory, dockerArchiveOf, file, hardlink, imageOf, layerOf, symlink } from '../../src/testing/index.ts';
import { example, layout, scratch } from '../inspect/example.ts';
import { cli } from './run-cli.ts';

const plain = imageOf([
  layerOf([directory('d/', { mode: 0o750 }), file('d/a', 'content'), hardlink('b', 'd/a'), symlink('s', 'd/a')]),
]);
const isRoot = process.getuid?.() === 0;
const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

void describe('holdfast unpack', () => {
  void it('makes a root file system and says what it did', async (t) => {
    const image = layout(t, { v1: plain });
    const target = path.join(scratch(t), 'out');
    const { code, stdout, stderr } = await cli([...mapped, image, target]);
    assert.equal(code, 0, stderr);
    assert.equal(
      stdout,
      `unpacked ${image} into ${target}
digest    ${plain.digest}
platform  linux/amd64
content   5 entries from 1 layer
record    ${path.join(path.dirname(target), '.out.holdfast')}
`,
    );
    assert.match(stderr, /^reading the layers\nlayer 1 \(sha256:.{12}…\): verified, \d+ bytes\nplacing the files\n/);
    assert.equal(fs.readFileSync(path.join(target, 'b'), 'utf8'), 'content');
    assert.equal(fs.statSync(path.join(target, 'b')).ino, fs.statSync(path.join(target, 'd/a')).ino);
    assert.equal(fs.readlinkSync(path.join(target, 's')), 'd/a');
  });

  void it('prints only the directory with -q', async (t) => {
    const target = path.join(scratch(t), 'out');
    const { stdout, stderr } = await cli([...mapped, '-q', layout(t, { v1: plain }), target]);
    assert.deepEqual({ stdout, stderr }, { stdout: `${target}\n`, stderr: '' });
  });

  void it('prints its result as JSON, notes included', async (t) => {
    const image = layout(t, { v1: imageOf([layerOf([file('a'), file('a', 'x')])]) });
    const target = path.join(scratch(t), 'out');
    const { stdout } = await cli([...mapped, '--format', 'json', '--no-record', image, target]);
    const { losses, notes, ...result } = JSON.parse(stdout) as Record<string, unknown>;
    assert.equal('record' in result, false);
    assert.deepEqual(result['directory'], target);
    assert.deepEqual(result['atomic'], true);
    assert.deepEqual(losses, []);
    assert.deepEqual(notes, [
      {
        code: 'DUPLICATE_ENTRY',
        message: 'the layer names this path more than once; the last entry wins',
        layer: 1,
        path: 'a',
      },
    ]);
    assert.equal(fs.existsSync(path.join(path.dirname(target), '.out.holdfast')), false);
  });

  void it('groups notes, and shows the first few paths', async (t) => {
    const names = ['a', 'b', 'c\n', 'd', 'e'];
    const image = layout(t, { v1: imageOf([layerOf([...names, ...names].map((name) => file(name)))]) });
    const { stderr } = await cli([...mapped, '--progress', 'none', image, path.join(scratch(t), 'out')]);
    assert.equal(
      stderr,
      'note: the layer names this path more than once; the last entry wins: a, b, c\\n and 2 more [DUPLICATE_ENTRY]\n',
    );
  });

  void it('lists losses before anything is lost, and takes them with --allow-lossy', async (t) => {
    const image = layout(t, { v1: imageOf([layerOf([symlink('s', 'x', { xattrs: { 'user.a': 'b' } })])]) });
    const target = path.join(scratch(t), 'out');
    const refused = await cli([...mapped, '--progress', 'none', image, target]);
    assert.equal(refused.code, 8);
    assert.match(refused.stderr, /^error: the target cannot hold .*xattr \(1, such as "s"\) \[HOST_LOSS\]\nhint: /);
    assert.equal(fs.existsSync(target), false);
    const taken = await cli([...mapped, '--progress', 'none', '--allow-lossy', image, target]);
    assert.equal(taken.code, 0);
    assert.match(taken.stderr, /^lost: xattr: s \(user\.a.*\)\n$/);
    assert.equal(fs.lstatSync(path.join(target, 's')).isSymbolicLink(), true);
  });

  void it('refuses a directory that is in use', async (t) => {
    const target = scratch(t);
    fs.writeFileSync(path.join(target, 'mine'), '');
    const { code, stderr } = await cli([...mapped, layout(t, { v1: plain }), target]);
    assert.equal(code, 1);
    assert.match(stderr, /^error: ".*" is not empty \[TARGET_OCCUPIED\]\nhint: .*\n$/);
    assert.deepEqual(fs.readdirSync(target), ['mine']);
  });

  void it('selects paths, an excluded body included', async (t) => {
    const target = path.join(scratch(t), 'out');
    const { code } = await cli([...mapped, '--exclude', 'd/a', '--exclude', 's', layout(t, { v1: plain }), target]);
    assert.equal(code, 0);
    assert.deepEqual(fs.readdirSync(target).sort(), ['b', 'd']);
    assert.equal(fs.readFileSync(path.join(target, 'b'), 'utf8'), 'content');
  });

  void it('shifts owners', async (t) => {
    const target = path.join(scratch(t), 'out');
    const ids = isRoot ? { uid: 100_000, gid: 200_000 } : own;
    const maps = ['--uid-map', `0:${ids.uid}:1`, '--gid-map', `0:${ids.gid}:1`];
    assert.equal((await cli(['unpack', ...maps, layout(t, { v1: plain }), target])).code, 0);
    const { uid, gid } = fs.statSync(path.join(target, 'b'));
    assert.deepEqual({ uid, gid }, ids);
  });

  void it('takes an archive from stdin', async (t) => {
    const target = path.join(scratch(t), 'out');
    const stdin = dockerArchiveOf({ 'app:1': plain }, { form: 'old' });
    assert.equal((await cli([...mapped, 'docker-archive:-', target], { stdin })).code, 0);
    assert.equal(fs.readFileSync(path.join(target, 'b'), 'utf8'), 'content');
  });

  void it('keeps to the limits of its flags', async (t) => {
    const image = layout(t, { v1: plain });
    for (const [flag, value] of [
      ['--max-entries', '3'],
      ['--max-depth', '1'],
      ['--max-size', '1KiB'],
    ] as const) {
      const target = path.join(scratch(t), 'out');
      const { code, stderr } = await cli([...mapped, '--progress', 'none', flag, value, image, target]);
      assert.equal(code, 7, stderr);
      assert.match(
        stderr,
        new RegExp(`\\[LIMIT_EXCEEDED\\]\nhint: if you trust the image, raise the limit with ${flag}`),
      );
      assert.equal(fs.existsSync(target), false);
    }
  });

  /** Owners of the image are whoever runs the test. */
  const mapped = ['unpack', '--uid-map', `0:${own.uid}:1`, '--gid-map', `0:${own.gid}:1`];
});

void describe('holdfast export', () => {
  void it('writes one archive to stdout', async (t) => {
    const { code, bytes, stderr } = await cli(['export', layout(t, { v1: example })]);
    assert.equal(code, 0, stderr);
    const names = execFileSync('tar', ['-t', '--quoting-style=literal', '--null', '-f', '-'], { input: bytes });
    assert.match(names.toString('latin1'), /usr\/bin\/git-log/);
  });

  void it('writes a file, and says what it did', async (t) => {
    const image = layout(t, { v1: plain });
    const archive = path.join(scratch(t), 'a.tar');
    const { stdout } = await cli(['export', image, '-o', archive]);
    const { size } = fs.statSync(archive);
    assert.equal(stdout, `exported ${image} to ${archive}\ndigest  ${plain.digest}\nsize    ${size / 1024} KiB\n`);
    assert.deepEqual((await cli(['export', '-o', '-', image])).bytes, fs.readFileSync(archive));
    assert.equal((await cli(['export', '-q', '-o', archive, image])).stdout, `${archive}\n`);
    const json = JSON.parse((await cli(['export', '--format', 'json', '-o', archive, image])).stdout) as unknown;
    assert.deepEqual(json, { file: archive, reference: image, digest: plain.digest, size, notes: [] });
  });

  void it('refuses a terminal before it reads anything', async (t) => {
    const { code, stdout, stderr } = await cli(['export', 'oci:/nowhere'], { isTerminal: true });
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /^error: refusing to write a tar archive to a terminal \[TERMINAL_REFUSED\]\nhint: /);
    const archive = path.join(scratch(t), 'a.tar');
    const image = layout(t, { v1: plain });
    assert.equal((await cli(['export', image, '-o', archive], { isTerminal: true })).code, 0);
  });

  void it('selects paths and states', async (t) => {
    const image = layout(t, { v1: example });
    const list = async (...flags: string[]): Promise<string> =>
      String(execFileSync('tar', ['-tf', '-'], { input: (await cli(['export', ...flags, image])).bytes }));
    assert.equal(await list('--include', 'usr/bin/git-*'), 'usr/\nusr/bin/\nusr/bin/git-log\nusr/bin/git-show\n');
    assert.match(await list('--at-layer', '1'), /^usr\/bin\/git$/m);
    assert.doesNotMatch(await list(), /^usr\/bin\/git$/m);
  });

  void it('says where a file cannot be written', async (t) => {
    const { code, stderr } = await cli(['export', layout(t, { v1: plain }), '-o', '/nowhere/at/all.tar']);
    assert.equal(code, 8);
    assert.match(stderr, /^error: .*ENOENT \[HOST_REFUSED\]$/m);
  });
});
