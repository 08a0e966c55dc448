import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fromJsonText, toBytes } from '../../src/base/index.ts';
import { directory, file, hardlink, symlink } from '../../src/testing/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { readRecord } from './read-record.ts';
import { failure, imageWith, isRoot, namesIn, scratch } from './scratch.ts';

const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

const recordIn = (parent: string) => readRecord(path.join(parent, '.root.holdfast'));

void describe('the unpack record', () => {
  void it('says which image it is about, and how ids were mapped', async (t) => {
    const parent = scratch(t);
    const image = await imageWith(t, [[directory('./', own), file('a', 'x', own)]]);
    const result = await unpack(image, path.join(parent, 'root'));
    assert.equal(result.record, path.join(parent, '.root.holdfast'));
    assert.deepEqual(recordIn(parent).head, {
      digest: image.manifestDigest,
      layers: 1,
      onConflict: 'replace',
      reference: image.reference,
      uidMap: [],
      gidMap: [],
      devices: recordIn(parent).head.devices,
    });
  });

  void it('has each path, with what lstat says of it', async (t) => {
    const parent = scratch(t);
    const entries = [
      directory('./', own),
      directory('dir/', { ...own, mtime: -1 }),
      file('dir/file', 'body', { ...own, mtime: { seconds: 5, nanoseconds: 7 } }),
      hardlink('dir/link', 'dir/file'),
      hardlink('link', 'dir/file'),
      symlink('symlink', 'dir/file', own),
      file('caf\udce9\n"', 'x', own),
    ];
    const { entries: count } = await unpack(await imageWith(t, [entries]), path.join(parent, 'root'));
    const { lines } = recordIn(parent);
    assert.equal(count, entries.length);
    assert.deepEqual(lines.map(({ path }) => path).sort(), [
      '.',
      'caf\udce9\n"',
      'dir',
      'dir/file',
      'dir/link',
      'link',
      'symlink',
    ]);
    for (const { path: name, identity, attributes } of lines) {
      const place = Buffer.concat([Buffer.from(`${parent}/root/`), toBytes(fromJsonText(name))]);
      const { dev, ino, size, mtimeNs, ctimeNs } = fs.lstatSync(place, { bigint: true });
      assert.ok(identity, name);
      // Giving the root its name is a change of it, and comes after the record.
      const ctime = name === '.' ? identity.ctime : ctimeNs;
      assert.deepEqual(identity, { device: dev, inode: ino, size: Number(size), mtime: mtimeNs, ctime }, name);
      assert.equal(attributes, undefined);
    }
  });

  void it('can be read by its owner only', async (t) => {
    const parent = scratch(t);
    await unpack(await imageWith(t, [[directory('./', own), file('a', 'x', own)]]), path.join(parent, 'root'));
    assert.equal(fs.statSync(path.join(parent, '.root.holdfast')).mode & 0o777, 0o600);
  });

  void it('has the exact attributes of what has xattrs of the host', { skip: !isRoot && 'needs root' }, async (t) => {
    const parent = scratch(t);
    const entries = [file('a', 'x', { xattrs: { 'security.selinux': 'label', 'user.x': '1' } })];
    await unpack(await imageWith(t, [entries]), path.join(parent, 'root'));
    const line = recordIn(parent).lines.find(({ path }) => path === 'a');
    assert.deepEqual(line?.attributes?.['xattrs'], { 'security.selinux': 'bGFiZWw=', 'user.x': 'MQ==' });
  });

  void it('is left out when it is not wanted, and then an old one goes, too', async (t) => {
    const parent = scratch(t);
    fs.writeFileSync(path.join(parent, '.root.holdfast'), 'of an older image');
    const { record } = await unpack(
      await imageWith(t, [[directory('./', own), file('a', 'x', own)]]),
      path.join(parent, 'root'),
      {
        record: false,
      },
    );
    assert.equal(record, undefined);
    assert.deepEqual(namesIn(parent), ['root']);
  });

  void it('of an older image is replaced', async (t) => {
    const parent = scratch(t);
    fs.writeFileSync(path.join(parent, '.root.holdfast'), 'of an older image');
    await unpack(await imageWith(t, [[directory('./', own), file('a', 'x', own)]]), path.join(parent, 'root'));
    assert.equal(recordIn(parent).lines.length, 2);
  });

  void it('of a directory that is there stays when another unpack into it is refused', async (t) => {
    const parent = scratch(t);
    const target = path.join(parent, 'root');
    await unpack(await imageWith(t, [[directory('./', own), file('a', 'x', own)]]), target);
    const before = fs.readFileSync(path.join(parent, '.root.holdfast'));
    await failure('TARGET_OCCUPIED', unpack(await imageWith(t, [[directory('./', own), file('b', 'y', own)]]), target));
    assert.deepEqual(fs.readFileSync(path.join(parent, '.root.holdfast')), before);
  });
});
