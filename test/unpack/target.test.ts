import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { directory, file } from '../../src/testing/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { assertSameTree, expectedListing, listingOfDirectory } from '../cases/expected-tree.ts';
import { failure, imageWith, isRoot, namesIn, runDriver, layoutWith, scratch } from './scratch.ts';

const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
const entries = [directory('./', own), directory('etc/', own), file('etc/hostname', 'holdfast\n', own)];

async function unpacksInto(context: TestContext, target: string, found = target): Promise<void> {
  const result = await unpack(await imageWith(context, [entries]), target);
  assertSameTree(listingOfDirectory(found), expectedListing(entries));
  assert.equal(result.atomic, true);
  assert.deepEqual(namesIn(path.dirname(found)), [`.${path.basename(found)}.holdfast`, path.basename(found)].sort());
}

void describe('the target of unpack', () => {
  void it('may be absent', async (t) => unpacksInto(t, path.join(scratch(t), 'root')));

  void it('may be an empty directory', async (t) => {
    const target = path.join(scratch(t), 'root');
    fs.mkdirSync(target);
    await unpacksInto(t, target);
  });

  void it('may be written with a slash at its end', async (t) => {
    const target = path.join(scratch(t), 'root');
    await unpacksInto(t, `${target}/`, target);
  });

  void it('may be written relative to the working directory', async (t) => {
    const target = path.join(scratch(t), 'root');
    await unpacksInto(t, path.relative(process.cwd(), target), target);
  });

  void it('may be the working directory', (t) => {
    const target = path.join(scratch(t), 'root');
    fs.mkdirSync(target);
    const reference = layoutWith(t, [entries]);
    const { error } = runDriver({ reference, target: '.', directory: target });
    assert.equal(error, undefined);
    assertSameTree(listingOfDirectory(target), expectedListing(entries));
  });

  void it('may have a name of 255 bytes', async (t) => {
    const parent = scratch(t);
    const target = path.join(parent, 'n'.repeat(255));
    const { notes } = await unpack(await imageWith(t, [entries]), target);
    assertSameTree(listingOfDirectory(target), expectedListing(entries));
    assert.ok(notes.some(({ code }) => code === 'RECORD_NOT_WRITTEN'));
    assert.deepEqual(namesIn(parent), [path.basename(target)]);
  });

  void it('is refused when it is not empty, and stays as it is', async (t) => {
    const target = path.join(scratch(t), 'root');
    fs.mkdirSync(target);
    fs.writeFileSync(path.join(target, 'mine'), 'mine');
    const before = listingOfDirectory(path.dirname(target));
    await failure('TARGET_OCCUPIED', unpack(await imageWith(t, [entries]), target));
    assertSameTree(listingOfDirectory(path.dirname(target)), before);
  });

  void it('is refused when it is a file', async (t) => {
    const target = path.join(scratch(t), 'root');
    fs.writeFileSync(target, 'mine');
    const { message } = await failure('TARGET_OCCUPIED', unpack(await imageWith(t, [entries]), target));
    assert.match(message, /is not a directory/);
  });

  for (const slash of ['', '/']) {
    void it(`is refused when it is a symbolic link to a directory, written "link${slash}"`, async (t) => {
      const parent = scratch(t);
      fs.mkdirSync(path.join(parent, 'elsewhere'));
      fs.symlinkSync('elsewhere', path.join(parent, 'link'));
      const target = `${path.join(parent, 'link')}${slash}`;
      const { message } = await failure('TARGET_OCCUPIED', unpack(await imageWith(t, [entries]), target));
      assert.match(message, /symbolic link/);
      assert.deepEqual(namesIn(parent), ['elsewhere', 'link']);
      assert.deepEqual(namesIn(path.join(parent, 'elsewhere')), []);
    });
  }

  void it('is refused when its parent is missing, by the name of the parent', async (t) => {
    const target = path.join(scratch(t), 'no', 'root');
    const { message } = await failure('HOST_REFUSED', unpack(await imageWith(t, [entries]), target));
    assert.match(message, /no": ENOENT/);
  });

  void it('is refused when it is the empty string', async (t) => {
    await failure('USAGE', unpack(await imageWith(t, [entries]), ''));
  });

  void it('is refused when the image has an entry that marks an incomplete target', async (t) => {
    const parent = scratch(t);
    const image = await imageWith(t, [[directory('.holdfast-incomplete/', own)]]);
    await failure('HOST_UNSUPPORTED', unpack(image, path.join(parent, 'root')));
    assert.deepEqual(namesIn(parent), []);
  });

  void it('takes neither group nor set-group-ID bit from its parent', { skip: !isRoot && 'needs root' }, async (t) => {
    const parent = scratch(t);
    fs.chownSync(parent, 0, 4711);
    fs.chmodSync(parent, 0o2775);
    await unpacksInto(t, path.join(parent, 'root'));
  });

  void it('takes no access control list from its parent', async (t) => {
    const parent = scratch(t);
    // Version 2; owner rwx, user 12345 rwx, group r-x, mask rwx, others r-x.
    const entries = [
      '01000700ffffffff',
      '0200070039300000',
      '04000500ffffffff',
      '10000700ffffffff',
      '20000500ffffffff',
    ];
    const acl = `0x02000000${entries.join('')}`;
    const set = spawnSync('setfattr', ['-n', 'system.posix_acl_default', '-v', acl, parent], { encoding: 'utf8' });
    if (set.status !== 0) return t.skip(`no default ACL can be set here: ${set.stderr}${set.error?.message ?? ''}`);
    await unpacksInto(t, path.join(parent, 'root'));
  });
});
