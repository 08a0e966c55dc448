/** Streams of somebody who means no good, or of something that is no probe. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { defaultLimits, type Limits } from '../../src/base/index.ts';
import { decodeLine, LineSplitter, TreeAssembler } from '../../src/tree-stream/index.ts';

const directory = { kind: 'directory', mode: '0755', uid: 0, gid: 0, mtime: '0' };
const file = { ...directory, kind: 'file', size: 1 };

void describe('a line of a tree stream', () => {
  const wrong: Readonly<Record<string, unknown>> = {
    'is no object': 7,
    'is a list': [],
    'has no path': file,
    'leads out of the tree': { ...file, path: '../etc/passwd' },
    'leads out of the tree further down': { ...file, path: 'a/../../b' },
    'is absolute': { ...file, path: '/etc' },
    'has an empty component': { ...file, path: 'a//b' },
    'has a dot as a component': { ...file, path: './a' },
    'has a NUL': { ...file, path: 'a\0b' },
    'has a name too long for any file system': { ...file, path: 'a'.repeat(256) },
    'has a path that is no text': { ...file, path: ['a'] },
    'is of no known kind': { ...file, path: 'a', kind: 'whiteout' },
    'says nothing': { path: 'a' },
    'has a mode that is none': { ...file, path: 'a', mode: '99999' },
    'has a mode of bits that are no modes': { ...file, path: 'a', mode: '100644' },
    'has a negative owner': { ...file, path: 'a', uid: -1 },
    'has an owner that does not fit': { ...file, path: 'a', gid: 2 ** 32 },
    'has half an owner': { ...file, path: 'a', uid: 0.5 },
    'has a size that is not exact': { ...file, path: 'a', size: 2 ** 53 },
    'has a file without a size': { ...directory, kind: 'file', path: 'a' },
    'has a time that is none': { ...file, path: 'a', mtime: 'yesterday' },
    'has a time as a number': { ...file, path: 'a', mtime: 0 },
    'has a link to nowhere': { ...directory, kind: 'symlink', path: 'a', linkTarget: '' },
    'has a link too long': { ...directory, kind: 'symlink', path: 'a', linkTarget: 'x'.repeat(4096) },
    'has a device without numbers': { ...directory, kind: 'char', path: 'a' },
    'has an xattr without a namespace': { ...file, path: 'a', xattrs: { name: '' } },
    'has an xattr that is not base64': { ...file, path: 'a', xattrs: { 'user.a': '!' } },
    'has an xattr that is too large': { ...file, path: 'a', xattrs: { 'user.a': 'AAAA'.repeat(30_000) } },
    'links directories': { ...directory, path: 'a', link: '1' },
    'has a link that is a number': { ...file, path: 'a', link: 1 },
    'has a problem that nobody knows': { path: 'a', problems: [{ kind: 'bad luck' }] },
    'has too many problems': { path: 'a', problems: Array.from({ length: 11 }, () => ({ kind: 'vanished' })) },
    'has an errno for a terminal': { path: 'a', problems: [{ kind: 'unreadable', what: 'inode', errno: '\u001b[2J' }] },
    'has a digest that is none': { path: 'a', digest: 'sha256:xyz', size: 1, mtime: '0' },
    'has a head of something else': { holdfast: 'something' },
    'has a head of another version': { holdfast: 'tree-stream', version: 2 },
    'has a head without facts': { holdfast: 'tree-stream', version: 1, instance: 'a' },
    'has an end that is none': { end: 'of the world' },
    'has an error that is none': { error: 'bad' },
  };
  for (const [what, value] of Object.entries(wrong)) {
    void it(`is refused when it ${what}`, () => {
      assert.throws(() => decodeLine(JSON.stringify(value)), { code: 'TREE_STREAM_INVALID' });
    });
  }

  void it('is refused or read, and nothing else, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        try {
          decodeLine(text);
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'TREE_STREAM_INVALID');
        }
      }),
    );
  });

  void it('is refused when it does not end', () => {
    const splitter = new LineSplitter(1000);
    assert.throws(
      () => {
        for (let at = 0; at < 100; at++) [...splitter.push(Buffer.alloc(100, 'x'))].join('');
      },
      { code: 'TREE_STREAM_INVALID' },
    );
  });

  void it('is refused when nothing but blank ones come, which are for keeping a connection for hours', () => {
    const splitter = new LineSplitter(1000);
    const blanks = Buffer.from(`${' '.repeat(400)}\n`.repeat(2000));
    const tenHours = 10 * 60 * 30;
    for (let lines = 0; lines < tenHours; lines += 2000) assert.deepEqual([...splitter.push(blanks)], []);
    assert.deepEqual([...splitter.push(Buffer.from('{}\n'))], ['{}']);
    assert.throws(
      () => {
        for (let at = 0; at < 100; at++) [...splitter.push(blanks)].join('');
      },
      { code: 'TREE_STREAM_INVALID' },
    );
  });
});

void describe('the order of a tree stream', () => {
  const root = { ...directory, path: '.' };
  const wrong: Readonly<Record<string, readonly object[]>> = {
    'begins without a root': [{ ...file, path: 'a' }],
    'has a root that is a file': [{ ...file, path: '.' }],
    'has a name twice': [root, { ...file, path: 'a' }, { ...file, path: 'a' }],
    'goes back': [root, { ...file, path: 'b' }, { ...file, path: 'a' }],
    'has the root twice': [root, root],
    'has a name in a directory that was not listed': [root, { ...file, path: 'a/b' }],
    'has a name in a file': [root, { ...file, path: 'a' }, { ...file, path: 'a/b' }],
    'has a name below what vanished': [root, { path: 'a', problems: [{ kind: 'vanished' }] }, { ...file, path: 'a/b' }],
    'has a name in a directory that is over': [
      root,
      { ...directory, path: 'a' },
      { ...directory, path: 'b' },
      { ...file, path: 'a/x' },
    ],
  };
  for (const [what, records] of Object.entries(wrong)) {
    void it(`is refused when it ${what}`, () => {
      assert.throws(() => assembled(records), { code: 'TREE_STREAM_INVALID' });
    });
  }

  void it('is refused when nothing comes', () => {
    assert.throws(() => assembled([]), { code: 'TREE_STREAM_INVALID' });
  });

  void it('makes no inode of names whose kinds differ', () => {
    const { tree } = assembled([
      root,
      { ...file, path: 'a', link: '1' },
      { ...directory, kind: 'fifo', path: 'b', link: '1' },
    ]);
    assert.equal(tree.linked.size, 0);
  });

  const limits: readonly (readonly [string, Partial<Limits>])[] = [
    ['entries', { maxEntries: 2 }],
    ['depth', { maxDepth: 2 }],
    ['xattrs', { maxXattrBytes: 5 }],
  ];
  for (const [what, some] of limits) {
    void it(`is held to the limit of ${what}`, () => {
      const records = [
        root,
        { ...directory, path: 'a', xattrs: { 'user.a': 'AAAA' } },
        { ...directory, path: 'a/a' },
        { ...directory, path: 'a/a/a' },
      ];
      assert.throws(() => assembled(records, { ...defaultLimits, ...some }), { code: 'LIMIT_EXCEEDED' });
    });
  }
});

function assembled(records: readonly object[], limits = defaultLimits) {
  const assembler = new TreeAssembler(limits);
  for (const record of records) {
    const line = decodeLine(JSON.stringify(record));
    assert.ok(line.kind === 'record');
    assembler.add(line.record);
  }
  return assembler.finish();
}
