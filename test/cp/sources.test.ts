/** What can be copied from, and how little of it is read. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { copyPaths } from '../../src/cp/index.ts';
import {
  blobPath,
  directory,
  file,
  hardlink,
  imageOf,
  layerOf,
  symlink,
  whiteout,
  writeLayout,
} from '../../src/testing/index.ts';
import { assertSameTree, expectedListing } from '../cases/index.ts';
import {
  asNobody,
  cannotChangeUser,
  driverEnvironment,
  failure,
  isRoot,
  layoutWith,
  nobody,
  scratch,
} from '../unpack/scratch.ts';
import { copied, listingOf, tarWith } from './copied.ts';

const base = [directory('etc'), file('etc/motd', 'hi')];

/** A live directory, and what a copy of a part of it gives. */
function live(t: TestContext): { readonly root: string; readonly at: (name: string) => string } {
  const root = path.join(scratch(t), 'root');
  fs.mkdirSync(path.join(root, 'd'), { recursive: true });
  fs.writeFileSync(path.join(root, 'd/a'), 'linked');
  fs.linkSync(path.join(root, 'd/a'), path.join(root, 'd/b'));
  fs.symlinkSync('a', path.join(root, 'd/l'));
  return { root, at: (name) => path.join(root, name) };
}

void suite('copying from', () => {
  void test('a directory keeps its links', async (t) => {
    const { root } = live(t);
    for (const from of [root, `rootfs:${root}`]) {
      const { listing } = await copied(t, { into: base, from, sources: 'd', dest: 'to', options: { chown: '0:0' } });
      const [a, b] = [...listing].filter(([name]) => /^to\/[ab]$/.test(name)).map(([, facts]) => facts);
      assert.deepEqual(a, b);
      assert.deepEqual(a?.group, ['to/a', 'to/b']);
    }
  });

  void test('one layer takes what it has, and nothing of what it removes', async (t) => {
    const from = tarWith(t, [file('a', '1'), whiteout('b'), directory('d'), whiteout('d/x')]).replace('tar:', 'layer:');
    const { listing } = await copied(t, { into: [...base, file('b', 'stays')], from, sources: '/', dest: '/' });
    assertSameTree(listing, expectedListing([...base, file('b', 'stays'), file('a', '1'), directory('d')]));
  });

  void test('an archive of an image by its path copies from the image', async (t) => {
    const layout = layoutWith(t, [[file('a', '1')]]).replace(/^oci:(.*):latest$/, '$1');
    const archive = path.join(scratch(t), 'image.tar');
    execFileSync('tar', ['-cf', archive, '-C', layout, '.']);
    const { listing } = await copied(t, { into: base, from: archive, sources: 'a', dest: '/' });
    assertSameTree(listing, expectedListing([...base, file('a', '1')]));
  });

  void test('an image reads only the layers that hold what is copied', async (t) => {
    const layers = [[file('low', '1')], [file('middle', '2')], [file('high', '3'), hardlink('more', 'middle')]].map(
      (entries) => layerOf(entries),
    );
    const directoryPath = path.join(scratch(t), 'layout');
    writeLayout(directoryPath, { v1: imageOf(layers) });
    const reference = `oci:${directoryPath}:v1`;
    // Known from here on, so that nothing but bodies has to be read.
    await listingOf(reference);
    for (const { digest } of [layers[0], layers[2]].flatMap((layer) => (layer ? [layer] : []))) {
      fs.writeFileSync(path.join(directoryPath, blobPath(digest)), 'gone');
    }
    const { listing } = await copied(t, { into: base, from: reference, sources: 'more', dest: '/' });
    assertSameTree(listing, expectedListing([...base, file('more', '2')]));
    const failed = copied(t, { into: base, from: reference, sources: 'low', dest: '/' });
    await assert.rejects(failed, { code: 'SIZE_MISMATCH' });
  });

  void test('an image into itself writes what is copied once more', async (t) => {
    const image = layoutWith(t, [[file('a', '1'), hardlink('b', 'a')]]);
    const out = `oci:${path.join(scratch(t), 'out')}:x`;
    await copyPaths(image, image, out, { sources: ['a', 'b'], dest: 'd/' });
    const copies = [file('d/a', '1'), hardlink('d/b', 'd/a')];
    assertSameTree(await listingOf(out), expectedListing([file('a', '1'), hardlink('b', 'a'), ...copies]));
  });

  void test('scratch is possible into, and gives an image of one layer', async (t) => {
    const out = `oci:${path.join(scratch(t), 'out')}:x`;
    const from = tarWith(t, [directory('d'), file('d/f', '1')]);
    const { images } = await copyPaths(from, 'scratch', out, { sources: ['d'], dest: '/srv' });
    assertSameTree(await listingOf(out), expectedListing([file('srv/f', '1')]));
    assert.equal(images[0]?.layers.length, 1);
  });
});

