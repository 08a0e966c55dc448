/** Archives that no honest writer makes, and what must not come of them. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { defaultLimits } from '../../src/base/index.ts';
import {
  blobPath,
  directory,
  file,
  gnuSparse,
  hardlink,
  imageOf,
  layerOf,
  opaque,
  paxHeader,
  sparseFile,
  tarBlocks,
  whiteout,
  writeLayout,
  zeroBlock,
} from '../../src/testing/index.ts';
import { exported, failsWith, fixBench, uncompressed } from './images.ts';

const link = (): Buffer => tarBlocks([hardlink('b', '/a')]);
const repairedLink = (): Buffer => tarBlocks([hardlink('b', 'a')]);
const first = tarBlocks([file('a', 'a')]);

void describe('an amended archive', () => {
  const odd: readonly (readonly [string, (link: Buffer) => Buffer])[] = [
    ['a global header before everything', (b) => Buffer.concat([paxHeader({ comment: 'x' }, { type: 'g' }), first, b])],
    [
      'a global header, and names without effect, between entries',
      (b) =>
        Buffer.concat([first, paxHeader({ comment: 'x' }, { type: 'g' }), tarBlocks([file('d/.wh..wh.foo', 'x')]), b]),
    ],
    ['no end', (b) => Buffer.concat([first, b])],
    ['bytes behind its end', (b) => Buffer.concat([first, b, zeroBlock, zeroBlock, Buffer.from('more')])],
    [
      'sparse files of both kinds',
      (b) =>
        Buffer.concat([
          first,
          gnuSparse({
            name: 'old',
            realSize: 2048,
            runs: [0, 1536].map((offset) => ({ offset, data: 'x'.repeat(512) })),
          }),
          tarBlocks([
            sparseFile('new', 3000, [
              { offset: 512, data: 'x'.repeat(512) },
              { offset: 2560, data: 'y' },
            ]),
          ]),
          b,
        ]),
    ],
    ['a body that ends within a block', (b) => Buffer.concat([first, tarBlocks([file('c', 'c'.repeat(513))]), b])],
  ];
  for (const [name, archive] of odd) {
    void it(`keeps ${name}`, async (t) => {
      const all = await fixBench(t);
      const source = all.source([layerOf(archive(link()), { compression: 'none' })]);
      const { images } = await all.fix(source, all.to('fixed'), { rules: ['P01'] });
      assert.equal(images[0]?.repairs[0]?.kind, 'amended');
      const made = await uncompressed(all.to('fixed'), 1);
      assert.ok(made.equals(archive(repairedLink())), `${made.length} bytes`);
      assert.deepEqual(await exported(all.to('fixed')), await exported(source));
    });
  }

  void it('holds names that no text can, and targets longer than a header', async (t) => {
    const all = await fixBench(t);
    const name = Buffer.from([0xff, 0xfe, 0x61]);
    const long = `${'d'.repeat(120)}/${'f'.repeat(120)}`;
    const entries = [
      directory(`${'d'.repeat(120)}/`),
      file(long, 'x'),
      hardlink('long', `/${long}`),
      file(name, 'y'),
      hardlink('bytes', Buffer.concat([Buffer.from('/'), name])),
    ];
    const source = all.source([layerOf(entries)]);
    await all.fix(source, all.to('fixed'));
    assert.deepEqual(await exported(all.to('fixed')), await exported(source));
    assert.deepEqual((await all.fix(all.to('fixed'), all.to('again'))).digests, []);
  });
});

void describe('fix', () => {
  void it('takes time that grows with the layer, however deep its names are', { timeout: 20_000 }, async (t) => {
    const all = await fixBench(t);
    const deep = ['d/', 'e/'].map((name) => name.repeat(800));
    const numbers = Array.from({ length: 4000 }, (_, at) => at);
    const inTurn = numbers.map((at) => file(`${deep[at % 2]}${at}`));
    const removed = numbers.map((at) => whiteout(`${deep[at % 2]}${at}`));
    const source = all.source([layerOf([...inTurn, file('a'), file('a')]), layerOf([...removed, opaque('d')])]);
    const { images } = await all.fix(source, all.to('fixed'), { rules: ['P12', 'P26', 'P28', 'C30'] });
    assert.deepEqual(
      images[0]?.repairs.map(({ rules }) => rules.map(({ rule }) => rule)),
      [['P26'], ['P28']],
    );
  });

  void it('writes nothing of an image that is damaged or larger than allowed', async (t) => {
    const all = await fixBench(t);
    const layer = layerOf([file('a', 'a'), hardlink('b', '/a')]);
    const source = all.source([layer]);
    const limits = { ...defaultLimits, maxEntries: 1 };
    await failsWith('LIMIT_EXCEEDED', all.fix(source, all.to('x'), { limits }));
    const damaged = join(all.directory, 'damaged');
    writeLayout(damaged, { v1: imageOf([layer]) });
    const blob = join(damaged, blobPath(layer.digest));
    const bytes = fs.readFileSync(blob);
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    fs.chmodSync(blob, 0o600);
    fs.writeFileSync(blob, bytes);
    await failsWith('DIGEST_MISMATCH', all.fix(`oci:${damaged}:v1`, all.to('x')));
    assert.equal(fs.existsSync(join(all.directory, 'x.oci')), false);
  });

  void it('stops when it is told to, and leaves nothing', async (t) => {
    const all = await fixBench(t);
    const source = all.source([layerOf([file('a', 'a'), hardlink('b', '/a')])]);
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    await assert.rejects(all.fix(source, all.to('x'), { signal: controller.signal }), /enough/);
    assert.equal(fs.existsSync(join(all.directory, 'x.oci')), false);
  });
});
