/** Listings of find as trees: compared with others, and not made anything of. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { diffReferences, snapshot } from '../../src/snapshot/index.ts';
import { directory, type EntrySpec, file, hardlink, layerOf, symlink } from '../../src/testing/index.ts';
import { inodes } from '../../src/tree/index.ts';
import { openTree } from '../../src/trees/index.ts';
import { digests, listing, record, root } from '../find-listing/listing-text.ts';
import { failure, layoutWith, scratch } from '../unpack/scratch.ts';

const mtime = { seconds: 1_700_000_000, nanoseconds: 123_456_789 };
const sha256Of = {
  abc: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  xyz: '3608bca1e44ea6c4d268eb6db02260269892c0b42b86bbf1e77a6fa16c3c9282',
};

/** An image, and the records of the same tree. */
const entries: readonly EntrySpec[] = [
  directory('./', { mtime }),
  directory('d', { mtime }),
  file('d/a', 'abc', { mtime, xattrs: { 'user.x': '1' } }),
  hardlink('d/b', 'd/a'),
  symlink('l', 'd/a', { mtime }),
];
const records = [
  root,
  record('d', { kind: 'd', mode: '755' }),
  record('d/a', { inode: '7' }),
  record('d/b', { inode: '7' }),
  record('l', { kind: 'l', mode: '777', linkText: 'd/a' }),
];

function listingFile(t: TestContext, text: string): string {
  const name = path.join(scratch(t), 'listing');
  fs.writeFileSync(name, text, 'latin1');
  return name;
}

async function diffWith(t: TestContext, text: string) {
  return await diffReferences(layoutWith(t, [entries]), `find:${listingFile(t, text)}`);
}

const changesIn = ({ changes }: Awaited<ReturnType<typeof diffWith>>): string[] =>
  changes.map(({ change, path: name, aspects = [] }) => [change, name, ...aspects].join(' '));

void describe('a comparison with a listing', () => {
  void it('finds nothing where nothing differs, and says what it could not compare', async (t) => {
    const result = await diffWith(t, listing(records.join('')));
    assert.deepEqual([result.isEmpty, changesIn(result)], [true, []]);
    assert.deepEqual(result.notCompared, ['content', 'xattrs', 'device']);
  });

  void it('sees another size, and without digests no other content', async (t) => {
    const longer = [
      root,
      records[1],
      record('d/a', { inode: '7', size: '4' }),
      record('d/b', { inode: '7', size: '4' }),
      records[4],
    ];
    assert.deepEqual(changesIn(await diffWith(t, listing(longer.join('')))), [
      'changed d/a content',
      'changed d/b content',
    ]);
  });

  void it('sees other content by its digest', async (t) => {
    const names = ['d/a', 'd/b'];
    const same = digests(names.map((name) => [sha256Of.abc, name]));
    const other = digests(names.map((name) => [sha256Of.xyz, name]));
    const equal = await diffWith(t, listing(records.join('')) + same);
    assert.deepEqual([equal.isEmpty, equal.notCompared], [true, ['xattrs', 'device']]);
    const changed = await diffWith(t, listing(records.join('')) + other);
    assert.deepEqual(changesIn(changed), ['changed d/a content', 'changed d/b content']);
  });

  void it('says which files have no digest, and counts them as unchanged', async (t) => {
    const result = await diffWith(t, listing(records.join('')) + digests([]));
    assert.ok(result.isEmpty);
    assert.deepEqual(result.problems, [{ kind: 'unreadable', path: 'd/a', what: 'content', errno: 'ENODATA' }]);
  });

  void it('sees links that were split, joined or lost', async (t) => {
    const split = [...records.slice(0, 3), record('d/b', { inode: '8', links: '2' }), records[4]];
    const result = await diffWith(t, listing(split.join('')));
    assert.deepEqual([changesIn(result), result.unlinked, result.linked], [[], [['d/a', 'd/b']], []]);
    const lost = await diffWith(t, listing(records.filter((_, at) => at !== 3).join('')));
    assert.deepEqual([changesIn(lost), lost.unlinked], [['removed d/b'], [['d/a', 'd/b']]]);
  });

  void it('leaves out what is mounted over, and attributes of directories that are not listed', async (t) => {
    const mounted = [root, record('d', { kind: 'd', device: '9', mode: '700' }), records[4]];
    const result = await diffWith(t, listing(mounted.join('')));
    assert.deepEqual([result.isEmpty, result.ignored], [true, ['d']]);
    const unlisted = await diffWith(t, listing(records.filter((_, at) => at !== 1).join('')));
    assert.ok(unlisted.isEmpty);
  });

  void it('is one of seconds where the listing has no more', async (t) => {
    const line = (mode: string, inode: number, more: string, name: string): string =>
      `stat\0${mode} 5 ${inode} 1 0 0 3 1700000000 0 0\n\0${more}\0${name}\0`;
    const reduced = [
      line('41ed', 1, '', '.'),
      line('41ed', 2, '', './d'),
      line('81a4', 7, `${sha256Of.abc}  -\n`, './d/a'),
      line('81a4', 7, `${sha256Of.abc}  -\n`, './d/b'),
      line('a1ff', 4, 'd/a', './l'),
    ];
    const result = await diffWith(t, listing(reduced.join('')));
    assert.deepEqual([changesIn(result), result.notCompared], [[], ['nanoseconds', 'xattrs']]);
  });
});

