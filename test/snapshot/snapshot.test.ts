import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, it } from 'node:test';
import { once } from 'node:events';
import { charDevice, directory, file, hardlink, sparseFile, symlink } from '../../src/testing/index.ts';
import { decodeColumns, encodeColumns } from '../../src/layer/index.ts';
import { recordFormat, type RecordHead } from '../../src/record/index.ts';
import { snapshot } from '../../src/snapshot/index.ts';
import { cannotMount, mountNamespace } from '../unpack/mounts.ts';
import {
  asNobody,
  cannotChangeUser,
  driverEnvironment,
  failure,
  isRoot,
  layoutWith,
  nobody,
  runDriver,
  scratch,
} from '../unpack/scratch.ts';
import { indexLayer } from '../cases/apply-in-memory.ts';
import { keepingTime, settle, shownLayer, taken, unpacked } from './unpacked.ts';

/** An ordinary root, which layers do not list. */
const top = directory('./', { mtime: 0 });
const layers = [
  [top, directory('d/'), file('d/one', 'one'), file('d/two', 'two'), file('a', 'text'), hardlink('b', 'a')],
  [top, file('c', 'other'), symlink('link', 'c'), sparseFile('sparse', 10_000, [{ offset: 5000, data: 'data' }])],
];
const skip = !isRoot && 'owners are those of root';
const noSetfattr = spawnSync('setfattr', ['--version']).status !== 0 && 'setfattr is not installed';

/** A record that says of everything that it was another inode. */
function otherInodes(record: Buffer): Buffer {
  const decoded = decodeColumns(recordFormat, record);
  assert.ok(decoded);
  const { head, columns } = decoded;
  const inodeLow = columns.inodeLow.map((inode) => inode + 1_000_000);
  return Buffer.concat(encodeColumns(recordFormat, head, { ...columns, inodeLow }));
}

