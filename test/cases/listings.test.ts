import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { directory, fifo, file, hardlink, sparseFile, symlink, tarOf, whiteout } from '../../src/testing/index.ts';
import {
  assertSameTree,
  differences,
  expectedListing,
  listingOfDirectory,
  listingOfTar,
  xattrsReadable,
} from './index.ts';

const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
const exact = { seconds: 1_600_000_000, nanoseconds: 123_456_789 };
const odd = Buffer.concat([Buffer.from('d/odd\n\\= '), Buffer.from([0xff, 0xfe])]);
const entries = [
  directory('.', { ...owner, mode: 0o750, mtime: 5 }),
  directory('d', { ...owner, mtime: exact, xattrs: { 'user.dir': 'a"b\\c' } }),
  file(odd, 'odd', { ...owner, mtime: { seconds: -2, nanoseconds: 500_000_000 }, xattrs: { 'user.a': '\0\n=' } }),
  file('d/a', 'a'.repeat(700), { ...owner, mode: 0o4755, xattrs: { 'user.empty': '' } }),
  hardlink('d/b', 'd/a', owner),
  symlink('l', 'd/missing', { ...owner, mtime: exact }),
  hardlink('m', 'l', owner),
  fifo('p', { ...owner, mode: 0o620 }),
  sparseFile('s', 100_000, [{ offset: 8192, data: 'data' }], owner),
];
const flat = entries.map((entry) =>
  entry.name === '.' ? directory('./', { ...owner, mode: 0o750, mtime: 5 }) : entry,
);

let scratch = '';
before(() => (scratch = mkdtempSync(join(tmpdir(), 'holdfast-listings-'))));
after(() => rmSync(scratch, { recursive: true }));

void suite('listings', () => {
  void test('of a tar are as expected of its entries', () => {
    assertSameTree(listingOfTar(tarOf(flat)), expectedListing(entries));
  });

  void test('of a directory are as expected of its entries', { skip: !xattrsReadable && 'getfattr is missing' }, () => {
    const target = join(scratch, 'extracted');
    mkdirSync(target);
    const flags = ['-x', '-p', '--xattrs', '--xattrs-include=*', '--delay-directory-restore', '-C', target, '-f', '-'];
    const { status, stderr } = spawnSync('tar', flags, { input: tarOf(flat) });
    assert.equal(status, 0, stderr.toString());
    assertSameTree(listingOfDirectory(target), expectedListing(entries));
  });

  void test('imply the parents that a case leaves out', () => {
    const listing = expectedListing([file('a/b/c', '1')]);
    assert.deepEqual([...listing.keys()], ['.', 'a', 'a/b', 'a/b/c']);
    assert.equal([...listing.values()][1]?.mtime, '0.000000000');
  });

  void test('tell what is missing, extra and other, path by path', () => {
    const actual = expectedListing([file('a', '1'), file('b', '1'), file('c')]);
    const expected = expectedListing([file('a', '1', { mode: 0o600 }), file('b', '1'), hardlink('d', 'b')]);
    assert.deepEqual(differences(actual, expected), [
      'other   a: mode is 0644, should be 0600',
      'other   b: group is none, should be ["b","d"]',
      'extra   c (file)',
      'missing d (file)',
    ]);
    assert.throws(() => assertSameTree(actual, expected), /the tree is not as expected:\n {2}other {3}a: mode/);
    assertSameTree(actual, actual);
  });

  for (const [what, hostile] of Object.entries({
    'a name twice': [file('a'), file('a')],
    'a child before its directory': [file('d/a'), directory('d/')],
    'a child through a symbolic link': [directory('d/'), symlink('s', 'd'), file('s/a')],
    'a link before its target': [hardlink('b', 'a'), file('a')],
    'a chain of links': [file('a'), hardlink('b', 'a'), hardlink('c', 'b')],
    'a name that climbs': [file('../a')],
    'an absolute name': [file('/a')],
    'a name with a dot component': [file('./a')],
    'a whiteout': [whiteout('a')],
  })) {
    void test(`of a tar refuse ${what}`, () => {
      assert.throws(() => listingOfTar(tarOf(hostile)), { name: 'AssertionError' });
    });
  }
});
