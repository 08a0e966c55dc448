import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { exportTo, exportToFile, type ExportOptions } from '../../src/export/index.ts';
import {
  charDevice,
  directory,
  type EntrySpec,
  fifo,
  file,
  hardlink,
  layerOf,
  opaque,
  sparseFile,
  symlink,
  whiteout,
} from '../../src/testing/index.ts';
import { assertSameTree, expectedListing, listingOfTar } from '../cases/expected-tree.ts';
import { imageWith, layoutWith, type Layers, opened, runDriver, scratch } from '../unpack/scratch.ts';

const noise = Buffer.from(Array.from({ length: 700_000 }, (_, index) => String(index * 7919)).join(''));

const tree: readonly EntrySpec[] = [
  directory('./', { mode: 0o700, mtime: { seconds: 1, nanoseconds: 1 } }),
  directory('bin/'),
  file('bin/git', 'git', { uid: 3_000_000, xattrs: { 'user.b': '2', 'user.a': '1', 'security.selinux': 'x' } }),
  hardlink('bin/git-log', 'bin/git'),
  hardlink('a-link', 'bin/git'),
  symlink('caf\udce9', 'z'.repeat(200)),
  file('big', noise),
  file('I\u0307\u0131', 'names that locales fold and sort', { mtime: -1 }),
  file('i', ''),
  charDevice('null', 1, 3),
  fifo('pipe'),
  sparseFile('holes', 5_000_000, [{ offset: 1_000_000, data: 'x' }]),
];

/** The same tree from other layers: other order, detours, another name with the body. */
const detours: Layers = [
  [
    file('bin', 'in the way'),
    file('a-link', 'git', { uid: 3_000_000, xattrs: { 'security.selinux': 'x', 'user.a': '1', 'user.b': '2' } }),
    hardlink('zz', 'a-link'),
    directory('gone/'),
    file('gone/deep', 'gone'),
  ],
  layerOf(
    [
      whiteout('gone'),
      directory('bin/'),
      hardlink('bin/git-log', 'zz'),
      symlink('caf\udce9', 'z'.repeat(200)),
      file('i', 'not this'),
      file('big', 'not this'),
    ],
    { compression: 'zstd' },
  ),
  layerOf(
    [
      sparseFile('holes', 5_000_000, [{ offset: 1_000_000, data: 'x' }]),
      fifo('pipe'),
      charDevice('null', 1, 3),
      file('i', ''),
      file('I\u0307\u0131', 'names that locales fold and sort', { mtime: -1 }),
      hardlink('bin/git', 'a-link'),
      whiteout('zz'),
      file('big', noise),
      directory('./', { mode: 0o700, mtime: { seconds: 1, nanoseconds: 1 } }),
    ],
    { compression: 'none' },
  ),
  [directory('opaque/'), file('opaque/x', 'x')],
  [whiteout('opaque')],
];

async function bytesOf(t: TestContext, layers: Layers, options: ExportOptions = {}): Promise<Buffer> {
  const target = path.join(scratch(t), 'out.tar');
  await exportToFile(await imageWith(t, layers), target, options);
  return fs.readFileSync(target);
}

async function streamedBytes(t: TestContext, layers: Layers, options: ExportOptions = {}): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const take = async (archive: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of archive) chunks.push(Buffer.from(chunk));
  };
  const { size } = await exportTo(await imageWith(t, layers), take, options);
  const bytes = Buffer.concat(chunks);
  assert.equal(size, bytes.length);
  return bytes;
}

void describe('an export', () => {
  void it('has the same bytes as a stream and as a file, and says the tree', async (t) => {
    const bytes = await bytesOf(t, [tree]);
    assertSameTree(listingOfTar(bytes), expectedListing(tree));
    assert.ok(bytes.equals(await streamedBytes(t, [tree])));
  });

  void it('has the same bytes from whatever layers the tree came', async (t) => {
    const bytes = await bytesOf(t, detours);
    assertSameTree(listingOfTar(bytes), expectedListing(tree));
    assert.ok(bytes.equals(await bytesOf(t, [tree])));
    assert.ok(bytes.equals(await streamedBytes(t, detours)));
  });

  void it('has the same bytes however many threads read layers, and whichever layer is done first', async (t) => {
    const layers = [...detours, layerOf([file('big', noise)], { compression: 'none' })];
    const expected = await bytesOf(t, [tree]);
    for (const jobs of [1, 2, 3, 16]) assert.ok(expected.equals(await bytesOf(t, layers, { jobs })), `${jobs} jobs`);
  });

  void it('has the same bytes under other umasks, locales, time zones and users', (t) => {
    const reference = layoutWith(t, [tree]);
    const directory = scratch(t);
    const archives = [
      { umask: '022', LC_ALL: 'C', TZ: 'UTC' },
      { umask: '077', LC_ALL: 'tr_TR.UTF-8', TZ: 'Asia/Kathmandu' },
      { umask: '000', LC_ALL: 'sv_SE.ISO-8859-1', LANG: 'sv_SE', TZ: 'America/St_Johns' },
    ].map(({ umask, ...environment }, index) => {
      const target = path.join(directory, `${index}.tar`);
      const through = ['sh', '-c', `umask ${umask}; exec "$@"`, 'sh'];
      assert.equal(runDriver({ command: 'export', reference, target, through, environment }).error, undefined);
      assert.equal(fs.statSync(target).mode & 0o777, 0o666 & ~Number.parseInt(umask, 8));
      return fs.readFileSync(target);
    });
    for (const archive of archives) assert.ok(archive.equals(archives[0] ?? Buffer.alloc(0)));
  });

  void it('has the same bytes on another file system', async (t) => {
    const others = ['/dev/shm', '/var/tmp'].filter((place) => isWritable(place));
    if (others.length === 0) return t.skip('there is no other file system');
    const image = await opened(t, layoutWith(t, [tree]));
    const expected = await bytesOf(t, [tree]);
    for (const place of others) {
      const target = path.join(scratch(t, place), 'out.tar');
      await exportToFile(image, target);
      assert.ok(expected.equals(fs.readFileSync(target)), place);
    }
  });

  void it('does not depend on opaque markers that hide nothing', async (t) => {
    const layers = [...detours, [opaque('bin'), file('bin/git', 'other')], [whiteout('bin/git')]];
    const without = tree.filter(({ name }) => !(name as string).startsWith('bin/git'));
    const expected = without.map((entry) =>
      (entry.name as string) === 'a-link' ? { ...(tree[2] ?? entry), name: entry.name } : entry,
    );
    assertSameTree(listingOfTar(await bytesOf(t, layers)), expectedListing(expected));
    assert.ok((await bytesOf(t, layers)).equals(await bytesOf(t, [expected])));
  });
});

function isWritable(place: string): boolean {
  try {
    fs.accessSync(place, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