void describe('a snapshot', { skip }, () => {
  void it('of an unchanged tree is an empty layer, and no content is read, not even that of the base', async (t) => {
    const { reference, root } = await unpacked(t, layers);
    const [, layout = ''] = /^oci:(.*):latest$/.exec(reference) ?? [];
    for (const name of fs.readdirSync(path.join(layout, 'blobs/sha256'))) {
      const blob = path.join(layout, 'blobs/sha256', name);
      if (!fs.readFileSync(blob, 'latin1').startsWith('{'))
        fs.writeFileSync(blob, Buffer.alloc(fs.statSync(blob).size));
    }
    const { isEmpty, filesRead, record, tar, changes } = await taken(reference, root);
    assert.deepEqual([isEmpty, filesRead, record, changes], [true, 0, 'used', []]);
    assert.ok(tar.equals(Buffer.alloc(1024)));
  });

  void it('reads only what was touched', async (t) => {
    const { reference, root, at } = await unpacked(t, layers);
    fs.chmodSync(at('d/one'), 0o600);
    const { filesRead, entries } = await taken(reference, root);
    assert.deepEqual([filesRead, entries], [2, ['d d', 'f d/one']]);
  });

  void it('reads everything when told to', async (t) => {
    const { reference, root } = await unpacked(t, layers);
    const { isEmpty, filesRead, record } = await taken(reference, root, { exact: true });
    assert.deepEqual([isEmpty, filesRead, record], [true, 10, 'used']);
  });

  void it('keeps links between directories when everything is read, also where one holds nothing else', async (t) => {
    const names = [top, file('a', 'text'), directory('z/'), hardlink('z/b', 'a')];
    const { reference, root, at } = await unpacked(t, [names]);
    keepingTime(root, () => fs.writeFileSync(at('new'), 'new'));
    const { entries, unlinked } = await taken(reference, root, { exact: true });
    assert.deepEqual([entries, unlinked], [['f new'], []]);
  });

  void it('sees another content under the old time and size (D46)', async (t) => {
    const { reference, root, at } = await unpacked(t, layers);
    const { atimeMs, mtimeMs } = fs.statSync(at('c'));
    fs.writeFileSync(at('c'), 'OTHER');
    fs.utimesSync(at('c'), atimeMs / 1000, mtimeMs / 1000);
    const { entries, changes } = await taken(reference, root);
    assert.deepEqual(entries, ['f c']);
    assert.deepEqual(changes[0]?.aspects, ['content']);
  });

  void it('reads what may have changed in the tick in which the record was written', async (t) => {
    const { reference, parent, root, at } = await unpacked(t, layers);
    const record = path.join(parent, '.root.holdfast');
    // As if the clock had stood still from the last file to the record.
    const { ctimeMs } = fs.statSync(at('c'));
    fs.utimesSync(record, ctimeMs / 1000 - 1, ctimeMs / 1000 - 1);
    const { filesRead, isEmpty } = await taken(reference, root);
    assert.deepEqual([filesRead, isEmpty], [10, true]);
  });

  void it('goes by content where the tree was moved or copied', async (t) => {
    const { reference, parent, root } = await unpacked(t, layers);
    const [moved, copied] = [path.join(parent, 'moved'), path.join(parent, 'copied')];
    assert.equal(spawnSync('cp', ['-a', root, copied]).status, 0);
    fs.copyFileSync(path.join(parent, '.root.holdfast'), path.join(parent, '.copied.holdfast'));
    const copy = await taken(reference, copied);
    assert.deepEqual([copy.isEmpty, copy.filesRead, copy.record], [true, 10, 'used']);
    fs.renameSync(root, moved);
    const move = await taken(reference, moved);
    assert.deepEqual([move.isEmpty, move.filesRead, move.record], [true, 10, 'absent']);
    fs.renameSync(path.join(parent, '.root.holdfast'), path.join(parent, '.moved.holdfast'));
    const both = await taken(reference, moved);
    assert.deepEqual([both.isEmpty, both.filesRead, both.record], [true, 0, 'used']);
  });

  void it('believes the record where only the number of the device is another, as after a restart', async (t) => {
    const { reference, parent, root } = await unpacked(t, layers);
    const record = path.join(parent, '.root.holdfast');
    const decoded = decodeColumns(recordFormat, fs.readFileSync(record));
    assert.ok(decoded);
    const head = { ...(decoded.head as RecordHead), devices: [[7, 77]] };
    fs.writeFileSync(record, Buffer.concat(encodeColumns(recordFormat, head, decoded.columns)));
    const { isEmpty, filesRead } = await taken(reference, root);
    assert.deepEqual([isEmpty, filesRead], [true, 0]);
  });

  void it('never takes one directory for another that stands in its place', async (t) => {
    const { reference, root, at } = await unpacked(t, [
      [top, directory('x/'), file('x/f', 'aaa'), directory('y/'), file('y/f', 'bbb')],
    ]);
    keepingTime(root, () => {
      fs.renameSync(at('x'), at('z'));
      fs.renameSync(at('y'), at('x'));
      fs.renameSync(at('z'), at('y'));
    });
    const { entries, filesRead } = await taken(reference, root);
    assert.deepEqual([entries, filesRead], [['d x', 'f x/f', 'd y', 'f y/f'], 4]);
  });

  void it('does not believe a record of another image, another state, a damaged one, or one that others can write', async (t) => {
    const { reference, parent, root } = await unpacked(t, layers);
    const record = path.join(parent, '.root.holdfast');
    const other = layoutWith(t, [...layers, [file('c', 'OTHER')]]);
    const foreign = await taken(other, root);
    assert.deepEqual([foreign.record, foreign.entries], ['foreign', ['f c']]);
    const state = await taken(other, root, { atLayer: 2 });
    assert.deepEqual([state.record, state.isEmpty], ['foreign', true]);
    const text = fs.readFileSync(record);
    for (const damage of [
      text.subarray(0, 40),
      text.subarray(0, text.length - 30),
      Buffer.from('[]\n'),
      Buffer.alloc(0),
    ]) {
      fs.writeFileSync(record, damage);
      await settle(parent);
      assert.equal((await taken(reference, root)).isEmpty, true);
    }
    fs.writeFileSync(record, otherInodes(text));
    assert.deepEqual(await taken(reference, root).then((one) => [one.isEmpty, one.filesRead]), [true, 10]);
    fs.writeFileSync(record, text);
    fs.chmodSync(record, 0o666);
    assert.equal((await taken(reference, root)).record, 'absent');
    fs.rmSync(record);
    fs.mkdirSync(record);
    assert.deepEqual(await taken(reference, root).then((one) => [one.isEmpty, one.record]), [true, 'absent']);
  });

  void it('takes any tree for its base', async (t) => {
    const { reference, parent, root, at } = await unpacked(t, layers);
    const copy = path.join(parent, 'before');
    assert.equal(spawnSync('cp', ['-a', root, copy]).status, 0);
    fs.writeFileSync(at('c'), 'OTHER');
    fs.utimesSync(at('c'), 5, 5);
    const lists = [await taken(`rootfs:${copy}`, root), await taken(reference, root)].map(({ tar }) => tar);
    assert.ok(lists[0]?.equals(lists[1] as Buffer));
  });

  void it('leaves what is ignored as it is in the base, and says so', async (t) => {
    const { reference, root, at } = await unpacked(t, layers);
    fs.writeFileSync(at('d/one'), 'changed');
    fs.rmSync(at('c'));
    fs.writeFileSync(at('new'), '');
    fs.utimesSync(root, 5, 0);
    const { entries, ignored } = await taken(reference, root, { ignore: ['/d/', 'n*', 'absent'] });
    assert.deepEqual([entries, ignored], [['w c'], ['d']]);
  });

  void it('tells of sockets, which no layer can hold', async (t) => {
    const { reference, root, at } = await unpacked(t, layers);
    const server = createServer().listen(at('socket'));
    await once(server, 'listening');
    t.after(() => server.close());
    fs.utimesSync(root, 5, 0);
    const { entries, problems } = await taken(reference, root);
    assert.deepEqual([entries, problems], [[], [{ kind: 'socket', path: 'socket' }]]);
  });

  void it('does not look below mounts, and says what they hide', { skip: cannotMount }, async (t) => {
    const { reference, root } = await unpacked(t, layers);
    const mounts = await mountNamespace(t);
    mounts.mountTmpfs(path.join(root, 'd'));
    const { entries, problems, ignored } = await taken(reference, mounts.reach(root));
    assert.deepEqual([entries, problems, ignored], [[], [{ kind: 'mount', path: 'd' }], ['d']]);
  });

  void it('refuses a name that would be read as a whiteout', async (t) => {
    const { reference, root, at } = await unpacked(t, layers);
    fs.writeFileSync(at('.wh.c'), '');
    const output = path.join(scratch(t), 'layer.tar');

    await failure('NAME_IS_MARKER', snapshot(reference, root, output));
    assert.deepEqual(fs.readdirSync(path.dirname(output)), []);
  });
});

