import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type ByteString, fromText } from '../../src/base/index.ts';
import { lookup } from '../../src/tree/index.ts';
import { assertSameTree, listingOfDirectory } from '../cases/index.ts';
import { isRoot, scratch } from '../unpack/scratch.ts';
import { listingOfLive, problemsOf, scanned } from './live-listing.ts';

async function found(t: TestContext, directory: string, name: string) {
  const live = await scanned(t, directory);
  const inode = lookup(live.tree, fromText(name));
  assert.ok(inode, `${name} is in the tree`);
  return { live, inode };
}

void describe('a scan', () => {
  void it('finds an empty directory', async (t) => {
    const directory = scratch(t);
    const live = await scanned(t, directory);
    assert.equal(live.rows.length, 1);
    assert.equal(live.tree.root.children?.size, 0);
    assertSameTree(listingOfLive(live), listingOfDirectory(directory));
  });

  void it('keeps nanoseconds, of times before 1970 too', async (t) => {
    const directory = scratch(t);
    execFileSync('touch', ['-d', '1969-12-31T23:59:58.123456789Z', path.join(directory, 'old')]);
    const { inode } = await found(t, directory, 'old');
    assert.deepEqual(inode.mtime, { seconds: -2, nanoseconds: 123_456_789 });
  });

  void it('tells files apart, and when they were changed, as stat does', async (t) => {
    const directory = scratch(t);
    fs.writeFileSync(path.join(directory, 'file'), 'content');
    const { live, inode } = await found(t, directory, 'file');
    const stat = fs.statSync(path.join(directory, 'file'), { bigint: true });
    const { ctime, ...identity } = live.identity(inode);
    assert.deepEqual(identity, { device: stat.dev, inode: stat.ino, size: 7, mtime: inode.mtime });
    assert.equal(BigInt(ctime.seconds) * 1_000_000_000n + BigInt(ctime.nanoseconds), stat.ctimeNs);
  });

  void it('takes names as bytes: invalid UTF-8, newlines, whatever can be', async (t) => {
    const directory = scratch(t);
    const names = ['\xff\xfe', '\xff\xfd', 'a\nb', 'a\\b', '\x01', '-n', '.wh.x', 'n'.repeat(255)];
    for (const name of names) fs.writeFileSync(Buffer.from(`${directory}/${name}`, 'latin1'), name);
    const live = await scanned(t, directory);
    assert.deepEqual([...(live.tree.root.children?.keys() ?? [])], [...names].sort());
    assertSameTree(listingOfLive(live), listingOfDirectory(directory));
  });

  void it('keeps the text of links as bytes, up to the longest', async (t) => {
    const directory = scratch(t);
    const texts = { a: '\xff/../\n', b: '/'.repeat(4095), c: 'c' };
    for (const [name, text] of Object.entries(texts)) {
      fs.symlinkSync(Buffer.from(text, 'latin1'), path.join(directory, name));
    }
    const live = await scanned(t, directory);
    for (const [name, text] of Object.entries(texts)) {
      assert.equal(lookup(live.tree, name as ByteString)?.linkText, text);
    }
  });

  void it('finds links of all kinds but directories', async (t) => {
    const directory = scratch(t);
    fs.mkdirSync(path.join(directory, 'd'));
    fs.writeFileSync(path.join(directory, 'file'), 'x');
    fs.symlinkSync('nowhere', path.join(directory, 'symlink'));
    execFileSync('mkfifo', [path.join(directory, 'fifo')]);
    for (const name of ['file', 'symlink', 'fifo']) {
      fs.linkSync(path.join(directory, name), path.join(directory, 'd', name));
    }
    const live = await scanned(t, directory);
    for (const name of ['file', 'symlink', 'fifo'].map(fromText)) {
      assert.equal(lookup(live.tree, name), lookup(live.tree, `d/${name}` as ByteString));
    }
    assertSameTree(listingOfLive(live), listingOfDirectory(directory));
  });

  void it('takes a file for one of its own when its other names are outside', async (t) => {
    const directory = scratch(t);
    const root = path.join(directory, 'root');
    fs.mkdirSync(root);
    fs.writeFileSync(path.join(root, 'a'), 'x');
    fs.linkSync(path.join(root, 'a'), path.join(directory, 'outside'));
    const live = await scanned(t, root);
    assert.equal(live.tree.linked.size, 0);
    assert.equal(live.rows.length, 2);
  });

  void it('finds devices with wide numbers', { skip: !isRoot && 'needs root' }, async (t) => {
    const directory = scratch(t);
    execFileSync('mknod', [path.join(directory, 'c'), 'c', '4095', '1048575']);
    execFileSync('mknod', [path.join(directory, 'b'), 'b', '7', '300']);
    const live = await scanned(t, directory);
    assert.deepEqual(lookup(live.tree, fromText('c'))?.device, [4095, 1_048_575]);
    assert.deepEqual(lookup(live.tree, fromText('b'))?.device, [7, 300]);
    assertSameTree(listingOfLive(live), listingOfDirectory(directory));
  });

  void it('reports sockets and leaves them out', async (t) => {
    const directory = scratch(t);
    const server = net.createServer().listen(path.join(directory, 'socket'));
    t.after(() => server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const live = await scanned(t, directory);
    assert.deepEqual(problemsOf(live), ['socket socket']);
    assert.equal(live.tree.root.children?.size, 0);
    assert.ok(!live.isUnseen(fromText('socket')));
  });

  void it('takes the directory that a link leads to, but only at the end of the path that was given', async (t) => {
    const directory = scratch(t);
    fs.mkdirSync(path.join(directory, 'root'));
    fs.writeFileSync(path.join(directory, 'root', 'a'), '');
    fs.symlinkSync('root', path.join(directory, 'link'));
    const live = await scanned(t, path.join(directory, 'link'));
    assert.deepEqual([...(live.tree.root.children?.keys() ?? [])], ['a']);
  });

  void it('says so when there is no such directory', async (t) => {
    const directory = scratch(t);
    fs.writeFileSync(path.join(directory, 'file'), '');
    for (const name of ['nothing', 'file', 'file/x', 'a\0b']) {
      await assert.rejects(scanned(t, path.join(directory, name)), { code: 'IMAGE_NOT_FOUND' });
    }
  });
});

void describe('the xattrs of a scan', { skip: !isRoot && 'needs root' }, () => {
  const attrs = {
    'user.text': 'text',
    'user.empty': '',
    'user.binary': '0x00ff0a',
    'user.long': 'x'.repeat(2000),
    'security.capability': '0x0100000200200000000000000000000000000000',
    'trusted.mine': '1',
  };

  function withXattrs(t: TestContext): string {
    const directory = scratch(t);
    fs.writeFileSync(path.join(directory, 'file'), 'x');
    for (const [name, value] of Object.entries(attrs)) {
      execFileSync('setfattr', ['-n', name, ...(value === '' ? [] : ['-v', value]), path.join(directory, 'file')]);
    }
    fs.symlinkSync('x', path.join(directory, 'link'));
    execFileSync('setfattr', ['-h', '-n', 'trusted.link', '-v', '1', path.join(directory, 'link')]);
    execFileSync('setfattr', ['-n', 'user.root', '-v', '1', directory]);
    return directory;
  }

  void it('are all that the system lists, on every kind and on the root', async (t) => {
    const directory = withXattrs(t);
    const live = await scanned(t, directory);
    assert.equal(live.tree.root.xattrs?.size, 1);
    assertSameTree(listingOfLive(live), listingOfDirectory(directory));
    const { xattrs } = live.facts;
    assert.ok(typeof xattrs === 'function' && xattrs(fromText('trusted.x')) && xattrs(fromText('user.x')));
  });

  void it('are so many that they need more than one look', async (t) => {
    const directory = scratch(t);
    fs.writeFileSync(path.join(directory, 'file'), '');
    const lines = Array.from({ length: 60 }, (_, number) => `user.number-${number}-${'x'.repeat(10)}=""\n`);
    execFileSync('setfattr', ['--restore=-'], { input: `# file: file\n${lines.join('')}`, cwd: directory });
    const { inode } = await found(t, directory, 'file');
    assert.equal(inode.xattrs?.size, 60);
  });

  void it('leave out what belongs to the host, unless it is wanted', async (t) => {
    const directory = withXattrs(t);
    const [file, own] = [path.join(directory, 'file'), ['trusted.overlay.opaque', 'user.overlay.origin']];
    for (const name of own) execFileSync('setfattr', ['-n', name, '-v', 'y', file]);
    const names = async (hostXattrs: boolean): Promise<string[]> => {
      const live = await scanned(t, directory, { hostXattrs });
      const { xattrs } = live.facts;
      const areKnown = own.map((name) => typeof xattrs === 'function' && xattrs(fromText(name)));
      assert.deepEqual(areKnown, [hostXattrs, hostXattrs]);
      return [...(lookup(live.tree, fromText('file'))?.xattrs?.keys() ?? [])];
    };
    assert.deepEqual(await names(false), Object.keys(attrs).sort());
    assert.deepEqual(await names(true), [...Object.keys(attrs), ...own].sort());
  });

  void it('are bounded for each inode', async (t) => {
    const directory = withXattrs(t);
    const { defaultLimits } = await import('../../src/base/index.ts');
    const limits = { ...defaultLimits, maxXattrBytes: 1000 };
    await assert.rejects(scanned(t, directory, { limits }), { code: 'LIMIT_EXCEEDED' });
  });
});