void suite('copying from a live directory', () => {
  void test('leaves sockets out and says so, where they are among what is copied', async (t) => {
    const { root, at } = live(t);
    const server = net.createServer().listen(at('d/socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    t.after(() => server.close());
    const options = { chown: '0:0' };
    const { notes, listing } = await copied(t, { from: root, sources: 'd', dest: '/', options });
    assert.deepEqual(notes, [{ code: 'SOCKET_LEFT_OUT', detail: 'd/socket' }]);
    assert.ok(!listing.has('socket' as never));
    const part = await copied(t, { from: root, sources: 'd/a', dest: '/' });
    assert.deepEqual(part.notes, []);
    const without = await copied(t, { from: root, sources: 'd', dest: '/', options: { exclude: ['sock*'] } });
    assert.deepEqual(without.notes, []);
  });

  void test('that is written to meanwhile is an error, and nothing appears', async (t) => {
    const { root, at } = live(t);
    const out = path.join(scratch(t), 'out');
    const failed = copyPaths(root, layoutWith(t, [base]), `oci:${out}:x`, {
      sources: ['d'],
      dest: '/',
      onEvent: (event) => {
        if (event.kind === 'phase' && event.phase === 'write') fs.appendFileSync(at('d/a'), ' and more');
      },
    });
    const error = await failure('HOST_REFUSED', failed);
    assert.match(error.message, /d\/a.*ESTALE/);
    assert.match(error.hint ?? '', /changed meanwhile/);
    assert.equal(fs.existsSync(out), false);
  });

  void test('that goes away meanwhile is an error', async (t) => {
    const { root, at } = live(t);
    const failed = copyPaths(root, layoutWith(t, [base]), `oci:${path.join(scratch(t), 'out')}:x`, {
      sources: ['d'],
      dest: '/',
      onEvent: (event) => {
        if (event.kind === 'phase' && event.phase === 'write') fs.rmSync(at('d'), { recursive: true });
      },
    });
    await failure('HOST_REFUSED', failed);
  });

  void test('refuses names that would be whiteouts, and only where they are copied', async (t) => {
    const { root, at } = live(t);
    fs.writeFileSync(at('d/.wh.a'), '');
    await failure('NAME_IS_MARKER', copied(t, { into: base, from: root, sources: 'd', dest: 'to' }));
    const into = [...base, directory('to'), file('to/x')];
    const clear = { clear: true };
    await failure('NAME_IS_MARKER', copied(t, { into, from: root, sources: 'd', dest: 'to', options: clear }));
    await copied(t, { into: base, from: root, sources: 'd/a', dest: 'to' });
  });

  void test('finds nothing where it may not look, and says so', { skip: cannotChangeUser }, (t) => {
    const { root, at } = live(t);
    fs.mkdirSync(at('closed'), { mode: 0o700 });
    fs.mkdirSync(at('listed'));
    fs.writeFileSync(at('listed/f'), '');
    fs.chmodSync(at('listed'), 0o744);
    const to = scratch(t);
    fs.chownSync(to, nobody.uid, nobody.gid);
    const sources = {
      'HOST_REFUSED closed': ['**/a', '*/a', 'closed/a', 'closed/*', 'closed'],
      'HOST_REFUSED listed/f': ['listed/f', 'listed/*', 'list*/f'],
      'SOURCE_NOT_FOUND listed/g': ['listed/g'],
      copied: ['d/*', 'listed/../d/a'],
    };
    const wanted = Object.entries(sources).flatMap(([outcome, all]) => all.map((source) => `${source} ${outcome}\n`));
    const script = path.join(import.meta.dirname, 'copy-driver.ts');
    const places = [root, layoutWith(t, [base]), `oci:${to}/out:made`];
    const words = [...asNobody.slice(1), process.execPath, script, ...places, ...Object.values(sources).flat()];
    const done = spawnSync(asNobody[0], words, { encoding: 'utf8', env: { ...driverEnvironment, HOME: to } });
    assert.equal(done.stdout.replaceAll(`${root}/`, ''), wanted.join(''), done.stderr);
  });

  void test('goes on where something is mounted', { skip: !isRoot && 'only root may mount' }, async (t) => {
    const { root, at } = live(t);
    fs.mkdirSync(at('d/m'));
    execFileSync('mount', ['-t', 'tmpfs', 'none', at('d/m')]);
    try {
      fs.writeFileSync(at('d/m/f'), '1');
      const { listing } = await copied(t, { from: root, sources: 'd', dest: '/' });
      assert.equal(listing.get('m/f' as never)?.content?.size, 1);
    } finally {
      execFileSync('umount', [at('d/m')]);
    }
  });
});

void test('a link as a source is followed, and keeps its own name', async (t) => {
  const from = [directory('v1'), file('v1/app', '1'), symlink('current', 'v1')];
  const { listing } = await copied(t, { from, sources: ['current', 'current/app'], dest: '/x/' });
  assertSameTree(listing, expectedListing([file('x/app', '1')]));
});