void describe('a snapshot of links', { skip }, () => {
  const linked = [[top, file('a', 'text'), hardlink('b', 'a'), hardlink('c', 'a')]];

  void it('holds the whole group for a new name (D43)', async (t) => {
    const { reference, root, at } = await unpacked(t, [[top, file('a', 'text')]]);
    keepingTime(root, () => fs.linkSync(at('a'), at('b')));
    const { entries, linked: groups } = await taken(reference, root);
    assert.deepEqual([entries, groups], [['f a', 'h b = a'], [['a', 'b']]]);
  });

  void it('of which one name was written to by copy and rename holds that name (D44)', async (t) => {
    const { reference, root, at } = await unpacked(t, linked);
    keepingTime(root, () => {
      fs.copyFileSync(at('a'), at('a.new'));
      fs.utimesSync(at('a.new'), 5, 1_700_000_000);
      fs.renameSync(at('a.new'), at('a'));
    });
    const { entries, unlinked, linked: groups } = await taken(reference, root);
    assert.deepEqual(entries, ['f a']);
    assert.deepEqual([unlinked, groups], [[['a', 'b', 'c']], [['b', 'c']]]);
  });

  void it('holds a whiteout for a name that has gone, and the group for one that changed (D45)', async (t) => {
    const { reference, root, at } = await unpacked(t, linked);
    keepingTime(root, () => fs.rmSync(at('b')));
    const first = await taken(reference, root);
    assert.deepEqual(first.entries, ['w b']);
    fs.chmodSync(at('c'), 0o600);
    assert.deepEqual((await taken(reference, root)).entries, ['w b', 'f a', 'h c = a']);
  });
});

