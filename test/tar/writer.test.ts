import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ByteString, fromText, HoldfastError } from '../../src/base/index.ts';
import { encodeTarEntry, endOfArchive, type TarEntry, tarPadding } from '../../src/tar/index.ts';

const file: TarEntry = {
  name: fromText('f'),
  kind: 'file',
  linkName: fromText(''),
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: { seconds: 0, nanoseconds: 0 },
  size: 0,
  xattrs: undefined,
  deviceMajor: 0,
  deviceMinor: 0,
  sparse: undefined,
};

/** The records of the PAX header that is written, or undefined where there is none. */
function paxOf(entry: Partial<TarEntry>): string | undefined {
  const bytes = Buffer.from(encodeTarEntry({ ...file, ...entry }));
  if (bytes.toString('latin1', 156, 157) !== 'x') return undefined;
  return bytes.toString('latin1', 512, 512 + Number.parseInt(bytes.toString('latin1', 124, 135), 8));
}

const name = (text: string) => text as ByteString;

void describe('the writer', () => {
  void test('needs one plain ustar block where everything fits', () => {
    const entry = {
      ...file,
      uid: 0o7777777,
      gid: 1,
      mtime: { seconds: 0o77777777777, nanoseconds: 0 },
      size: 8 ** 11 - 1,
    };
    const block = Buffer.from(encodeTarEntry(entry));
    assert.equal(block.length, 512);
    assert.equal(block.toString('latin1', 100, 148), '0000644\x007777777\x000000001\x0077777777777\x0077777777777\0');
    assert.equal(block.toString('latin1', 257, 265), 'ustar\x0000');
    assert.equal(block.toString('latin1', 265, 329), '\0'.repeat(64));
  });

  void test('splits a long name at a slash where prefix and name fit', () => {
    for (const text of [
      'n'.repeat(100),
      `${'p'.repeat(155)}/${'n'.repeat(100)}`,
      `a/${'n'.repeat(100)}`,
      'd/'.repeat(60),
      `/${'p'.repeat(20)}/${'n'.repeat(99)}`,
    ]) {
      assert.equal(paxOf({ name: name(text), kind: 'directory' }), undefined, text);
    }
    for (const text of [
      'n'.repeat(101),
      `${'p'.repeat(156)}/n`,
      `a/${'n'.repeat(101)}`,
      `/${'n'.repeat(100)}`,
      `${'p'.repeat(100)}/`,
    ]) {
      assert.equal(paxOf({ name: name(text), kind: 'directory' }), `${text.length + 10} path=${text}\n`, text);
    }
  });

  void test('writes only the records that are needed, in the order of their keys', () => {
    const entry = {
      uid: 4294967294,
      mtime: { seconds: -2, nanoseconds: 500_000_000 },
      xattrs: new Map([
        [name('user.b'), Buffer.from('x')],
        [name('user.a'), Buffer.from('')],
      ]),
    };
    const expected = '24 SCHILY.xattr.user.a=\n25 SCHILY.xattr.user.b=x\n14 mtime=-1.5\n18 uid=4294967294\n';
    assert.equal(paxOf(entry), expected);
    assert.equal(paxOf({ mtime: { seconds: 1, nanoseconds: 1 } }), '21 mtime=1.000000001\n');
    assert.equal(paxOf({ mtime: { seconds: 0o100000000000, nanoseconds: 0 } }), '20 mtime=8589934592\n');
    assert.equal(paxOf({ size: 8 ** 11 }), '19 size=8589934592\n');
  });

  void test('says hdrcharset=BINARY only for a name that is not ASCII and stands in a record', () => {
    assert.equal(paxOf({ name: name('\xff') }), undefined);
    assert.match(paxOf({ name: name('\xff'.repeat(101)) }) ?? '', /^21 hdrcharset=BINARY\n111 path=\xff/);
    assert.doesNotMatch(paxOf({ name: name('a'.repeat(101)) }) ?? '', /hdrcharset/);
    const link = { kind: 'symlink', linkName: name('\xff'.repeat(101)) } as const;
    assert.match(paxOf(link) ?? '', /hdrcharset=BINARY/);
  });

  void test('spells "=" in xattr names as GNU tar does, and "%" only where it must', () => {
    const keys = (text: string) => paxOf({ xattrs: new Map([[name(text), Buffer.from('v')]]) });
    assert.match(keys('user.a=b') ?? '', /SCHILY\.xattr\.user\.a%3Db=v/);
    assert.match(keys('user.%3D') ?? '', /SCHILY\.xattr\.user\.%253D=v/);
    assert.match(keys('user.50%') ?? '', /SCHILY\.xattr\.user\.50%=v/);
  });

  void test('writes a sparse file as PAX 1.0, ending in an empty run where it ends in a hole', () => {
    const sparse = [{ offset: 100, size: 5 }];
    const bytes = Buffer.from(encodeTarEntry({ ...file, size: 1000, sparse }));
    assert.equal(bytes.length, 4 * 512);
    assert.match(paxOf({ size: 1000, sparse }) ?? '', /sparse\.major=1\n.*minor=0\n.*name=f\n.*realsize=1000\n$/);
    assert.equal(bytes.toString('latin1', 1536, 1549), '2\n100\n5\n1000\n');
    assert.equal(Number.parseInt(bytes.toString('latin1', 1024 + 124, 1024 + 135), 8), 517);
  });

  void test('gives links, directories and devices no size', () => {
    for (const kind of ['hardlink', 'symlink', 'directory', 'fifo', 'char', 'block'] as const) {
      const block = Buffer.from(encodeTarEntry({ ...file, kind, size: 5, linkName: fromText('t') }));
      assert.equal(block.toString('latin1', 124, 135), '00000000000', kind);
    }
  });

  void test('never ends a cut name in a slash, which makes a directory of it elsewhere', () => {
    for (const text of [`${'a'.repeat(99)}/${'b'.repeat(200)}`, `${'/'.repeat(300)}b`]) {
      const bytes = Buffer.from(encodeTarEntry({ ...file, name: name(text) }));
      assert.notEqual(bytes.at(-512), 0);
      assert.doesNotMatch(bytes.toString('latin1', bytes.length - 512, bytes.length - 412), /\/\0*$/);
    }
  });

  void test('refuses a NUL in a name', () => {
    const write = () => encodeTarEntry({ ...file, name: name('a\0b') });
    assert.throws(write, (error) => error instanceof HoldfastError && error.code === 'NAME_NUL');
  });

  void test('pads to blocks and ends with two', () => {
    assert.deepEqual([0, 1, 511, 512, 513, 2 ** 40 + 1].map(tarPadding), [0, 511, 1, 0, 511, 511]);
    assert.deepEqual(endOfArchive, new Uint8Array(1024));
  });
});