void describe('a reference to a listing', () => {
  const text = listing(records.join(''));

  void it('is find:FILE, also compressed, or a path to what begins as one', async (t) => {
    const plain = listingFile(t, text);
    fs.writeFileSync(`${plain}.gz`, gzipSync(Buffer.from(text, 'latin1')));
    for (const reference of [`find:${plain}`, `find:${plain}.gz`, plain, `${plain}.gz`]) {
      await using tree = await openTree(reference);
      assert.deepEqual([[...inodes(tree.tree)].length, tree.reference], [5, reference]);
    }
  });

  void it('is find:- for standard input', async () => {
    const stdin = (async function* () {
      for (const byte of Buffer.from(text, 'latin1')) yield Buffer.of(byte);
    })();
    await using tree = await openTree('find:-', { stdin });
    assert.equal([...inodes(tree.tree)].length, 5);
  });

  void it('is refused where it leads to something else, or has layers asked of it', async (t) => {
    const archive = path.join(scratch(t), 'archive.tar');
    fs.writeFileSync(archive, layerOf(entries).tar);
    await failure('LISTING_INVALID', openTree(`find:${archive}`));
    await failure('IMAGE_NOT_FOUND', openTree(`find:${archive}.gone`));
    await failure('REFERENCE_INVALID', openTree('find:'));
    await failure('USAGE', openTree(`find:${listingFile(t, text)}`, { atLayer: 1 }));
    await failure('USAGE', openTree(listingFile(t, text), { atLayer: 1 }));
  });
});

void describe('a layer', () => {
  void it('is not made of a listing, nor of what is compared with one', async (t) => {
    const reference = `find:${listingFile(t, listing(records.join('')))}`;
    const image = layoutWith(t, [entries]);
    const output = path.join(scratch(t), 'layer.tar');
    for (const [base, target] of [
      [image, reference],
      [reference, image],
    ] as const) {
      const { message } = await failure('FACTS_UNKNOWN', diffReferences(base, target, { output }));
      assert.match(message, /does not tell all that a layer holds: the content of files, xattrs, device numbers/);
    }
    await failure('FACTS_UNKNOWN', snapshot(reference, scratch(t), output));
    await using tree = await openTree(reference);
    await failure('FACTS_UNKNOWN', tree.openBodies([]));
    assert.ok(!fs.existsSync(output));
  });
});