void describe('a snapshot of names', { skip }, () => {
  void it('of a removed directory is one whiteout, and its neighbours stay (D41)', async (t) => {
    const { reference, root, at } = await unpacked(t, [
      [
        top,
        directory('d1/'),
        directory('d1/d2/'),
        file('d1/d2/f1', '1'),
        directory('d1-before/'),
        file('d1-before/x', 'x'),
      ],
    ]);
    keepingTime(root, () => fs.rmSync(at('d1'), { recursive: true }));
    assert.deepEqual((await taken(reference, root)).entries, ['w d1']);
  });

  void it('of what became another kind needs no whiteout (D42)', async (t) => {
    const { reference, root, at } = await unpacked(t, [
      [top, directory('p/'), directory('p/f2/'), file('p/f2/f3', '3'), file('q', 'q')],
    ]);
    fs.rmSync(at('p/f2'), { recursive: true });
    fs.writeFileSync(at('p/f2'), 'now a file');
    fs.rmSync(at('q'));
    fs.mkdirSync(at('q'));
    fs.writeFileSync(at('q/r'), 'r');
    fs.utimesSync(root, 5, 0);
    assert.deepEqual((await taken(reference, root)).entries, ['d p', 'f p/f2', 'd q', 'f q/r']);
  });

  void it('is empty where everything was moved there and back (D49)', async (t) => {
    const { reference, root, at } = await unpacked(t, layers);
    keepingTime(root, () => {
      fs.renameSync(at('c'), at('t'));
      fs.renameSync(at('t'), at('c'));
    });
    fs.utimesSync(root, 5, 0);
    const { isEmpty, entries } = await taken(reference, root);
    assert.deepEqual([isEmpty, entries], [true, []]);
  });

  void it('of a directory made anew is its entry and a whiteout for each child that it lost (D50)', async (t) => {
    const { reference, root, at } = await unpacked(t, layers);
    keepingTime(root, () => {
      fs.rmSync(at('d'), { recursive: true });
      fs.mkdirSync(at('d'));
    });
    fs.writeFileSync(at('d/new'), 'new');
    assert.deepEqual((await taken(reference, root)).entries, ['d d', 'w d/one', 'w d/two', 'f d/new']);
  });

  void it('of the time of a directory is that entry alone (D48)', async (t) => {
    const { reference, root, at } = await unpacked(t, layers);
    fs.utimesSync(at('d'), 5, 6);
    const { entries, changes } = await taken(reference, root);
    assert.deepEqual([entries, changes[0]?.aspects], [['d d'], ['mtime']]);
  });

  void it('of one xattr is one entry (D48)', { skip: noSetfattr }, async (t) => {
    const defaultAcl = '0sAgAAAAEABwD/////BAAFAP////8gAAUA/////w==';
    const changes: readonly (readonly [change: readonly string[], entry: string])[] = [
      [['-n', 'user.new', '-v', 'x', 'c'], 'f c'],
      [['-x', 'user.old', 'marked'], 'f marked'],
      [['-x', 'user.old', 'd'], 'd d'],
      [['-n', 'system.posix_acl_default', '-v', defaultAcl, 'd'], 'd d'],
    ];
    const marked = { xattrs: { 'user.old': 'y' } };
    for (const [change, entry] of changes) {
      const { reference, root } = await unpacked(t, [
        [top, directory('d/', marked), file('d/one', 'one'), file('c', 'text'), file('marked', 'text', marked)],
      ]);
      execFileSync('setfattr', change, { cwd: root });
      const { entries, changes: found, filesRead } = await taken(reference, root);
      assert.deepEqual([entries, found[0]?.aspects], [[entry], ['xattr']]);
      assert.equal(filesRead, entry.startsWith('f') ? 2 : 0);
    }
  });

  void it('of times that an archive says in whole seconds only is told, and nothing else (D47)', async (t) => {
    const { reference, root, at } = await unpacked(t, [
      [top, file('a', 'x', { mtime: { seconds: 5, nanoseconds: 7 } })],
    ]);
    const target = path.join(scratch(t), 'whole');
    fs.cpSync(root, target, { recursive: true });
    fs.utimesSync(path.join(target, 'a'), 5, 5);
    fs.utimesSync(target, 0, 0);
    const { changes } = await taken(reference, target);
    assert.deepEqual(
      changes.map(({ path: name, aspects }) => [name, aspects]),
      [['a', ['mtime']]],
    );
    assert.equal(fs.readFileSync(at('a'), 'utf8'), 'x');
  });
});

