import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, it } from 'node:test';
import { findListingCommands, readFindListing } from '../../src/find-listing/index.ts';
import { openTree } from '../../src/trees/index.ts';
import { assertSameTree, type Facts, listingOfDirectory, type TreeListing } from '../cases/index.ts';
import { fillDirectory, listingOfOpen } from '../probe/probing.ts';
import { isRoot, scratch } from '../unpack/scratch.ts';
import { linesFor, whyNoGnuFind } from './listing-text.ts';

/** A listing without what a tool cannot know. */
function known(listing: TreeListing, what: { readonly device: boolean; readonly nanoseconds: boolean }): TreeListing {
  const reduced = (facts: Facts): Facts => ({
    ...facts,
    xattrs: [],
    ...(facts.device === undefined || what.device ? {} : { device: '0:0' }),
    mtime: what.nanoseconds ? facts.mtime : wholeSeconds(facts.mtime),
  });
  return new Map([...listing].map(([name, facts]) => [name, reduced(facts)]));
}

/** Rounded down, as stat does. */
function wholeSeconds(mtime: string): string {
  const [whole = '', fraction = ''] = mtime.split('.');
  const isBelow = mtime.startsWith('-') && !/^0*$/.test(fraction);
  return `${isBelow ? BigInt(whole) - 1n : whole}.000000000`;
}

void describe('the lines that list a tree by shell', { skip: whyNoGnuFind }, () => {
  void it('tell the very tree that a scan finds, by GNU find and sha256sum', async (t) => {
    const directory = scratch(t);
    fillDirectory(directory);
    const print = linesFor(directory);
    const file = path.join(scratch(t), 'listing');
    fs.writeFileSync(file, Buffer.concat([print('listing'), print('digests')]));
    await using tree = await openTree(`find:${file}`);
    const expected = known(listingOfDirectory(directory), { device: false, nanoseconds: true });
    assertSameTree(await listingOfOpen(tree), expected);
    assert.deepEqual([tree.notes, tree.problems], [[], []]);
  });

  void it('tell whole seconds and device numbers where find has no -printf', async (t) => {
    const directory = scratch(t);
    fillDirectory(directory);
    const listing = await readFindListing([linesFor(directory)('reduced')], 'listing');
    const file = path.join(scratch(t), 'listing');
    fs.writeFileSync(file, linesFor(directory)('reduced'));
    await using tree = await openTree(`find:${file}`);
    const expected = known(listingOfDirectory(directory), { device: true, nanoseconds: false });
    assertSameTree(await listingOfOpen(tree), expected);
    const { nanoseconds, device, content, xattrs } = listing.facts;
    assert.deepEqual(
      { nanoseconds, device, content, xattrs },
      { nanoseconds: false, device: true, content: true, xattrs: false },
    );
  });

  void it('can be put between single quotes, and name any directory', async (t) => {
    const directory = path.join(scratch(t), '"$(touch x)`\\ \n-d');
    fs.mkdirSync(directory);
    fs.writeFileSync(path.join(directory, 'file'), 'content');
    for (const line of Object.values(findListingCommands(directory))) assert.ok(!line.includes("'"));
    for (const name of ['listing', 'reduced'] as const) {
      const { tree } = await readFindListing([linesFor(directory)(name)], 'listing');
      assert.deepEqual([...(tree.root.children?.keys() ?? [])], ['file']);
    }
    assert.deepEqual(fs.readdirSync(path.dirname(directory)), [path.basename(directory)]);
  });

  void it('enter the directory that a link leads to, and follow no other', async (t) => {
    const directory = scratch(t);
    fs.mkdirSync(path.join(directory, 'to/inner'), { recursive: true });
    fs.symlinkSync('..', path.join(directory, 'to/up'));
    fs.symlinkSync('to', path.join(directory, 'link'));
    const { tree } = await readFindListing([linesFor(path.join(directory, 'link'))('listing')], 'listing');
    assert.deepEqual([...(tree.root.children?.keys() ?? [])].sort(), ['inner', 'up']);
  });

  void it('tell sockets and what may not be read', async (t) => {
    const directory = scratch(t);
    const server = net.createServer().listen(path.join(directory, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    fs.mkdirSync(path.join(directory, 'closed/inner'), { recursive: true, mode: 0o755 });
    fs.chmodSync(path.join(directory, 'closed'), 0o700);
    for (const name of ['listing', 'reduced'] as const) {
      const line = findListingCommands(directory)[name];
      // Whoever runs the tests may read everything where that is root.
      const nobody = isRoot ? { uid: 65_534, gid: 65_534 } : undefined;
      if (!isRoot) fs.chmodSync(path.join(directory, 'closed'), 0);
      const { stdout } = spawnSync('sh', ['-c', line], { ...nobody });
      const { problems, notes } = await readFindListing([stdout], 'listing');
      const told = problems.map((problem) => `${problem.kind} ${problem.path}`);
      assert.deepEqual(told, ['unreadable closed', 'socket socket'], name);
      assert.deepEqual(
        notes.map(({ code }) => code),
        ['LISTING_INCOMPLETE'],
        name,
      );
    }
    fs.chmodSync(path.join(directory, 'closed'), 0o755);
    server.close();
  });

  void it(
    'tell where something is mounted, and nothing below',
    { skip: !isRoot && 'only root can mount' },
    async (t) => {
      const directory = scratch(t);
      const other = scratch(t);
      fs.writeFileSync(path.join(other, 'theirs'), 'theirs');
      for (const name of ['dir', 'dir/below']) fs.mkdirSync(path.join(directory, name));
      fs.writeFileSync(path.join(directory, 'file\n'), 'ours');
      const mounts = [
        `mount -t tmpfs none ${directory}/dir`,
        `mount --bind ${other}/theirs "${directory}/file\n"`,
        findListingCommands(directory).listing,
      ];
      const stdout = execFileSync('unshare', ['--mount', 'sh', '-ec', mounts.join('\n')]);
      const { problems, mounts: told } = await readFindListing([stdout], 'listing');
      assert.deepEqual(told, ['dir', 'file\n']);
      assert.deepEqual(problems, [
        { kind: 'mount', path: 'dir', isCrossed: false },
        { kind: 'mount', path: 'file\n', isCrossed: false },
      ]);
    },
  );

  void it('say that the directory is not there', async (t) => {
    const { stdout } = spawnSync('sh', ['-c', findListingCommands(path.join(scratch(t), 'none')).listing]);
    await assert.rejects(readFindListing([stdout], 'listing'), /the directory could not be entered/);
  });
});
