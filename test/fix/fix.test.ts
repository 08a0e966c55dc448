import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { isHoldfastError } from '../../src/base/index.ts';
import {
  directory,
  file,
  hardlink,
  imageOf,
  indexOf,
  layerOf,
  opaque,
  symlink,
  whiteout,
} from '../../src/testing/index.ts';
import { attested } from '../edit/images.ts';
import { document, exported, failsWith, fixBench, referenceTo, seed, shown, spelled, transports } from './images.ts';

const base = layerOf([directory('tmp/', { mode: 0o1777 }), directory('etc/'), file('etc/passwd', 'root')]);
/** As kaniko wrote links until 2026. */
const kaniko = layerOf([
  directory('usr/'),
  directory('usr/bin/', { mode: 0o750 }),
  file('usr/bin/git', 'git', { mode: 0o755 }),
  hardlink('usr/bin/git-add', '/usr/bin/git', { mode: 0o755 }),
  hardlink('usr/bin/git-log', '/usr/bin/git', { mode: 0o755 }),
]);
const top = layerOf([directory('etc/'), file('etc/hosts', 'hosts')], { compression: 'zstd' });

void describe('fix', () => {
  void it('makes absolute targets of hard links relative, and leaves the other layers alone (P01)', async (t) => {
    const all = await fixBench(t);
    const source = all.source([base, kaniko, top]);
    const result = await all.fix(source, all.to('fixed'));
    assert.deepEqual(await spelled(all.to('fixed'), 2), [
      'directory usr/',
      'directory usr/bin/',
      'file usr/bin/git',
      'hardlink usr/bin/git-add usr/bin/git',
      'hardlink usr/bin/git-log usr/bin/git',
    ]);
    const [before, after] = [await shown(source, all.network), await shown(all.to('fixed'), all.network)];
    const changed = after.layers.map(({ digest }, at) => digest !== before.layers[at]?.digest);
    assert.deepEqual(changed, [false, true, false]);
    assert.deepEqual(await exported(all.to('fixed')), await exported(source));
    assert.deepEqual(result.images[0]?.repairs[0]?.rules, [
      { rule: 'P01', count: 2, paths: ['usr/bin/git-add', 'usr/bin/git-log'] },
    ]);
    assert.equal(result.images[0]?.repairs[0]?.kind, 'amended');
    assert.deepEqual(
      result.digests.map(({ what, from, to }) => [what, from, to]),
      [
        ['layer', before.layers[1]?.digest, after.layers[1]?.digest],
        ['manifest', before.digest, after.digest],
      ],
    );
  });

  void it('keeps config and history but for the DiffID, and says in annotations what it did', async (t) => {
    const all = await fixBench(t);
    const source = all.source([base, kaniko]);
    await all.fix(source, all.to('fixed'));
    const [before, after] = [await shown(source, all.network), await shown(all.to('fixed'), all.network)];
    const diffIds = after.layers.map(({ diffId }) => diffId);
    const rootfs = { ...(before.config['rootfs'] as object), diff_ids: diffIds };
    assert.deepEqual(after.config, { ...before.config, rootfs });
    assert.deepEqual(after.manifest['annotations'], {
      'dev.holdfast.fix.source': before.digest,
      'dev.holdfast.fix.layers': JSON.stringify({ 2: { source: before.layers[1]?.digest, rules: ['P01'] } }),
    });
  });

  void it('keeps the digest of an image that has nothing to repair', async (t) => {
    const all = await fixBench(t);
    const source = all.source([base, top]);
    const result = await all.fix(source, all.to('fixed'));
    assert.equal(result.digest, result.sourceDigest);
    assert.deepEqual(result.digests, []);
    assert.equal((await shown(all.to('fixed'), all.network)).digest, result.sourceDigest);
  });

  void it('finds nothing in what it has repaired, and gives the same digest each time', async (t) => {
    const all = await fixBench(t);
    const source = all.source([base, kaniko, layerOf([file('tmp/a', 'a'), file('tmp/a', 'b')])]);
    const { digest } = await all.fix(source, all.to('fixed'));
    const again = await all.fix(all.to('fixed'), all.to('again'));
    assert.deepEqual([again.digest, again.digests], [digest, []]);
    assert.equal((await all.fix(source, all.to('once-more'))).digest, digest);
  });

  void it('keeps every byte of a layer but the headers of links it says better', async (t) => {
    const all = await fixBench(t);
    const odd = layerOf(
      [
        file('./a', 'a'.repeat(1000), { xattrs: { 'user.x': 'y' } }),
        hardlink('./b', '/a'),
        directory('./z/'),
        directory('./z/'),
        file(`long/${'n'.repeat(200)}`, 'n'),
        opaque('z'),
      ],
      { compression: 'none' },
    );
    const source = all.source([base, odd]);
    await all.fix(source, all.to('fixed'), { rules: ['P01'] });
    assert.deepEqual(await spelled(all.to('fixed'), 2), [
      'file ./a',
      'hardlink b a',
      'directory ./z/',
      'directory ./z/',
      `file long/${'n'.repeat(200)}`,
      'file z/.wh..wh..opq',
    ]);
    assert.deepEqual(await exported(all.to('fixed')), await exported(source));
  });

  void it('links directly to what carries the content instead of to another link (P09)', async (t) => {
    const all = await fixBench(t);
    const source = all.source([layerOf([file('a', '1'), hardlink('b', 'a'), hardlink('c', 'b'), hardlink('d', 'c')])]);
    await all.fix(source, all.to('fixed'), { rules: ['p09'] });
    assert.deepEqual(await spelled(all.to('fixed'), 1), ['file a', 'hardlink b a', 'hardlink c a', 'hardlink d a']);
    assert.deepEqual(await exported(all.to('fixed')), await exported(source));
  });

  void it('writes a layer anew where a chain goes over a name that something else has taken (P09)', async (t) => {
    const all = await fixBench(t);
    const source = all.source([layerOf([file('a', '1'), hardlink('b', 'a'), file('a', '2'), hardlink('c', 'b')])]);
    const { images } = await all.fix(source, all.to('fixed'), { rules: ['P09'] });
    assert.equal(images[0]?.repairs[0]?.kind, 'rewritten');
    assert.deepEqual(await spelled(all.to('fixed'), 1), ['file a', 'file b', 'hardlink c b']);
    assert.deepEqual(await exported(all.to('fixed')), await exported(source));
  });

  void it('lists a directory that runtimes would make anew, as the layers below have it (P29)', async (t) => {
    const all = await fixBench(t);
    const source = all.source([base, layerOf([file('tmp/a/b', 'b'), file('etc/x', 'x')])]);
    await all.fix(source, all.to('fixed'));
    assert.deepEqual(await spelled(all.to('fixed'), 2), [
      'directory tmp/',
      'directory tmp/a/',
      'file tmp/a/b',
      'directory etc/',
      'file etc/x',
    ]);
    assert.deepEqual(await exported(all.to('fixed')), await exported(source));
  });

  void it('leaves unlisted directories alone that are as runtimes make them, unless a hard link is in one (P12)', async (t) => {
    const all = await fixBench(t);
    const plain = all.source([base, layerOf([file('etc/x', 'x')])]);
    assert.deepEqual((await all.fix(plain, all.to('same'))).digests, []);
    const linked = all.source([base, layerOf([file('etc/x', 'x'), hardlink('etc/y', 'etc/x')])]);
    await all.fix(linked, all.to('fixed'));
    assert.deepEqual(await spelled(all.to('fixed'), 2), ['directory etc/', 'file etc/x', 'hardlink etc/y etc/x']);
  });

  void it('lists a directory before what is in it where the layer has it after (P29)', async (t) => {
    const all = await fixBench(t);
    const source = all.source([layerOf([file('d/a', 'a'), directory('d/', { mode: 0o700 })])]);
    await all.fix(source, all.to('fixed'));
    assert.deepEqual(await spelled(all.to('fixed'), 1), ['directory d/', 'file d/a']);
    assert.deepEqual(await exported(all.to('fixed')), await exported(source));
  });

  void it('leaves of a directory that its own layer replaces only what replaces it (P26)', async (t) => {
    const all = await fixBench(t);
    const replaced = layerOf([directory('etc/'), directory('etc/d/'), file('etc/d/x', 'x'), symlink('etc/d', '/tmp')]);
    const source = all.source([base, replaced]);
    await all.fix(source, all.to('fixed'), { rules: ['P26'] });
    assert.deepEqual(await spelled(all.to('fixed'), 2), ['directory etc/', 'symlink etc/d /tmp']);
    assert.deepEqual(await exported(all.to('fixed')), await exported(source));
  });

  void it('keeps the last of two entries with one name, and what the first removed stays removed (P26)', async (t) => {
    const all = await fixBench(t);
    const lower = layerOf([directory('d/'), file('d/old', 'old')]);
    const source = all.source([lower, layerOf([file('d', 'file'), directory('d/'), file('d/new', 'new')])]);
    await all.fix(source, all.to('fixed'));
    assert.deepEqual(await spelled(all.to('fixed'), 2), ['directory d/', 'file d/.wh.old', 'file d/new']);
    assert.deepEqual(await exported(all.to('fixed')), await exported(source));
  });

  void it('lists the directory that a name became by what is below it (P26)', async (t) => {
    const all = await fixBench(t);
    const lower = layerOf([directory('d/', { mode: 0o600 }), file('d/old', 'old')]);
    const source = all.source([lower, layerOf([file('d', 'file'), file('d/new', 'new')])]);
    await all.fix(source, all.to('fixed'));
    assert.deepEqual(await spelled(all.to('fixed'), 2), ['directory d/', 'file d/.wh.old', 'file d/new']);
    assert.deepEqual(await exported(all.to('fixed')), await exported(source));
  });

  void it('writes a link group whole where a layer links to a lower one (P27)', async (t) => {
    const all = await fixBench(t);
    const source = all.source([base, layerOf([directory('etc/'), hardlink('etc/group', 'etc/passwd')])]);
    await all.fix(source, all.to('fixed'));
    assert.deepEqual(await spelled(all.to('fixed'), 2), [
      'directory etc/',
      'file etc/group',
      'hardlink etc/passwd etc/group',
    ]);
    assert.deepEqual(await exported(all.to('fixed')), await exported(source));
  });

  void it('says the attributes of a file in the headers of its links (P32)', async (t) => {
    const all = await fixBench(t);
    const source = all.source([
      layerOf([file('a', 'a', { mode: 0o4755, uid: 3 }), hardlink('b', 'a', { mode: 0o600 })]),
    ]);
    const { images } = await all.fix(source, all.to('fixed'));
    assert.deepEqual(
      images[0]?.repairs.map(({ kind, rules }) => [kind, rules[0]?.rule]),
      [['amended', 'P32']],
    );
    assert.deepEqual(await exported(all.to('fixed')), await exported(source));
  });

  void it('writes no name that a whiteout of the same layer removes (P28)', async (t) => {
    const all = await fixBench(t);
    const source = all.source([base, layerOf([directory('etc/'), whiteout('etc/passwd'), file('etc/passwd', 'new')])]);
    await all.fix(source, all.to('fixed'));
    assert.deepEqual(await spelled(all.to('fixed'), 2), ['directory etc/', 'file etc/passwd']);
    assert.deepEqual(await exported(all.to('fixed')), await exported(source));
  });

  void it('leaves out a whiteout that removes nothing, and keeps all else as it stands (P16)', async (t) => {
    const all = await fixBench(t);
    const source = all.source([base, layerOf([directory('./etc/'), whiteout('etc/gone'), whiteout('etc/passwd')])]);
    await all.fix(source, all.to('fixed'));
    assert.deepEqual(await spelled(all.to('fixed'), 2), ['directory ./etc/', 'file etc/.wh.passwd']);
    assert.deepEqual(await exported(all.to('fixed')), await exported(source));
  });

  void it('writes names where they lead that the layer itself redirects (C30)', async (t) => {
    const all = await fixBench(t);
    const source = all.source([layerOf([directory('d/'), symlink('l', 'd'), file('l/a', 'a'), hardlink('b', 'l/a')])]);
    await all.fix(source, all.to('fixed'));
    assert.deepEqual(await spelled(all.to('fixed'), 1), ['file b', 'directory d/', 'hardlink d/a b', 'symlink l d']);
    assert.deepEqual(await exported(all.to('fixed')), await exported(source));
  });

  void it('leaves layers alone that only have links of AUFS', async (t) => {
    const all = await fixBench(t);
    const reserved = [file('.wh..wh.aufs'), directory('.wh..wh.orph/'), directory('.wh..wh.plnk/')];
    const linked = ['a', 'b'].map((name) => hardlink(`usr/${name}`, '.wh..wh.plnk/1.2'));
    const aufs = layerOf([...reserved, file('.wh..wh.plnk/1.2', 'x'), directory('usr/'), ...linked]);
    const { digests } = await all.fix(all.source([base, aufs]), all.to('fixed'));
    assert.deepEqual(digests, []);
  });

  void it('keeps a layer that comes to nothing, so that the history still fits', async (t) => {
    const all = await fixBench(t);
    const source = all.source([base, layerOf([file('x', 'x'), whiteout('nothing/here')])]);
    const { images } = await all.fix(source, all.to('fixed'));
    assert.equal(images[0]?.layers.length, 2);
    const empty = all.source([base, layerOf([whiteout('nothing/here')])]);
    const result = await all.fix(empty, all.to('empty'));
    assert.equal(result.images[0]?.layers.length, 2);
    assert.deepEqual(await spelled(all.to('empty'), 2), []);
  });

  void it('does only what it is asked for with --rule, and knows no other rules', async (t) => {
    const all = await fixBench(t);
    const source = all.source([kaniko, layerOf([file('x', 'x'), file('x', 'y')])]);
    const { images } = await all.fix(source, all.to('fixed'), { rules: ['P01'] });
    assert.deepEqual(
      images[0]?.repairs.map(({ layer }) => layer),
      [1],
    );
    await failsWith('USAGE', all.fix(source, all.to('x'), { rules: ['P99'] }));
  });

  void it('writes nothing with --dry-run, and tells the digests that it would give', async (t) => {
    const all = await fixBench(t);
    const source = all.source([base, kaniko]);
    const dry = await all.fix(source, all.to('fixed'), { dryRun: true });
    assert.equal(fs.existsSync(join(all.directory, 'fixed.oci')), false);
    const { digest, digests } = await all.fix(source, all.to('fixed'));
    assert.deepEqual([dry.digest, dry.digests, dry.dryRun], [digest, digests, true]);
  });

  for (const to of transports) {
    void it(`reads from a registry and writes to ${to}`, async (t) => {
      const all = await fixBench(t);
      const source = seed(all, 'registry', imageOf([base, kaniko]));
      const target = referenceTo(all, to, 'fixed');
      const result = await all.fix(source, target);
      const after = await shown(target, all.network);
      assert.deepEqual([after.digest, after.layers.length], [result.digest, 2]);
      assert.deepEqual((await all.fix(target, all.to('again'))).digests, []);
    });
  }

  void it('repairs every image of an index, and leaves out attestations of those that changed', async (t) => {
    const all = await fixBench(t);
    const [bad, good] = [imageOf([kaniko]), imageOf([base], { platform: 'linux/arm64' })];
    all.registry.seed('many', 'v1', attested([bad, good], bad));
    const source = `docker://${all.registry.host}/many:v1`;
    const { images, digests, notes } = await all.fix(source, all.to('fixed'), { all: true });
    assert.deepEqual(
      images.map(({ repairs }) => repairs.length),
      [1, 0],
    );
    assert.deepEqual(
      digests.map(({ what }) => what),
      ['layer', 'manifest', 'index'],
    );
    assert.deepEqual(
      notes.map(({ code }) => code),
      ['ATTESTATIONS_DROPPED'],
    );
    const { manifests } = (await document(all.to('fixed'), all.network)) as { manifests: { digest: string }[] };
    assert.deepEqual(
      manifests.map(({ digest }) => digest),
      [images[0]?.digest, good.digest],
    );
    const kept = await all.fix(source, all.to('kept'), { all: true, keepAttestations: true });
    assert.deepEqual(
      kept.notes.map(({ code }) => code),
      ['ATTESTATIONS_STALE'],
    );
  });

  void it('keeps the media types of Docker, and notes that its manifests have no annotations', async (t) => {
    const all = await fixBench(t);
    const source = seed(all, 'registry', imageOf([kaniko], { format: 'docker' }));
    const { notes } = await all.fix(source, referenceTo(all, 'registry', 'fixed'));
    const after = await shown(referenceTo(all, 'registry', 'fixed'), all.network);
    assert.match(after.layers[0]?.mediaType ?? '', /^application\/vnd\.docker\./);
    assert.ok(notes.some(({ code }) => code === 'ANNOTATIONS_OF_DOCKER'));
  });

  void it('keeps the compression of each layer, unless another one is asked for', async (t) => {
    const all = await fixBench(t);
    const layers = (['gzip', 'zstd', 'none'] as const).map((compression) =>
      layerOf([file(compression, 'x'), hardlink('l', `/${compression}`)], { compression }),
    );
    const source = all.source(layers);
    const types = async (name: string): Promise<readonly string[]> =>
      (await shown(all.to(name), all.network)).layers.map(({ mediaType }) => mediaType.replace(/^.*\.tar/, ''));
    await all.fix(source, all.to('same'));
    assert.deepEqual(await types('same'), ['+gzip', '+zstd', '']);
    await all.fix(source, all.to('zstd'), { compression: 'zstd' });
    assert.deepEqual(await types('zstd'), ['+zstd', '+zstd', '+zstd']);
  });

  void it('refuses Windows images and what no rule can repair', async (t) => {
    const all = await fixBench(t);
    const windows = all.source([base], { platform: 'windows/amd64' });
    await failsWith('HOST_UNSUPPORTED', all.fix(windows, all.to('x')));
    const missing = all.source([layerOf([hardlink('a', 'gone')])]);
    await assert.rejects(all.fix(missing, all.to('x'), { accept: true }), (error) => {
      return isHoldfastError(error, 'LINK_TARGET_MISSING') && error.layer?.number === 1;
    });
    assert.equal(fs.existsSync(join(all.directory, 'x.oci')), false);
  });

  void it('keeps an image of an index that is in no need while it repairs another', async (t) => {
    const all = await fixBench(t);
    const images = [imageOf([kaniko]), imageOf([kaniko, top], { platform: 'linux/arm64' })];
    all.registry.seed('many', 'v1', indexOf(images));
    const { digests } = await all.fix(`docker://${all.registry.host}/many:v1`, all.to('fixed'), { all: true });
    assert.deepEqual(
      digests.map(({ what }) => what),
      ['layer', 'manifest', 'manifest', 'index'],
    );
  });
});