void describe('a snapshot of what the disk shows otherwise', { skip }, () => {
  const map = [{ image: 0, host: 100_000, size: 65_536 }];

  void it('says ids as the image does', async (t) => {
    const { reference, root, at } = await unpacked(t, layers, { uidMap: map, gidMap: map });
    assert.equal((await taken(reference, root)).isEmpty, true);
    assert.equal((await taken(reference, root, { exact: true })).isEmpty, true);
    fs.chmodSync(at('c'), 0o600);
    keepingTime(root, () => fs.writeFileSync(at('new'), 'new'));
    fs.chownSync(at('new'), 100_005, 100_006);
    const { entries, changes, tar } = await taken(reference, root);
    assert.deepEqual([entries, changes[0]?.aspects], [['f c', 'f new'], ['mode']]);
    const { table } = indexLayer(tar);
    assert.deepEqual([table.uid(0), table.gid(0), table.uid(1), table.gid(1)], [0, 0, 5, 6]);
  });

  void it('keeps modes of links, and xattrs of the host, that were never set', async (t) => {
    const { reference, root, at } = await unpacked(t, [
      [
        top,
        symlink('link', 'c', { mode: 0o644 }),
        file('c', 'text', { xattrs: { 'security.selinux': 'label', 'user.a': '1' } }),
      ],
    ]);
    assert.equal((await taken(reference, root)).isEmpty, true);
    fs.chmodSync(at('c'), 0o600);
    const { entries, tar, changes } = await taken(reference, root);
    assert.deepEqual([entries, changes[0]?.aspects], [['f c'], ['mode']]);
    const xattrs = indexLayer(tar).table.xattrs(0);
    assert.deepEqual([...(xattrs?.keys() ?? [])].sort(), ['security.selinux', 'user.a']);
  });

  void it('keeps what could not be placed at all', { skip: cannotChangeUser }, (t) => {
    const parent = scratch(t);
    fs.chownSync(parent, nobody.uid, nobody.gid);
    const reference = layoutWith(t, [
      [
        top,
        directory('dev/'),
        charDevice('dev/null', 1, 3),
        file('a', 'text', { uid: 7 }),
        file('s', 'text', { mode: 0o4755 }),
      ],
    ]);
    const target = path.join(parent, 'root');
    const { exitCode } = runDriver({ reference, target, options: { allowLossy: true }, through: asNobody });
    assert.equal(exitCode, 0);
    fs.chmodSync(path.join(target, 'a'), 0o600);
    fs.chmodSync(path.join(target, 's'), 0o755);
    const script = path.join(import.meta.dirname, 'snapshot-driver.ts');
    const words = [...asNobody.slice(1), process.execPath, script, reference, target, path.join(parent, 'layer.tar')];
    const done = spawnSync(asNobody[0], words, { encoding: 'utf8', env: driverEnvironment });
    assert.equal(done.stdout, 'changed a mode\nchanged s mode\n', done.stderr);
    const tar = fs.readFileSync(path.join(parent, 'layer.tar'));
    assert.deepEqual([shownLayer(tar), indexLayer(tar).table.uid(0)], [['f a', 'f s'], 7]);
  });

  void it('is none where nobody knows (any more) what was lost', { skip: cannotChangeUser }, (t) => {
    const parent = scratch(t);
    fs.chownSync(parent, nobody.uid, nobody.gid);
    const [reference, other] = [[], [file('b')]].map((more) => layoutWith(t, [[top, file('a', 'text'), ...more]]));
    const at = (name: string): string => path.join(parent, name);
    const target = at('root');
    runDriver({ reference: reference ?? '', target, options: { allowLossy: true }, through: asNobody });
    assert.equal(spawnSync('cp', ['-a', target, at('copy')]).status, 0);
    assert.equal(spawnSync('cp', ['-a', at('.root.holdfast'), at('.copy.holdfast')]).status, 0);
    const script = path.join(import.meta.dirname, 'snapshot-driver.ts');
    const refusal = (base = '', directory = ''): string | undefined => {
      const words = [...asNobody.slice(1), process.execPath, script, base, directory, at('layer.tar')];
      const done = spawnSync(asNobody[0], words, { encoding: 'utf8', env: driverEnvironment });
      return /code: '(\w+)'/.exec(done.stderr)?.[1];
    };
    assert.equal(refusal(other, target), 'RECORD_UNUSABLE');
    assert.equal(refusal(reference, at('copy')), 'RECORD_UNUSABLE');
    assert.ok(!fs.existsSync(at('layer.tar')));
    assert.equal(refusal(reference, target), undefined);
    fs.rmSync(at('.copy.holdfast'));
    assert.equal(refusal(reference, at('copy')), undefined);
  });

  void it(
    'is all that can be made of it: nothing takes what it shows for what is meant',
    { skip: cannotChangeUser },
    (t) => {
      const parent = scratch(t);
      fs.chownSync(parent, nobody.uid, nobody.gid);
      const reference = layoutWith(t, [[top, file('a', 'text')]]);
      const at = (name: string): string => path.join(parent, name);
      runDriver({ reference, target: at('root'), options: { allowLossy: true }, through: asNobody });
      const source = (folder: string): string => new URL(`../../src/${folder}/index.ts`, import.meta.url).href;
      const [tree, to] = [`rootfs:${at('root')}`, `oci:${at('made')}:x`];
      for (const [folder, name, words] of [
        ['merge', 'mergeReferences', [[reference, tree], to]],
        ['cp', 'copyPaths', [tree, reference, to, { sources: ['/a'], dest: '/b' }]],
        ['edit', 'appendLayers', [reference, to, { layerPaths: [at('root')] }]],
      ] as const) {
        const script = `import { ${name} } from '${source(folder)}'; await ${name}(...${JSON.stringify(words)});`;
        const command = [...asNobody.slice(1), process.execPath, '--input-type=module', '--eval', script];
        const { stderr } = spawnSync(asNobody[0], command, { encoding: 'utf8', env: driverEnvironment });
        assert.equal(/code: '(\w+)'/.exec(stderr)?.[1], 'RECORD_UNUSABLE', stderr);
      }
    },
  );
});
