import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import {
  charDevice,
  directory,
  type EntrySpec,
  fifo,
  file,
  hardlink,
  imageOf,
  indexOf,
  layerOf,
  opaque,
  sparseFile,
  symlink,
  tarOf,
  whiteout,
  writeLayout,
} from '../../src/testing/index.ts';
import { assertSameTree, expectedListing, listingOfTar } from '../cases/index.ts';
import { tarWith } from '../cp/copied.ts';
import { exported } from '../edit/images.ts';
import { type Places, places } from './places.ts';
import { Sink } from './run-cli.ts';

type Entries = readonly EntrySpec[];

interface Result {
  readonly images: readonly { readonly plan: { readonly execution: string; readonly facts: readonly object[] } }[];
}

/** The command on an image of one layer; gives what it takes to look at the result. */
class Bench {
  readonly #places: Places;
  readonly out: string;
  readonly base: string;
  readonly from: string;

  constructor(given: Places, base: string, from: string) {
    this.#places = given;
    this.base = base;
    this.from = from;
    this.out = `oci:${path.join(given.directory, 'out')}:made`;
  }

  #argv(words: readonly string[]): string[] {
    return ['cp', '--from', this.from, '--into', this.base, '--to', this.out, ...words];
  }

  json(...words: readonly string[]): Promise<Result> {
    return this.#places.json<Result>(this.#argv(words));
  }

  /** The whole tree that it makes. */
  async makes(words: readonly string[], expected: Entries): Promise<Result> {
    const result = await this.json(...words);
    assertSameTree(listingOfTar(await exported(this.out)), expectedListing(expected));
    return result;
  }

  /** Nothing is written, not even an empty layout. */
  async fails(code: number, ...words: readonly string[]): Promise<string> {
    const said = await this.#places.fails(code, this.#argv(words));
    assert.equal(fs.existsSync(path.join(this.#places.directory, 'out')), false);
    return said;
  }
}

async function bench(t: TestContext, into: Entries | readonly Entries[], from: Entries): Promise<Bench> {
  const given = await places(t);
  const layers = (Array.isArray(into[0]) ? into : [into]) as readonly Entries[];
  writeLayout(path.join(given.directory, 'base'), { v1: imageOf(layers.map((entries) => layerOf(entries))) });
  return new Bench(given, `oci:${given.directory}/base:v1`, tarWith(t, from));
}

const merged = [
  symlink('bin', 'usr/bin'),
  directory('usr', { mtime: 0 }),
  directory('usr/bin'),
  file('usr/bin/sh', 'sh'),
];
const tmate = [directory('bin', { mode: 0o700 }), file('bin/tmate', 'tmate', { mode: 0o755 })];

void describe('C58: holdfast cp finds DEST', () => {
  void it('through a symbolic link, as processes do', async (t) => {
    const all = await bench(t, merged, tmate);
    const expected = [...merged, file('usr/bin/tmate', 'tmate', { mode: 0o755 })];
    for (const words of [
      ['bin/tmate', '/bin/'],
      ['/bin/tmate', 'bin'],
      ['bin/tmate', '/bin/tmate'],
      ['--on-conflict', 'follow', 'bin/*', '/bin'],
    ]) {
      await all.makes(words, expected);
    }
  });

  void it('by name, with --on-conflict replace', async (t) => {
    const all = await bench(t, merged, tmate);
    const lost = merged.slice(1);
    const made = file('bin/tmate', 'tmate', { mode: 0o755 });
    await all.makes(
      ['--on-conflict', 'replace', 'bin/tmate', '/bin/'],
      [...lost, directory('bin', { mtime: 0 }), made],
    );
    await all.makes(['--on-conflict', 'replace', '/', '/'], [...lost, directory('bin', { mode: 0o700 }), made]);
  });

  void it('nowhere where something is in the way, with --on-conflict error, and writes nothing', async (t) => {
    const all = await bench(t, merged, tmate);
    const said = await all.fails(7, '--on-conflict', 'error', 'bin/tmate', '/bin/');
    assert.match(
      said,
      /^error: the copy would replace what is there already: "bin" \[CONFLICTS_REFUSED\]\nhint: .*replace/m,
    );
    const both = [...tmate, directory('usr'), directory('usr/bin'), file('usr/bin/sh', 'mine')];
    const more = await bench(t, merged, both);
    assert.match(await more.fails(7, '--on-conflict', 'error', '/', '/'), /already: "bin", "usr\/bin\/sh" \[/);
    await all.makes(
      ['--on-conflict', 'error', 'bin/tmate', '/usr/bin/'],
      [...merged, file('usr/bin/tmate', 'tmate', { mode: 0o755 })],
    );
  });

  void it('where it is missing, behind a dangling link too, but not behind a loop', async (t) => {
    const into = [symlink('l', '../../no/such'), symlink('x', 'y'), symlink('y', 'x')];
    const all = await bench(t, into, [file('f', '1')]);
    await all.makes(['f', 'a/b/'], [...into, file('a/b/f', '1')]);
    await all.makes(['f', 'a/b'], [...into, file('a/b', '1')]);
    await all.makes(['f', 'l'], [...into, file('no/such', '1')]);
    await all.makes(['f', 'l/'], [...into, file('no/such/f', '1')]);
    const other = await bench(t, into, [file('f', '1')]);
    assert.match(await other.fails(7, 'f', 'x/f'), /more than 40 symbolic links.*\[SYMLINK_LOOP\]/);
  });

  void it('is the file that a link leads to, and replaces it instead of writing to it', async (t) => {
    const into = [file('t', 'old'), hardlink('u', 't'), symlink('l', 't')];
    const all = await bench(t, into, [file('f', '1')]);
    await all.makes(['f', 'l'], [file('t', '1'), file('u', 'old'), symlink('l', 't')]);
  });

  void it('as a merge or as a copy with the same tree, and says which and why', async (t) => {
    const all = await bench(t, merged, tmate);
    const { images } = await all.json('bin/tmate', '/bin/');
    assert.deepEqual(images[0]?.plan, {
      execution: 'merge',
      dest: 'usr/bin',
      isDirectory: true,
      facts: [
        { path: 'bin', found: 'symlink', done: 'followed', linkTarget: 'usr/bin' },
        { path: 'usr', found: 'directory', done: 'entered' },
        { path: 'usr/bin', found: 'directory', done: 'entered' },
        { path: 'usr/bin/tmate', found: 'nothing', done: 'made' },
      ],
      above: [
        { path: '.', mode: '0755', uid: 0, gid: 0, mtime: '0' },
        { path: 'usr', mode: '0755', uid: 0, gid: 0, mtime: '0' },
        { path: 'usr/bin', mode: '0755', uid: 0, gid: 0, mtime: '1700000000' },
      ],
    });
    const expected = [
      ...merged.filter(({ name }) => name !== 'usr/bin'),
      directory('usr/bin', { mode: 0o700 }),
      file('usr/bin/tmate', 'tmate', { mode: 0o755 }),
    ];
    const whole = await all.makes(['/', '/'], expected);
    assert.equal(whole.images[0]?.plan.execution, 'copy');
  });
});

void describe('C59: holdfast cp lays a tree over another', () => {
  const into = [
    directory('d'),
    directory('d/dir', { mtime: 5 }),
    file('d/dir/old', 'old'),
    file('d/file', 'old'),
    directory('d/t', { mtime: 3 }),
    symlink('d/to-dir', 't'),
    file('d/plain', 'plain'),
    symlink('d/to-file', 'plain'),
    directory('d/kept'),
  ];
  const from = [
    directory('s'),
    file('s/dir', 'f'),
    directory('s/file', { mode: 0o700 }),
    file('s/file/x', 'x'),
    directory('s/to-dir', { mode: 0o711 }),
    file('s/to-dir/y', 'y'),
    directory('s/to-file'),
    file('s/to-file/z', 'z'),
  ];
  const common = [
    directory('d'),
    file('d/dir', 'f'),
    directory('d/file', { mode: 0o700 }),
    file('d/file/x', 'x'),
    file('d/plain', 'plain'),
    directory('d/to-file'),
    file('d/to-file/z', 'z'),
    directory('d/kept'),
  ];

  void it('through links to directories, and replaces every other clash', async (t) => {
    const all = await bench(t, into, from);
    const followed = [...common, directory('d/t', { mode: 0o711 }), symlink('d/to-dir', 't'), file('d/t/y', 'y')];
    await all.makes(['s', 'd'], followed);
  });

  void it('by name, with --on-conflict replace', async (t) => {
    const all = await bench(t, into, from);
    const placed = [directory('d/t', { mtime: 3 }), directory('d/to-dir', { mode: 0o711 }), file('d/to-dir/y', 'y')];
    await all.makes(['--on-conflict', 'replace', 's', 'd'], [...common, ...placed]);
  });

  void it('not at all, with --on-conflict error: every clash is listed', async (t) => {
    const all = await bench(t, into, from);
    const said = await all.fails(7, '--on-conflict', 'error', 's', 'd');
    assert.match(said, /: "d\/dir", "d\/file", "d\/to-dir", "d\/to-file" \[CONFLICTS_REFUSED\]/);
  });

  void it('after everything that DEST held is gone, with --clear', async (t) => {
    const all = await bench(t, into, from);
    const cleared = await all.makes(['--clear', 's/file', 'd'], [directory('d'), file('d/x', 'x')]);
    assert.equal(cleared.images[0]?.plan.execution, 'copy');
    await all.makes(
      ['--clear', 's/file', 'd/to-dir'],
      [
        ...into.filter(({ name }) => !['d/t', 'd/t/'].includes(String(name))),
        directory('d/t', { mtime: 3 }),
        file('d/t/x', 'x'),
      ],
    );
  });
});

void describe('C60: holdfast cp keeps what it copies exactly', () => {
  const from = [
    directory('s', { mode: 0o2750, uid: 5, gid: 6, mtime: { seconds: -2, nanoseconds: 500_000_000 } }),
    file('s/a', 'linked', { mode: 0o4755, uid: 1000, gid: 1000, xattrs: { 'user.note': 'hello' } }),
    hardlink('s/b', 's/a', { mode: 0o4755, uid: 1000, gid: 1000, xattrs: { 'user.note': 'hello' } }),
    symlink('s/l', 'a'),
    hardlink('s/m', 's/l'),
    charDevice('s/null', 1, 3, { mode: 0o666 }),
    hardlink('s/null2', 's/null', { mode: 0o666 }),
    fifo('s/pipe'),
    sparseFile('s/sparse', 1_000_000, [{ offset: 500_000, data: 'data' }]),
  ];

  /** Where it stands in the copy. */
  function moved(entries: Entries, to: string): EntrySpec[] {
    const rename = (name: string): string => name.replace(/^s(?=\/|$)/, to);
    return entries.map((entry) => ({
      ...entry,
      name: rename(entry.name) as EntrySpec['name'],
      linkName: entry.kind === 'hardlink' ? (rename(entry.linkName) as EntrySpec['linkName']) : entry.linkName,
    }));
  }

  void it('links, modes, owners, times, xattrs, devices and holes', async (t) => {
    const all = await bench(t, [file('etc/passwd', 'root')], from);
    await all.makes(['s', 't/'], [file('etc/passwd', 'root'), ...moved(from.slice(1), 't')]);
    await all.makes(['/', 't/'], [file('etc/passwd', 'root'), ...moved(from, 't/s')]);
  });

  void it('a part of a link group as what it is without the rest', async (t) => {
    const all = await bench(t, [file('etc/passwd', 'root')], from);
    const attributes = { mode: 0o4755, uid: 1000, gid: 1000, xattrs: { 'user.note': 'hello' } };
    await all.makes(['s/b', '/'], [file('etc/passwd', 'root'), file('b', 'linked', attributes)]);
    await all.makes(
      ['s/a', 's/b', 's/a', 't/'],
      [file('etc/passwd', 'root'), file('t/b', 'linked', attributes), file('t/a', 'linked', attributes)],
    );
  });

  void it('owner and mode as told, once for each inode', async (t) => {
    const all = await bench(t, [file('etc/passwd', 'root')], from);
    const told = from.slice(1).map((entry) => {
      const mode = entry.kind === 'symlink' || entry.linkName === 's/l' ? entry.mode : 0o640;
      return { ...entry, uid: 7, gid: 8, mode };
    });
    await all.makes(['--chown', '7:8', '--chmod', '640', 's', 't'], [file('etc/passwd', 'root'), ...moved(told, 't')]);
    await all.makes(
      ['--chmod', 'u=rwX,go=', 's/pipe', 's/a', 't/'],
      [
        file('etc/passwd', 'root'),
        fifo('t/pipe', { mode: 0o600 }),
        file('t/a', 'linked', { mode: 0o700, uid: 1000, gid: 1000, xattrs: { 'user.note': 'hello' } }),
      ],
    );
  });

  void it('what the tree shows, and nothing of what its layers hide', async (t) => {
    const given = await places(t);
    const lower = [directory('d'), file('d/gone', '1'), file('d/kept', '2'), directory('o'), file('o/gone', '3')];
    const upper = [whiteout('d/gone'), opaque('o'), file('o/new', '4'), symlink('e', 'd')];
    writeLayout(path.join(given.directory, 'base'), {
      from: imageOf([layerOf(lower), layerOf(upper)]),
      into: imageOf([layerOf([file('x', 'x')])]),
    });
    const reference = `oci:${given.directory}/base`;
    const all = new Bench(given, `${reference}:into`, `${reference}:from`);
    const shown = [file('t/kept', '2'), directory('o'), file('o/new', '4')];
    await all.makes(['e', 't/'], [file('x', 'x'), ...shown.slice(0, 1)]);
    await all.makes(['o', 'o/'], [file('x', 'x'), directory('o', { mtime: 0 }), file('o/new', '4')]);
    await all.makes(['--at-layer', '1', 'o/gone', '/'], [file('x', 'x'), file('gone', '3')]);
  });
});

void describe('holdfast cp', () => {
  void it('takes the directories above along, from the pivot on, and leaves what is excluded', async (t) => {
    const from = [
      directory('a', { mode: 0o750 }),
      directory('a/b', { mode: 0o700 }),
      file('a/b/c.conf', 'c'),
      file('a/b/d.map', 'd'),
      directory('a/b/e'),
      file('a/b/e/f.map', 'f'),
      file('a/b/e/g.conf', 'g'),
    ];
    const all = await bench(t, [file('x', 'x')], from);
    const above = [directory('to/b', { mode: 0o700 }), file('to/b/c.conf', 'c')];
    await all.makes(['--parents', 'a/./b/c.conf', '/to'], [file('x', 'x'), ...above]);
    await all.makes(
      ['--parents', '--chown', '3:4', 'a/./**/c.conf', '/to'],
      [file('x', 'x'), ...above.map((entry) => ({ ...entry, uid: 3, gid: 4 }))],
    );
    await all.makes(
      ['--exclude', '**/*.map', '--exclude', 'e/g*', 'a/b', '/to/'],
      [file('x', 'x'), file('to/c.conf', 'c'), directory('to/e')],
    );
    await all.makes(['--exclude', '*.map', 'a/b/*.*', '/to/'], [file('x', 'x'), file('to/c.conf', 'c')]);
  });

  void it('says what it did, in words', async (t) => {
    const given = await places(t);
    writeLayout(path.join(given.directory, 'base'), { v1: imageOf([layerOf(merged)]) });
    const from = path.join(given.directory, 'from');
    fs.mkdirSync(path.join(from, 'bin'), { recursive: true });
    fs.writeFileSync(path.join(from, 'bin/tmate'), 'tmate');
    const out = `oci:${given.directory}/out:made`;
    const argv = ['cp', '--from', from, '--into', `oci:${given.directory}/base:v1`, '--to', out, 'bin/tmate', '/bin/'];
    const { stdout, stderr } = await given.done([...argv, '--progress', 'none']);
    assert.equal(stderr, '');
    const lines = stdout
      .replaceAll(given.directory, 'DIR')
      .replace(/[0-9a-f]{64}/, 'DIGEST')
      .split('\n');
    assert.deepEqual(lines.toSpliced(4, 1), [
      'copied bin/tmate from DIR/from onto oci:DIR/base:v1 into oci:DIR/out:made',
      'digest    sha256:DIGEST',
      'platform  linux/amd64',
      'layers    2',
      'location  usr/bin, through bin -> usr/bin',
      'plan      merge: the new layer serves on any image with the same directories there',
      '',
    ]);
    const quiet = await given.done([...argv, '-q']);
    assert.match(quiet.stdout, /^sha256:[0-9a-f]{64}\n$/);
    assert.equal(quiet.stderr, '');
  });

  void it('says which option or argument is missing', async (t) => {
    const given = await places(t);
    for (const [missing, argv] of [
      ['--from TREE is missing', ['--into', 'x', '--to', 'oci:y', 'a', 'b']],
      ['--into IMAGE is missing', ['--from', './x', '--to', 'oci:y', 'a', 'b']],
      ['--to DST is missing', ['--from', './x', '--into', 'y', 'a', 'b']],
      ["missing required argument 'DEST'", ['--from', './x', '--into', 'y', '--to', 'oci:z', 'a']],
      ["missing required argument 'SOURCE'", ['--from', './x']],
      ['--on-conflict: "merge" is not one of follow, replace, error', ['--on-conflict', 'merge', 'a', 'b']],
    ] as const) {
      assert.ok((await given.fails(2, ['cp', ...argv])).includes(missing), missing);
    }
  });

  void it('says what is not there, and what may have been meant', async (t) => {
    const all = await bench(t, merged, [...tmate, directory('opt'), file('opt/README', '1'), symlink('loop', 'loop')]);
    const not = async (source: string, ...more: readonly string[]): Promise<string> => {
      const said = await all.fails(4, '--progress', 'none', ...more, source, '/x/');
      return said.replaceAll(all.from, 'TREE').replace(/\n$/, '');
    };
    const missing = 'in "TREE": there is no such file or directory [SOURCE_NOT_FOUND]';
    assert.equal(await not('/bin/tmat'), `error: "bin/tmat" ${missing}\nhint: did you mean "bin/tmate"?`);
    assert.equal(await not('opt/readme'), `error: "opt/readme" ${missing}\nhint: did you mean "opt/README"?`);
    assert.equal(await not('usr/bin/tmate'), `error: "usr/bin/tmate" ${missing}\nhint: did you mean "bin/tmate"?`);
    assert.equal(await not('nothing'), `error: "nothing" ${missing}`);
    assert.equal(await not('b*/x*'), 'error: nothing in "TREE" matches "b*/x*" [SOURCE_NOT_FOUND]');
    assert.equal(await not('loop'), 'error: "loop" in "TREE": more than 40 symbolic links [SOURCE_NOT_FOUND]');
    assert.match(await not('bin/tmate/'), /: a component of the path is not a directory \[SOURCE_NOT_FOUND\]/);
    assert.match(
      await not('bin/tmate', '--chown', 'nobody'),
      /^error: the image has no user "nobody" \[OWNER_UNKNOWN\]\nhint: \/etc\/passwd of the image does not name it/,
    );
  });

  void it('refuses modes, owners and levels that are none', async (t) => {
    const all = await bench(t, merged, tmate);
    for (const words of [
      ['--chmod', '0999'],
      ['--chmod', 'u+q'],
      ['--chown', ':'],
      ['--chown', 'a:b:c'],
      ['--chown', '4294967295'],
      ['--compression-level', '12'],
    ]) {
      assert.match(await all.fails(2, ...words, 'bin/tmate', '/'), /\[USAGE\]/, words.join(' '));
    }
  });

  void it('copies to and from a registry, and to stdout', async (t) => {
    const given = await places(t);
    writeLayout(path.join(given.directory, 'base'), {
      base: imageOf([layerOf(merged)]),
      tools: imageOf([layerOf(tmate)]),
    });
    const [layout, registry] = [`oci:${given.directory}/base`, `docker://${given.host}`];
    await given.done(['copy', `${layout}:base`, `${registry}/base:1`]);
    await given.done(['copy', `${layout}:tools`, `${registry}/tools:1`]);
    const words = ['bin/tmate', '/bin/'];
    const argv = ['cp', '--from', `${registry}/tools:1`, '--into', `${registry}/base:1`];
    const { blobs } = await given.json<{ blobs: { mounted: number } }>([
      ...argv,
      '--to',
      `${registry}/out:1`,
      ...words,
    ]);
    assert.equal(blobs.mounted, 1, 'the layer of the base is not sent again');
    const local = `oci:${given.directory}/out:1`;
    await given.done(['copy', `${registry}/out:1`, local]);
    const expected = expectedListing([...merged, file('usr/bin/tmate', 'tmate', { mode: 0o755 })]);
    assertSameTree(listingOfTar(await exported(local)), expected);
    const piped = await given.done([...argv, '--to', 'oci-archive:-', ...words], { stdout: new Sink(false) });
    const archive = path.join(given.directory, 'piped.tar');
    fs.writeFileSync(archive, piped.bytes);
    assertSameTree(listingOfTar(await exported(`oci-archive:${archive}`)), expected);
    assert.match(await given.fails(2, [...argv, '--to', 'oci-archive:-', ...words], { isTerminal: true }), /terminal/);
  });

  void it('reads what it copies from, or what it copies into, from stdin, but not both', async (t) => {
    const given = await places(t);
    writeLayout(path.join(given.directory, 'base'), { v1: imageOf([layerOf(merged)]) });
    const base = `oci:${given.directory}/base:v1`;
    const out = `oci:${given.directory}/out:1`;
    const expected = expectedListing([...merged, file('usr/bin/tmate', 'tmate', { mode: 0o755 })]);
    for (const from of ['tar:-', 'layer:-']) {
      const argv = ['cp', '--from', from, '--into', base, '--to', out, 'bin/tmate', '/bin/'];
      await given.done(argv, { stdin: tarOf(tmate) });
      assertSameTree(listingOfTar(await exported(out)), expected);
    }
    const archive = await given.done(['copy', base, 'oci-archive:-']);
    const argv = ['cp', '--from', tarWith(t, tmate), '--into', 'oci-archive:-', '--to', out, 'bin/tmate', '/bin/'];
    await given.done(argv, { stdin: archive.bytes });
    assertSameTree(listingOfTar(await exported(out)), expected);
    const both = ['cp', '--from', 'tar:-', '--into', 'oci-archive:-', '--to', out, 'a', 'b'];
    assert.match(await given.fails(2, both), /stdin can only be read once/);
  });

  void it('gives each image of an index what is there for its platform', async (t) => {
    const given = await places(t);
    const built = (architecture: string, layer: Entries) =>
      imageOf([layerOf(layer)], { platform: `linux/${architecture}` });
    writeLayout(path.join(given.directory, 'base'), {
      base: indexOf([built('amd64', merged), built('arm64', merged)]),
      tools: indexOf([built('amd64', [file('t', 'amd64')]), built('arm64', [file('t', 'arm64')])]),
      one: built('amd64', [file('t', 'amd64')]),
    });
    const layout = `oci:${given.directory}/base`;
    const out = `oci:${given.directory}/out:1`;
    const argv = ['cp', '--from', `${layout}:tools`, '--into', `${layout}:base`, '--to', out];
    const { images } = await given.json<Result>([...argv, '--all', 't', '/t']);
    assert.equal(images.length, 2);
    for (const architecture of ['amd64', 'arm64']) {
      const listing = listingOfTar(await exported(out, `linux/${architecture}`));
      assertSameTree(listing, expectedListing([...merged, file('t', architecture)]));
    }
    const chosen = await given.json<Result>([...argv, '--platform', 'linux/arm64', 't', '/t']);
    assert.equal(chosen.images.length, 1);
    assertSameTree(listingOfTar(await exported(out)), expectedListing([...merged, file('t', 'arm64')]));
    const single = ['cp', '--from', `${layout}:one`, '--into', `${layout}:base`, '--to', out, '--all', 't', '/t'];
    assert.equal((await given.json<Result>(single)).images.length, 2);
  });
});
