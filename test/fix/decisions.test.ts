/** What an image does not say: it is listed, and done only where it is accepted. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { isHoldfastError } from '../../src/base/index.ts';
import { directory, file, hardlink, layerOf, symlink } from '../../src/testing/index.ts';
import { exported, failsWith, fixBench, outcome, spelled } from './images.ts';

void describe('a link that comes before its target', () => {
  const late = layerOf([directory('bin/'), hardlink('bin/a', 'bin/b'), file('bin/b', 'b'), file('bin/c', 'c')]);

  void it('is refused with what would be decided, and nothing is written', async (t) => {
    const all = await fixBench(t);
    const source = all.source([late]);
    await assert.rejects(all.fix(source, all.to('fixed')), (error) => {
      assert.ok(isHoldfastError(error, 'FIX_UNDECIDED'));
      assert.deepEqual(error.data.decisions, ['layer 1: bin/a becomes a link to what bin/b is at the end of it']);
      assert.match(error.hint ?? '', /--accept/);
      assert.equal(error.exitCode, 7);
      return true;
    });
    assert.equal(fs.existsSync(join(all.directory, 'fixed.oci')), false);
  });

  void it('is bound at the end of its layer with --accept, and all else stays where it was', async (t) => {
    const all = await fixBench(t);
    const { images } = await all.fix(all.source([late]), all.to('fixed'), { accept: true });
    assert.deepEqual(await spelled(all.to('fixed'), 1), [
      'directory bin/',
      'file bin/b',
      'file bin/c',
      'hardlink bin/a bin/b',
    ]);
    assert.deepEqual(images[0]?.decisions, [{ rule: 'P23', layer: 1, what: 'bound', path: 'bin/a', target: 'bin/b' }]);
    assert.equal(images[0]?.repairs[0]?.kind, 'amended');
    const ordered = all.source([
      layerOf([directory('bin/'), file('bin/b', 'b'), file('bin/c', 'c'), hardlink('bin/a', 'bin/b')]),
    ]);
    assert.deepEqual(await exported(all.to('fixed')), await exported(ordered));
  });

  void it('is listed by --dry-run without being accepted', async (t) => {
    const all = await fixBench(t);
    const { images } = await all.fix(all.source([late]), all.to('fixed'), { dryRun: true });
    assert.equal(images[0]?.decisions.length, 1);
  });

  void it('may be a link to another such link, in any order', async (t) => {
    const all = await fixBench(t);
    const chain = [hardlink('a', 'b'), hardlink('b', 'c'), hardlink('c', 'd'), file('d', 'd'), hardlink('e', 'a')];
    await all.fix(all.source([layerOf(chain)]), all.to('fixed'), { accept: true });
    assert.deepEqual((await spelled(all.to('fixed'), 1)).toSorted(), [
      'file d',
      ...['a', 'b', 'c', 'e'].map((name) => `hardlink ${name} d`),
    ]);
  });

  void it('goes where a later entry takes its name', async (t) => {
    const all = await fixBench(t);
    const taken = [hardlink('a', 'b'), file('b', 'b'), file('a', 'mine')];
    const { images } = await all.fix(all.source([layerOf(taken)]), all.to('fixed'), { accept: true });
    assert.deepEqual(await spelled(all.to('fixed'), 1), ['file b', 'file a']);
    assert.deepEqual(
      images[0]?.decisions.map(({ what }) => what),
      ['dropped'],
    );
  });

  void it('is an error as before where no rule was asked for that decides it, or its target never comes', async (t) => {
    const all = await fixBench(t);
    await failsWith('LINK_TARGET_LATER', all.fix(all.source([late]), all.to('x'), { rules: ['P01'], accept: true }));
    const never = layerOf([hardlink('a', 'b'), hardlink('b', 'a')]);
    const code = await outcome(all.source([never]));
    assert.equal(typeof code, 'string');
    await assert.rejects(all.fix(all.source([never]), all.to('x'), { accept: true }), isHoldfastError);
  });

  void it('is found in time that grows with the layer, however many there are', { timeout: 20_000 }, async (t) => {
    const all = await fixBench(t);
    const many = Array.from({ length: 4000 }, (_, at) => hardlink(`l${at}`, `f${at}`));
    const files = Array.from({ length: 4000 }, (_, at) => file(`f${at}`, ''));
    const { images } = await all.fix(all.source([layerOf([...many, ...files])]), all.to('fixed'), { accept: true });
    assert.equal(images[0]?.decisions.length, 4000);
  });
});

void describe('a link to itself', () => {
  void it('is left out with --accept', async (t) => {
    const all = await fixBench(t);
    const source = all.source([layerOf([file('a', 'a'), symlink('l', '.'), hardlink('l/a', 'a'), file('b', 'b')])]);
    await failsWith('FIX_UNDECIDED', all.fix(source, all.to('x')));
    await all.fix(source, all.to('fixed'), { accept: true });
    assert.deepEqual(await spelled(all.to('fixed'), 1), ['file a', 'symlink l .', 'file b']);
  });
});

void describe('files that are the same in everything', () => {
  const copies = layerOf([
    directory('bin/'),
    file('bin/a', 'git'),
    file('bin/b', 'git'),
    file('bin/c', 'gut'),
    file('bin/d', 'git', { mode: 0o600 }),
    file('bin/e', ''),
    file('bin/f', ''),
  ]);

  void it('stay files of their own unless links are asked for', async (t) => {
    const all = await fixBench(t);
    assert.deepEqual((await all.fix(all.source([copies]), all.to('same'))).digests, []);
  });

  void it('become links with --rule P02 and --accept, where bytes and attributes are equal', async (t) => {
    const all = await fixBench(t);
    const source = all.source([copies]);
    await failsWith('FIX_UNDECIDED', all.fix(source, all.to('x'), { rules: ['P02'] }));
    const { images } = await all.fix(source, all.to('fixed'), { rules: ['P02'], accept: true });
    assert.deepEqual(images[0]?.decisions, [{ rule: 'P02', layer: 1, what: 'linked', path: 'bin/b', target: 'bin/a' }]);
    assert.deepEqual(await spelled(all.to('fixed'), 1), [
      'directory bin/',
      'file bin/a',
      'hardlink bin/b bin/a',
      'file bin/c',
      'file bin/d',
      'file bin/e',
      'file bin/f',
    ]);
    assert.deepEqual((await all.fix(all.to('fixed'), all.to('again'), { rules: ['P02'] })).digests, []);
  });

  void it('become links across layers with --rule P08 and --accept, written whole in the upper one', async (t) => {
    const all = await fixBench(t);
    const source = all.source([copies, layerOf([directory('bin/'), file('bin/z', 'git'), file('y', 'y')])]);
    const { images } = await all.fix(source, all.to('fixed'), { rules: ['P08'], accept: true });
    assert.deepEqual(images[0]?.decisions, [{ rule: 'P08', layer: 2, what: 'linked', path: 'bin/z', target: 'bin/a' }]);
    assert.deepEqual(await spelled(all.to('fixed'), 2), [
      'directory bin/',
      'file bin/a',
      'hardlink bin/z bin/a',
      'file y',
    ]);
    assert.equal(images[0]?.layers[0]?.origin, 'kept');
  });

  void it('keep the links that they have', async (t) => {
    const all = await fixBench(t);
    const source = all.source([layerOf([file('a', 'x'), hardlink('b', 'a'), file('c', 'x'), hardlink('d', 'c')])]);
    await all.fix(source, all.to('fixed'), { rules: ['P02'], accept: true });
    assert.deepEqual(await spelled(all.to('fixed'), 1), ['file a', 'hardlink b a', 'hardlink c a', 'hardlink d a']);
  });
});
