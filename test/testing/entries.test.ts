import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  charDevice,
  directory,
  file,
  hardlink,
  opaque,
  sparseFile,
  symlink,
  tarOf,
  whiteout,
} from '../../src/testing/index.ts';

void suite('entry builders', () => {
  void test('give a plain file with the usual attributes', () => {
    assert.deepEqual(file('a', 'hello'), {
      name: 'a',
      kind: 'file',
      linkName: '',
      mode: 0o644,
      uid: 0,
      gid: 0,
      mtime: { seconds: 1_700_000_000, nanoseconds: 0 },
      size: 5,
      xattrs: undefined,
      deviceMajor: 0,
      deviceMinor: 0,
      sparse: undefined,
      content: Buffer.from('hello'),
    });
  });

  void test('give every kind its own mode and facts', () => {
    assert.equal(directory('d').mode, 0o755);
    assert.equal(symlink('l', 'd').mode, 0o777);
    assert.equal(hardlink('h', '/a').linkName, '/a');
    const device = charDevice('null', 1, 3);
    assert.deepEqual([device.deviceMajor, device.deviceMinor], [1, 3]);
  });

  void test('take names as text, as bytes and as text with stray bytes', () => {
    assert.equal(file('é').name, '\xc3\xa9');
    assert.equal(file(Buffer.from([0xff, 0xfe])).name, '\xff\xfe');
    assert.equal(file('a\udcff').name, 'a\xff');
  });

  void test('name markers in the directory of what they remove', () => {
    assert.equal(whiteout('a').name, '.wh.a');
    assert.equal(whiteout('a/b/c').name, 'a/b/.wh.c');
    assert.equal(whiteout(Buffer.from([0x61, 0x2f, 0xff])).name, 'a/.wh.\xff');
    assert.equal(opaque('').name, '.wh..wh..opq');
    assert.equal(opaque('a/b').name, 'a/b/.wh..wh..opq');
    assert.equal(opaque('a/b/').name, 'a/b/.wh..wh..opq');
  });

  void test('take times as seconds or exactly, and xattr values as text or bytes', () => {
    const entry = file('a', '', { mtime: -2, xattrs: { 'user.a': 'é', 'user.b': Buffer.from([0]) } });
    assert.deepEqual(entry.mtime, { seconds: -2, nanoseconds: 0 });
    assert.deepEqual(
      [...(entry.xattrs ?? [])].map(([name, value]) => [name, Buffer.from(value).toString('hex')]),
      [
        ['user.a', 'c3a9'],
        ['user.b', '00'],
      ],
    );
  });

  void test('keep the holes of a sparse file out of its content', () => {
    const entry = sparseFile('s', 100, [
      { offset: 10, data: 'ab' },
      { offset: 50, data: 'c' },
    ]);
    assert.equal(entry.size, 100);
    assert.equal(Buffer.from(entry.content).toString(), 'abc');
    assert.deepEqual(entry.sparse, [
      { offset: 10, size: 2 },
      { offset: 50, size: 1 },
    ]);
  });

  void test('make the same archive every time', () => {
    const entries = () => [directory('d/'), file('d/a', '1', { xattrs: { 'user.a': '1' } }), hardlink('b', 'd/a')];
    assert.deepEqual(tarOf(entries()), tarOf(entries()));
  });
});
