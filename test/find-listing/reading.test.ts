import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readFindListing } from '../../src/find-listing/index.ts';
import { type ByteString } from '../../src/base/index.ts';
import { type Inode, inodes, linkGroups, lookup, walk } from '../../src/tree/index.ts';
import { digests, listing, read, record, root } from './listing-text.ts';

const at = (name: string): ByteString => name as ByteString;
const [one, two] = ['1'.repeat(64), '2'.repeat(64)];

function inodeAt(tree: Parameters<typeof lookup>[0], path: string): Inode {
  const inode = lookup(tree, at(path));
  assert.ok(inode, path);
  return inode;
}

void describe('a listing that is read', () => {
  void it('is a tree, in whatever order its names come', async () => {
    const records = [
      record('a', { kind: 'd', mode: '2775', uid: '7', gid: '8' }),
      record('a/b', { kind: 'd' }),
      record('a/b/file', { mode: '4755', size: '12', mtime: '-2.5000000000' }),
      record('a/link', { kind: 'l', mode: '777', linkText: '../\xff\n' }),
      record('pipe', { kind: 'p' }),
      root,
    ];
    const forward = await read(listing(records.join('')));
    const backward = await read(listing(records.toReversed().join('')));
    for (const { tree } of [forward, backward]) {
      const paths = Array.from(walk(tree), ({ path }) => path);
      assert.deepEqual(paths, ['', 'a', 'a/b', 'a/b/file', 'a/link', 'pipe']);
      const { kind, mode, size, mtime } = inodeAt(tree, 'a/b/file');
      assert.deepEqual({ kind, mode, size }, { kind: 'file', mode: 0o4755, size: 12 });
      assert.deepEqual(mtime, { seconds: -2, nanoseconds: 500_000_000 }, 'find adds the fraction');
      assert.equal(inodeAt(tree, 'a/link').linkText, '../\xff\n');
      const { uid, gid } = inodeAt(tree, 'a');
      assert.deepEqual([uid, gid], [7, 8]);
    }
  });

  void it('links what one device has under one number, and believes no count of names', async () => {
    const { tree } = await read(
      listing(
        root +
          record('one', { inode: '7', links: '1' }) +
          record('two', { inode: '7', links: '1' }) +
          record('elsewhere', { inode: '7', device: '6', links: '2' }) +
          record('alone', { inode: '9', links: '5' }) +
          record('symlink', { kind: 'l', inode: '7', linkText: 'x', links: '2' }) +
          record('18446744073709551615', { inode: '18446744073709551615' }) +
          record('18446744073709551614', { inode: '18446744073709551614' }) +
          record('same', { inode: '18446744073709551614' }),
      ),
    );
    const groups = linkGroups(tree).map(({ paths }) => paths);
    assert.deepEqual(groups, [
      ['18446744073709551614', 'same'],
      ['one', 'two'],
    ]);
  });

  void it('has directories that only names below tell of, with unknown attributes', async () => {
    const { tree } = await read(listing(root + record('a/b/c')));
    assert.deepEqual(
      Array.from(walk(tree), ({ path }) => path),
      ['', 'a', 'a/b', 'a/b/c'],
    );
    assert.ok(inodeAt(tree, 'a').isUnlisted && inodeAt(tree, 'a/b').isUnlisted);
    assert.ok(!tree.root.isUnlisted);
  });

  void it('knows content only by digests, which may come first, and of names that are not listed', async () => {
    const files = record('a') + record('b') + record('unread');
    const hashes = digests([
      [one, 'a'],
      [two, 'b'],
      [two, 'gone'],
    ]);
    const without = await read(listing(root + files));
    assert.equal(without.facts.content, false);
    assert.equal(without.facts.size, true);
    for (const text of [listing(root + files) + hashes, hashes + listing(root + files)]) {
      const { tree, facts, digestOf } = await read(text);
      assert.equal(facts.content, true);
      assert.equal(digestOf(inodeAt(tree, 'a')), `sha256:${one}`);
      assert.equal(digestOf(inodeAt(tree, 'unread')), undefined);
    }
  });

  void it('has no digest for a file that changed from one of its names to the next', async () => {
    const files = record('a', { inode: '5' }) + record('b', { inode: '5' });
    const { tree, digestOf } = await read(
      listing(root + files) +
        digests([
          [one, 'a'],
          [two, 'b'],
        ]),
    );
    assert.equal(digestOf(inodeAt(tree, 'a')), undefined);
    const same = await read(
      listing(root + files) +
        digests([
          [one, 'a'],
          [one, 'b'],
        ]),
    );
    assert.equal(same.digestOf(inodeAt(same.tree, 'b')), `sha256:${one}`);
  });

  void it('takes directories of another device as mount points, and only the topmost', async () => {
    const { mounts, problems } = await read(
      listing(
        root +
          record('mnt', { kind: 'd', device: '9' }) +
          record('mnt/inner', { kind: 'd', device: '10' }) +
          record('etc', { kind: 'd' }) +
          record('etc/hosts'),
        {
          mounts:
            '1 0 0:1 / / rw - x x rw\n2 1 0:2 / /etc/hosts rw - x x rw\nnonsense\n3 1 0:3 / /not/there rw - x x rw\n',
        },
      ),
    );
    assert.deepEqual(mounts, ['etc/hosts', 'mnt']);
    assert.deepEqual(
      problems.map(({ kind, path }) => `${kind} ${path}`),
      ['mount etc/hosts', 'mount mnt'],
    );
  });

  void it('takes a link whose text could not be read as vanished', async () => {
    const { tree, problems } = await read(listing(root + record('gone', { kind: 'l', linkText: '' })));
    assert.deepEqual(problems, [{ kind: 'vanished', path: 'gone' }]);
    assert.equal(lookup(tree, at('gone')), undefined);
  });

  void it('is the same in chunks of any size', async () => {
    const text = Buffer.from(
      listing(root + record('a\n\xff', { inode: '5' }) + record('b', { inode: '5' })) + digests([[one, 'b']]),
      'latin1',
    );
    for (const size of [1, 2, 3, 7, 64]) {
      const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
        text.subarray(at * size, (at + 1) * size),
      );
      const { tree, digestOf } = await readFindListing(chunks, 'listing');
      assert.equal([...inodes(tree)].length, 3);
      assert.equal(digestOf(inodeAt(tree, 'a\n\xff')), `sha256:${one}`);
    }
  });
});
